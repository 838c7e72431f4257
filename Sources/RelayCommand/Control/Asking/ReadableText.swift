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

    /// A span from a decimal of seconds, as the API has them: `12 ms`, `1.25 s`, `3m 10s`; nothing for none.
    static func span(seconds text: String?) -> String {
        guard let text else { return "" }
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count == 2, halves[1].count == 3, let whole = Int64(halves[0]), let rest = Int64(halves[1]),
            whole >= 0, rest >= 0
        else { return text + " s" }
        if whole >= 60 { return span(.seconds(whole)) }
        if whole == 0 { return "\(rest) ms" }
        var digits = String(halves[1])
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "\(whole) s" : "\(whole).\(digits) s"
    }

    /// `1 gap`, `2 gaps`.
    static func count(_ number: Int64, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
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
