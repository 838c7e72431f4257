import Crypto
package import RelayModel

/// The wallet that pays: an Ed25519 key that never leaves this value.
package struct SolanaWallet: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Why a text is no wallet, without any part of it.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    package let address: SolanaAddress
    private let key: Curve25519.Signing.PrivateKey

    /// A JSON array of 64 bytes (seed and public key, as `solana-keygen` writes), base58 of the 64 bytes or of the seed's 32, or
    /// the seed in 64 hexadecimal digits; space around it is ignored.
    ///
    /// The public half must be that of the seed.
    package init(_ text: Secret) throws(Fault) {
        let bytes = try WalletText.bytes(text.revealed)
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.prefix(32)),
            let address = SolanaAddress(bytes: Array(key.publicKey.rawRepresentation))
        else { throw Fault(description: "its first 32 bytes are no Ed25519 seed") }
        guard bytes.count == 32 || address.bytes == Array(bytes.dropFirst(32)) else {
            throw Fault(description: "its last 32 bytes are not the public key of its first 32: the keypair is damaged")
        }
        self.key = key
        self.address = address
    }

    package var description: String { "wallet \(address)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Signs a transfer; see `SolanaTransfer`.
    package func sign(_ transfer: SolanaTransfer) -> SignedTransfer {
        let message = SolanaMessage(
            feePayer: transfer.feePayer, instructions: transfer.instructions(payer: address),
            blockhash: transfer.blockhash)
        let signature = signature(over: message.bytes)
        let empty = [UInt8](repeating: 0, count: SolanaTransaction.signatureLength)
        let signatures = message.accounts.prefix(message.signers).map { $0 == address ? signature : empty }
        return SignedTransfer(
            transaction: SolanaTransaction(signatures: signatures, message: message).bytes, clientSignature: signature,
            sourceAccount: .associatedTokenAccount(of: address, mint: transfer.mint))
    }

    /// The signature of RFC 8032: the same for the same message, each time.
    func signature(over message: [UInt8]) -> [UInt8] {
        guard let signature = try? key.signature(for: message) else {
            preconditionFailure("Ed25519 signs every message")
        }
        return Array(signature)
    }
}
