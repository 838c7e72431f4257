import RelayModel
import WebhookSigning

/// What an attempt carries of its own: the body, and the headers made for it.
struct WebhookMessage {
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// `signedAt`: its `webhook-timestamp`, in seconds since 1970.
    init(_ event: Event, rules: [String], format: BodyFormat, signer: WebhookSigner, signedAt: Int64) {
        let body = WebhookBody.render(event, rules: rules, format: format)
        var headers = signer.headers(id: event.id.description, timestamp: signedAt, body: body)
        headers.append(("content-type", WebhookBody.contentType(of: format)))
        self.headers = headers
        self.body = body
    }
}
