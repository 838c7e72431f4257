/// What the events of one payment of one feed have in common: 128 bits of a SHA-256 over the feed's name and `paymentId`.
///
/// `FeedProtocols` computes it. Stored on disk: how it is computed never changes.
package struct PaymentKey: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// From 16 bytes, most significant first; nil for any other length.
    package init?(bytes: some Collection<UInt8>) {
        guard let id = EventID(bytes: bytes) else { return nil }
        self.init(high: id.high, low: id.low)
    }

    /// The 16 bytes, most significant first.
    package var bytes: [UInt8] { EventID(high: high, low: low).bytes }
}
