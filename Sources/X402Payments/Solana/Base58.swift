/// Bitcoin's base58, in which Solana writes keys, signatures and blockhashes.
package enum Base58 {
    package static func encode(_ bytes: [UInt8]) -> String { preconditionFailure("to be written") }
    /// Nil for other characters, and for texts too long to be of use (128 characters).
    package static func decode(_ text: String) -> [UInt8]? { preconditionFailure("to be written") }
}
