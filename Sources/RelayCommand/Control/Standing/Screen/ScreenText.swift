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
        return "the last failure \(ReadableText.age(of: at, now: now))\(newReason(failure, thing))"
    }

    /// The same for a column of a listing: `3m 10s ago: status 500`, and nothing where nothing failed.
    static func lastFailure(_ thing: JSONFields, _ now: Timestamp) -> String {
        guard let failure = thing.object("lastFailure"), let at = failure.time("at") else { return "" }
        return ReadableText.age(of: at, now: now) + newReason(failure, thing)
    }

    /// With what it failed, after a colon; nothing where the thing's own reason says it.
    private static func newReason(_ failure: JSONFields, _ thing: JSONFields) -> String {
        guard let reason = failure["reason"], thing["reason"]?.contains(reason) != true else { return "" }
        return ": \(self.reason(reason))"
    }

    /// Seconds as the API writes them.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.wholeMilliseconds)
        return "\(milliseconds / 1000).\(String(milliseconds % 1000 + 1000).dropFirst())"
    }
}
