/// Why a secret cannot be used.
///
/// Never holds the secret or a part of it that the reader did not know: lengths and prefixes only.
package struct SecretFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, CaseIterable, Sendable {
        case missing, prefix, base64, length, pair, publicKey
    }

    package let kind: Kind
    /// What is wrong and what to do next, as a clause that follows the secret's place.
    package let reason: String

    package var description: String { reason }

    static let missing = SecretFault(
        kind: .missing, reason: "there is no secret to sign with; make one with `x402-relay secret new`")
    static let empty = SecretFault(kind: .missing, reason: "the secret is empty; make one with `x402-relay secret new`")
    static let prefix = SecretFault(
        kind: .prefix,
        reason: "the secret begins neither with whsec_ (HMAC-SHA256) nor with whsk_ (Ed25519); "
            + "make one with `x402-relay secret new`, or choose the signature \"stripe\" or \"github\", which take any text"
    )
    static let publicKey = SecretFault(
        kind: .publicKey,
        reason: "a whpk_ key is public: it verifies and cannot sign; give the whsk_ key that it belongs to")
    static let pair = SecretFault(
        kind: .pair,
        reason: "the public key in the second half of the whsk_ key does not belong to the seed in its first; "
            + "copy the key again, or make a new one with `x402-relay secret new --ed25519`")
    static let point = SecretFault(
        kind: .pair, reason: "the 32 bytes of the whpk_ key are no Ed25519 public key; copy it again")

    static func base64(_ prefix: String) -> SecretFault {
        SecretFault(
            kind: .base64,
            reason: "what follows \(prefix) is not base64 (A-Z, a-z, 0-9, + and /, padded with =); copy it again, "
                + "without line breaks or quotes")
    }

    static func length(_ prefix: String, count: Int, allowed: String) -> SecretFault {
        SecretFault(
            kind: .length,
            reason: "what follows \(prefix) decodes to \(count) bytes, \(allowed) are allowed; copy it again")
    }
}
