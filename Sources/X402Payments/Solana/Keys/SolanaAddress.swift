/// A Solana public key or program-derived address: 32 bytes, written in base58.
package struct SolanaAddress: Hashable, Sendable, CustomStringConvertible {
    /// Exactly 32.
    package let bytes: [UInt8]

    /// Nil for any other number of bytes than 32.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Nil for what is no base58 of 32 bytes.
    package init?(_ text: String) {
        guard let bytes = Base58.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    package var description: String { Base58.encode(bytes) }
}
