/// Says of a delivery which wallets and which payment it can be of, in 64 bits: what is searched for is in it, or it is left out.
///
/// A Bloom filter. Where all bits of what is asked for are set, the event's own bytes decide; so nothing is missed.
///
/// How many are passed over by this one number depends on how many wallets an event has. Of those with two, as payments have,
/// all but 0.3 % of those that are of others. Each wallet sets up to three bits: of events with 10, 20, 30 and 40 wallets
/// about 6, 25, 45 and 60 % have the bits of a wallet that they are not of, and are read.
package struct SearchMarks: Hashable, Sendable {
    /// Stored on disk: how it is made never changes.
    package private(set) var rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Of an event without wallets and payment.
    package static let none = SearchMarks(rawValue: 0)

    package init(wallets: [WalletAddress], payment: String?) {
        self = .none
        for wallet in wallets { add("w", wallet.canonical) }
        if let payment { add("p", payment) }
    }

    /// Whether what these marks are of may have all of `asked`.
    package func mayHold(_ asked: SearchMarks) -> Bool { rawValue & asked.rawValue == asked.rawValue }

    /// FNV-1a, of which three parts of six bits each choose a bit.
    private mutating func add(_ kind: String, _ text: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in kind.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        // The low bits of FNV-1a are its weakest.
        hash ^= hash >> 32
        for shift in [0, 11, 22] { rawValue |= Int64(bitPattern: 1 << ((hash >> UInt64(shift)) & 63)) }
    }
}
