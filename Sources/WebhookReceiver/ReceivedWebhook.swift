package import RelayModel
package import WebhookSigning

/// One request as it came in, with the verdict on its signature.
package struct ReceivedWebhook: Sendable {
    package enum Verdict: Hashable, Sendable {
        case verified
        /// Not what the secret's owner sent, and why that is said.
        case refused(SignatureFault)
    }

    package let receivedAt: Timestamp
    /// In the order of the request; names in lower case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// `webhook-id`; nil where it is missing.
    package let id: String?
    /// The body's `type`; nil where the body is no JSON object or has none.
    package let type: String?
    package let verdict: Verdict
    /// A verified one with an id that a verified one had before: a repeat of the same event.
    package internal(set) var isRepeat = false

    /// Judges a request with `verifier` as of `now`.
    package init(
        headers: [(name: String, value: String)], body: [UInt8], verifier: WebhookVerifier, maxAge: Duration?,
        now: Timestamp
    ) {
        receivedAt = now
        self.headers = headers
        self.body = body
        id = headers.first { $0.name == Header.id }?.value
        type = Self.type(of: body)
        do throws(SignatureFault) {
            try verifier.verify(
                id: try Self.sole(Header.id, headers), timestamp: try Self.sole(Header.timestamp, headers),
                signature: try Self.sole(Header.signature, headers), body: body, maxAge: maxAge, now: now)
            verdict = .verified
        } catch {
            verdict = .refused(error)
        }
    }

    private enum Header {
        static let id = "webhook-id"
        static let timestamp = "webhook-timestamp"
        static let signature = "webhook-signature"
    }

    /// The value of a header that must come once: of two, a receiver and its library might read different ones.
    private static func sole(_ name: String, _ headers: [(name: String, value: String)]) throws(SignatureFault)
        -> String
    {
        let values = headers.filter { $0.name == name }.map(\.value)
        guard let value = values.first else { throw .malformed("the header \(name) is missing") }
        guard values.count == 1 else { throw .malformed("the header \(name) is there \(values.count) times") }
        return value
    }

    private static func type(of body: [UInt8]) -> String? {
        guard let document = try? JSONParser(limits: .message).parse(body) else { return nil }
        return document.member(document.root, "type").flatMap(document.string)
    }
}
