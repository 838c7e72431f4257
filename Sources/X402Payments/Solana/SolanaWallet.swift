package import RelayModel

/// The wallet that pays: an Ed25519 key that never leaves this value.
package struct SolanaWallet: Sendable, CustomStringConvertible, CustomReflectable {
    /// Why a text is no wallet, without any part of it.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    package let address: SolanaAddress

    /// A JSON array of 64 bytes (seed and public key, as `solana-keygen` writes), base58 of the 64 bytes or of the seed's 32, or
    /// the seed in 64 hexadecimal digits; space around it is ignored. The public half must be that of the seed.
    package init(_ text: Secret) throws(Fault) { preconditionFailure("to be written") }

    package var description: String { "wallet \(address)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Signs a transfer; see `SolanaTransfer`.
    package func sign(_ transfer: SolanaTransfer) -> SignedTransfer { preconditionFailure("to be written") }
}
