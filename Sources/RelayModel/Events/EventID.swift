/// The identity of an event: 128 bits, written `evt_` and 32 hexadecimal digits.
///
/// The same for every attempt, connection, destination and relay; `FeedProtocols` computes it.
package struct EventID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// From 16 bytes, most significant first; nil for any other length.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// From `evt_` and 32 hexadecimal digits; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count == 36, text.hasPrefix("evt_"), text.dropFirst(4).allSatisfy(\.isHexDigit),
            let high = UInt64(text.dropFirst(4).prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// The 16 bytes, most significant first.
    package var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            for (index, byte) in "evt_".utf8.enumerated() { buffer[index] = byte }
            for digit in 0..<32 {
                let word = digit < 16 ? high : low
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (digit % 16))) & 0x0F
                buffer[4 + digit] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            }
            return 36
        }
    }
}
