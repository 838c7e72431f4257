import RelayModel
import WebhookSigning

/// A request as the relay sends it, for tests to spoil.
struct SignedRequest {
    static let secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    var headers: [(name: String, value: String)]
    var body: [UInt8]

    /// Signed at `now` with the secret above.
    init(id: String = "evt_1", body: String = #"{"id":"evt_1","type":"payment"}"#, now: Timestamp) throws {
        self.body = Array(body.utf8)
        headers = try WebhookSigner(schemes: [.standard], secrets: [Self.secret])
            .headers(id: id, timestamp: now.seconds, body: self.body)
    }

    /// The bytes of an HTTP/1.1 request after which the connection is closed.
    func http(method: String = "POST") -> [UInt8] {
        var head = "\(method) /any/path HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        head += "content-length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }
}
