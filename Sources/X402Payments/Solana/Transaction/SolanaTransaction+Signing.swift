import Crypto

extension SolanaTransaction {
    /// The transaction with `wallet`'s signature in its place, as a vendor adds that of its fee payer; nil where the message
    /// does not ask for it.
    package func cosigned(by wallet: SolanaWallet) -> SolanaTransaction? {
        guard let place = message.accounts.prefix(message.signers).firstIndex(of: wallet.address) else { return nil }
        var transaction = self
        transaction.signatures[place] = wallet.signature(over: message.bytes)
        return transaction
    }

    /// The transaction's id: the fee payer's signature in base58; nil while that is missing.
    package var id: String? {
        guard let first = signatures.first, first.contains(where: { $0 != 0 }) else { return nil }
        return Base58.encode(first)
    }

    /// Whether `account` signs the message, and its signature is right.
    package func isSigned(by account: SolanaAddress) -> Bool {
        guard let place = message.accounts.prefix(message.signers).firstIndex(of: account),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: account.bytes)
        else { return false }
        return key.isValidSignature(signatures[place], for: message.bytes)
    }
}
