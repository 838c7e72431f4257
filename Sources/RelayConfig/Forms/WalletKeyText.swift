import RelayModel
import X402Payments

/// The text of a Solana keypair, which `SolanaWallet` decodes: what of its forms the schema can say.
enum WalletKeyText {
    /// The lengths that base58 of 64 and of 32 bytes can have; which of them decode to that many, and
    /// whether the public half fits, is for `fault`.
    static let schema: SchemaNode = {
        let byte = "\\s*\(Pattern.octet)\\s*"
        return [
            "type": "string",
            "pattern": .text(
                Pattern.whole(
                    "\\s*(?:\\[\(byte)(?:,\(byte)){63}\\]|[0-9A-Fa-f]{64}|\(Pattern.base58){32,44}"
                        + "|\(Pattern.base58){64,88})\\s*")),
        ]
    }()

    /// Why `text` cannot be used, without any part of it; nil where it can.
    static func fault(of text: Secret) -> String? {
        do throws(SolanaWallet.Fault) {
            _ = try SolanaWallet(text)
            return nil
        } catch {
            return "is no Solana key: \(error), give the file that solana-keygen wrote, or the key's base58"
        }
    }
}
