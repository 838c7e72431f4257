import RelayModel

/// Times and sizes as a person reads them at a glance.
enum ReadableText {
    /// The two largest units of a span: `45s`, `3m 10s`, `2h 5m`, `4d 1h`.
    static func span(_ duration: Duration) -> String {
        let seconds = max(0, duration.wholeMilliseconds / 1000)
        let parts: [(Int64, String)] = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
        ]
        guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0s" }
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }

    /// When something is to happen: `now`, or `in 3m 10s`; nothing for none.
    static func wait(until moment: Timestamp?, now: Timestamp) -> String {
        guard let moment else { return "" }
        return moment <= now ? "now" : "in \(span(moment - now))"
    }

    /// How long ago something was; nothing for none.
    static func age(of moment: Timestamp?, now: Timestamp) -> String {
        moment.map { span(now - $0) + " ago" } ?? ""
    }

    /// `17 B`, `1.2 MiB`.
    static func size(_ bytes: Int64) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard bytes >= 1024 else { return "\(bytes) B" }
        var tenths = bytes * 10 / 1024
        var unit = 0
        while tenths >= 10_240, unit < units.count - 1 {
            tenths /= 1024
            unit += 1
        }
        return tenths % 10 == 0 ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
