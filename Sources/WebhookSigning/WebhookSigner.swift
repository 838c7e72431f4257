internal import Crypto
package import RelayModel

/// Signs the requests of one destination: its schemes and secrets, made ready once.
///
/// The contract's section 3 says what each scheme sends. Signing happens for every attempt, so keys are expanded here and the
/// body is digested where it lies.
package struct WebhookSigner: Sendable {
    private enum Key: Sendable {
        case shared(MessageAuthenticator)
        case pair(Curve25519.Signing.PrivateKey)
    }

    /// Those of `standard`, the ones that make `v1` tokens first; empty without it.
    private let standard: [Key]
    /// One for each secret; empty without `stripe`.
    private let stripe: [MessageAuthenticator]
    private let github: MessageAuthenticator?

    /// A signer for `schemes` (none signs nothing); throws the first fault of the first faulty secret.
    package init(schemes: [SignatureScheme], secrets: [Secret]) throws(SecretFault) {
        if !schemes.isEmpty, secrets.isEmpty { throw .missing }
        var shared: [Key] = []
        var pairs: [Key] = []
        for secret in secrets {
            guard let key = try Self.signingKey(of: secret, for: schemes) else { continue }
            if case .shared = key { shared.append(key) } else { pairs.append(key) }
        }
        standard = shared + pairs
        // Stripe and GitHub take a secret as it is written, its prefix included.
        let texts = secrets.map { MessageAuthenticator(key: Array($0.revealed.utf8)) }
        stripe = schemes.contains(.stripe) ? texts : []
        github = schemes.contains(.github) ? texts.first : nil
    }

    /// What is wrong with one of a destination's secrets under `schemes`; nil when it will do.
    package static func fault(of secret: Secret, for schemes: [SignatureScheme]) -> SecretFault? {
        do {
            _ = try signingKey(of: secret, for: schemes)
            return nil
        } catch {
            return error
        }
    }

    private static func signingKey(of secret: Secret, for schemes: [SignatureScheme]) throws(SecretFault) -> Key? {
        if !schemes.isEmpty, secret.revealed.isEmpty { throw .empty }
        guard schemes.contains(.standard) else { return nil }
        switch try WebhookKey(secret).material {
        case .shared(let key): return .shared(key)
        case .pair(let key): return .pair(key)
        case .publicKey: throw .publicKey
        }
    }

    /// The headers of one attempt: `webhook-id` and `webhook-timestamp`, then those of each scheme.
    ///
    /// `timestamp` is the attempt's, in seconds since 1970; `body` is what is sent, byte for byte.
    package func headers(id: String, timestamp: Int64, body: [UInt8]) -> [(name: String, value: String)] {
        let seconds = String(timestamp)
        var headers = [(name: "webhook-id", value: id), (name: "webhook-timestamp", value: seconds)]
        if !standard.isEmpty {
            headers.append(("webhook-signature", tokens(id: id, seconds: seconds, body: body)))
        }
        if !stripe.isEmpty {
            headers.append(("Stripe-Signature", stripeValue(seconds: seconds, body: body)))
        }
        if let github {
            var value = Array("sha256=".utf8)
            Hexadecimal.append(github.code([], body), to: &value)
            headers.append(("X-Hub-Signature-256", String(decoding: value, as: UTF8.self)))
        }
        return headers
    }

    private func tokens(id: String, seconds: String, body: [UInt8]) -> String {
        let head = SignedContent.head(id: id, seconds: seconds)
        var value: [UInt8] = []
        value.reserveCapacity(standard.count * 96)
        for key in standard {
            switch key {
            case .shared(let key):
                value.append(contentsOf: value.isEmpty ? "v1,".utf8 : " v1,".utf8)
                key.code(head, body).withUnsafeBytes { Base64.append($0, to: &value) }
            case .pair(let key):
                // Signing fails only where the system has no memory left. A receiver refuses a request without the token,
                // and the delivery is tried again.
                guard let signature = try? key.signature(for: head + body) else { continue }
                value.append(contentsOf: value.isEmpty ? "v1a,".utf8 : " v1a,".utf8)
                Array(signature).withUnsafeBytes { Base64.append($0, to: &value) }
            }
        }
        return String(decoding: value, as: UTF8.self)
    }

    private func stripeValue(seconds: String, body: [UInt8]) -> String {
        let head = Array(seconds.utf8) + [UInt8(ascii: ".")]
        var value: [UInt8] = []
        value.reserveCapacity(16 + stripe.count * 72)
        value.append(contentsOf: "t=".utf8)
        value.append(contentsOf: seconds.utf8)
        for key in stripe {
            value.append(contentsOf: ",v1=".utf8)
            Hexadecimal.append(key.code(head, body), to: &value)
        }
        return String(decoding: value, as: UTF8.self)
    }
}

/// What Standard Webhooks signs: id, timestamp and body, joined by full stops.
enum SignedContent {
    /// All that stands before the body.
    static func head(id: String, seconds: String) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(id.utf8.count + seconds.utf8.count + 2)
        head.append(contentsOf: id.utf8)
        head.append(UInt8(ascii: "."))
        head.append(contentsOf: seconds.utf8)
        head.append(UInt8(ascii: "."))
        return head
    }
}

/// Lower-case hexadecimal digits.
enum Hexadecimal {
    static func append(_ code: SHA256.Digest, to output: inout [UInt8]) {
        code.withUnsafeBytes { bytes in
            for byte in bytes {
                output.append(digit(byte >> 4))
                output.append(digit(byte & 0x0F))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
