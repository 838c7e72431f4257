import RelayModel

/// Words that feeds and destinations share on the screen of `status`.
enum ScreenText {
    /// Characters of a reason: some lines of a terminal, all that a person reads at a glance.
    ///
    /// JSON has the whole.
    static let maxReasonLength = 200

    static func reason(_ text: String) -> String {
        text.count > maxReasonLength ? text.prefix(maxReasonLength) + "…" : text
    }

    /// When something failed last, and with what unless the thing's own reason says it; nil where nothing did.
    static func failure(_ thing: JSONFields, _ now: Timestamp) -> String? {
        guard let failure = thing.object("lastFailure"), let at = failure.time("at") else { return nil }
        let reason = failure["reason"].flatMap { thing["reason"]?.contains($0) == true ? nil : $0 }
        return "the last failure \(ReadableText.age(of: at, now: now))" + (reason.map { ": \(self.reason($0))" } ?? "")
    }

    /// The same for a column of a listing: `3m 10s ago: status 500`, and nothing where nothing failed.
    static func lastFailure(_ thing: JSONFields, _ now: Timestamp) -> String {
        guard let failure = thing.object("lastFailure"), let at = failure.time("at") else { return "" }
        return "\(ReadableText.age(of: at, now: now)): \(reason(failure["reason"] ?? ""))"
    }

    /// Seconds as the API writes them.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.wholeMilliseconds)
        return "\(milliseconds / 1000).\(String(milliseconds % 1000 + 1000).dropFirst())"
    }
}
