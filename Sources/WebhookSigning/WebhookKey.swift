internal import Crypto
package import RelayModel

/// A Standard Webhooks key, read from the text in which it is handed around ("Signature scheme" in the specification).
///
/// | prefix | key | bytes |
/// | --- | --- | --- |
/// | `whsec_` | shared, HMAC-SHA256 | 24 to 64, as the specification has it |
/// | `whsk_` | Ed25519, private | 64 (seed and public key) or 32 (the seed alone, as the Go library takes it) |
/// | `whpk_` | Ed25519, public | 32 |
package struct WebhookKey: Sendable {
    enum Material: Sendable {
        case shared(MessageAuthenticator)
        case pair(Curve25519.Signing.PrivateKey)
        case publicKey(Curve25519.Signing.PublicKey)
    }

    let material: Material

    /// Reads a key; throws what is wrong with its text.
    package init(_ secret: Secret) throws(SecretFault) {
        let text = secret.revealed
        if let encoded = Self.payload(of: text, Prefix.shared) {
            let bytes = try Self.decode(encoded, Prefix.shared)
            guard Self.sharedLengths.contains(bytes.count) else {
                throw .length(
                    Prefix.shared, count: bytes.count,
                    allowed: "\(Self.sharedLengths.lowerBound) to \(Self.sharedLengths.upperBound)")
            }
            material = .shared(MessageAuthenticator(key: bytes))
        } else if let encoded = Self.payload(of: text, Prefix.pair) {
            material = .pair(try Self.pair(try Self.decode(encoded, Prefix.pair)))
        } else if let encoded = Self.payload(of: text, Prefix.publicKey) {
            let bytes = try Self.decode(encoded, Prefix.publicKey)
            guard bytes.count == 32 else { throw .length(Prefix.publicKey, count: bytes.count, allowed: "32") }
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { throw .point }
            material = .publicKey(key)
        } else {
            throw text.isEmpty ? .empty : .prefix
        }
    }

    enum Prefix {
        static let shared = "whsec_"
        static let pair = "whsk_"
        static let publicKey = "whpk_"
    }

    /// 192 to 512 bits.
    private static let sharedLengths = 24...64

    private static func payload(of text: String, _ prefix: String) -> Substring.UTF8View? {
        text.hasPrefix(prefix) ? text.dropFirst(prefix.count).utf8 : nil
    }

    private static func decode(_ encoded: Substring.UTF8View, _ prefix: String) throws(SecretFault) -> [UInt8] {
        guard let bytes = Base64.decode(encoded, .unpaddedToo) else { throw .base64(prefix) }
        return bytes
    }

    private static func pair(_ bytes: [UInt8]) throws(SecretFault) -> Curve25519.Signing.PrivateKey {
        guard bytes.count == 64 || bytes.count == 32,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.prefix(32))
        else { throw .length(Prefix.pair, count: bytes.count, allowed: "64 (seed and public key) or 32 (the seed)") }
        guard bytes.count == 32 || key.publicKey.rawRepresentation.elementsEqual(bytes.dropFirst(32)) else {
            throw .pair
        }
        return key
    }
}

extension WebhookKey {
    /// A new `whsec_` secret of 32 random bytes, from the system's generator.
    package static func newSharedSecret() -> Secret {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes(Array.init)
        return Secret(Prefix.shared + Base64.encode(bytes))
    }

    /// A new Ed25519 pair: `whsk_` (seed and public key) for the relay, and its `whpk_` for receivers.
    package static func newPair() -> (secret: Secret, publicKey: String) {
        let key = Curve25519.Signing.PrivateKey()
        let publicKey = Array(key.publicKey.rawRepresentation)
        return (
            Secret(Prefix.pair + Base64.encode(Array(key.rawRepresentation) + publicKey)),
            Prefix.publicKey + Base64.encode(publicKey)
        )
    }
}
