internal import Crypto
package import RelayModel

/// Checks Standard Webhooks signatures with one key: shared (`v1`), or either half of an Ed25519 pair (`v1a`).
package struct WebhookVerifier: Sendable {
    private enum Key: Sendable {
        case shared(MessageAuthenticator)
        case publicKey(Curve25519.Signing.PublicKey)
    }

    private let key: Key

    /// Takes a `whsec_`, `whsk_` or `whpk_` secret; throws what is wrong with its text.
    package init(_ secret: Secret) throws(SecretFault) {
        switch try WebhookKey(secret).material {
        case .shared(let authenticator): key = .shared(authenticator)
        case .pair(let pair): key = .publicKey(pair.publicKey)
        case .publicKey(let publicKey): key = .publicKey(publicKey)
        }
    }

    /// The tokens that the key can check: `v1` or `v1a`.
    package var version: String {
        switch key {
        case .shared: "v1"
        case .publicKey: "v1a"
        }
    }

    /// Returns when one of `signature`'s tokens fits id, timestamp and body; throws why none does.
    ///
    /// The texts are the headers' values. Tokens of other versions are passed over, comparisons take the same time wherever
    /// texts differ. The timestamp may be `maxAge` before and, for clocks that differ, as much after `now`; nil leaves its age
    /// unjudged.
    package func verify(
        id: String, timestamp: String, signature: String, body: [UInt8], maxAge: Duration? = nil, now: Timestamp
    ) throws(SignatureFault) {
        guard !id.isEmpty else { throw .malformed("webhook-id is empty") }
        guard let seconds = Self.seconds(timestamp) else {
            throw .malformed("webhook-timestamp is no whole number of seconds since 1970")
        }
        if let maxAge { try Self.judgeAge(of: seconds, maxAge: maxAge, now: now) }
        let tokens = signature.split(separator: " ")
        guard !tokens.isEmpty else { throw .malformed("webhook-signature is empty") }
        guard tokens.count <= Self.maxTokens else {
            throw .malformed("webhook-signature has \(tokens.count) tokens, \(Self.maxTokens) are allowed")
        }
        try judge(tokens, head: SignedContent.head(id: id, seconds: timestamp), body: body)
    }

    /// One for each secret in use; each costs an Ed25519 check, so a header of a thousand would be an attack.
    private static let maxTokens = 64

    private func judge(_ tokens: [Substring], head: [UInt8], body: [UInt8]) throws(SignatureFault) {
        var malformed: SignatureFault?
        var candidates = 0
        let expected = expectedCode(head, body)
        for (index, token) in tokens.enumerated() {
            guard let comma = token.firstIndex(of: ",") else {
                malformed = malformed ?? .malformed("token \(index + 1) of webhook-signature has no comma")
                continue
            }
            guard token[..<comma] == version else { continue }
            candidates += 1
            guard let bytes = Base64.decode(token[token.index(after: comma)...].utf8, .unpaddedToo) else {
                malformed = malformed ?? .malformed("token \(index + 1) of webhook-signature is not base64")
                continue
            }
            if fits(bytes, expected: expected, head: head, body: body) { return }
        }
        if let malformed { throw malformed }
        throw candidates == 0 ? .noToken(of: version) : .mismatch
    }

    /// The code that a `v1` token must hold; nil for Ed25519, where it can only be checked.
    private func expectedCode(_ head: [UInt8], _ body: [UInt8]) -> [UInt8]? {
        guard case .shared(let authenticator) = key else { return nil }
        return authenticator.code(head, body).withUnsafeBytes(Array.init)
    }

    private func fits(_ token: [UInt8], expected: [UInt8]?, head: [UInt8], body: [UInt8]) -> Bool {
        switch key {
        case .shared:
            guard let expected, token.count == expected.count else { return false }
            return zip(token, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
        case .publicKey(let publicKey):
            return publicKey.isValidSignature(token, for: head + body)
        }
    }

    private static func judgeAge(of seconds: Int64, maxAge: Duration, now: Timestamp) throws(SignatureFault) {
        let allowed = maxAge.components.seconds
        let (age, overflow) = now.seconds.subtractingReportingOverflow(seconds)
        let isOld = overflow ? seconds < 0 : age > allowed
        guard !isOld else { throw .tooOld(seconds: overflow ? .max : age, allowed: allowed) }
        guard !overflow, age >= -allowed else {
            throw .tooNew(seconds: overflow ? .max : -age, allowed: allowed)
        }
    }

    /// Digits only, as the specification has it: no sign, fraction or space.
    private static func seconds(_ text: String) -> Int64? {
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }) else { return nil }
        return Int64(text)
    }
}

/// Why no token of a request fits.
package enum SignatureFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// A header that no sender of Standard Webhooks makes.
    case malformed(String)
    /// Signed longer ago than is allowed: a replay, or clocks that differ.
    case tooOld(seconds: Int64, allowed: Int64)
    case tooNew(seconds: Int64, allowed: Int64)
    /// Signed in other ways only.
    case noToken(of: String)
    /// Another secret, or another id, timestamp or body than the signed ones.
    case mismatch

    /// What was found against what is allowed, as a clause.
    package var description: String {
        switch self {
        case .malformed(let reason): reason
        case .tooOld(let seconds, let allowed):
            "webhook-timestamp is \(seconds) s in the past, \(allowed) s are allowed"
        case .tooNew(let seconds, let allowed):
            "webhook-timestamp is \(seconds) s in the future, \(allowed) s are allowed"
        case .noToken(let version):
            "webhook-signature has no \(version) token, the kind that this secret can check"
        case .mismatch:
            "no token fits: another secret signed it, or id, timestamp or body are not the signed ones"
        }
    }
}
