package import RelayModel

/// A Retry-After field that asks for a wait (RFC 9110, section 10.2.3).
package struct RetryAfter: Hashable, Sendable {
    /// From the end of the attempt; more than zero.
    package let wait: Duration

    /// The longest wait that is told from a longer one: some 317 years.
    private static let longest: Int64 = 10_000_000_000

    /// Nil for what asks for none: no seconds, a moment that has passed, anything that is neither seconds nor a date.
    ///
    /// `end` is when the attempt ended by the wall clock, which dates are told by.
    package init?(_ text: String, end: Timestamp) {
        let blanks: [Character] = [" ", "\t"]
        let value = text.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed()
        let trimmed = String(value)
        if !trimmed.isEmpty, trimmed.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }) {
            // More digits than fit are a very long wait, which `maxRetryAfter` cuts.
            wait = .seconds(min(Int64(trimmed) ?? Self.longest, Self.longest))
        } else if let date = HTTPDate.parse(trimmed, now: end) {
            wait = date - end
        } else {
            return nil
        }
        guard wait > .zero else { return nil }
    }
}
