package import RelayConfig
package import RelayModel
package import WebhookSigning

extension ShownRequest {
    /// The request of a delivery to `destination` as it is configured now, signed at `signedAt` (seconds since 1970).
    ///
    /// Exact, but for header values that are secret. Throws the first fault of the destination's secrets.
    package static func of(
        _ delivery: DeliveryDetail, to destination: DestinationConfiguration, signedAt: Int64
    ) throws(SecretFault) -> ShownRequest {
        let message = WebhookMessage(
            delivery.event, rules: delivery.summary.rules, format: delivery.summary.format,
            signer: try SignedDestination(destination).signer, signedAt: signedAt)
        let headers = SentHeaders(
            message.headers.map { Header($0.name, $0.value) }, to: destination.url, through: destination.proxy,
            adding: destination.headers)
        return ShownRequest(destination.url.revealed, headers, message.body)
    }

    /// What is known of a delivery's request where no relay runs, and no secret is read.
    ///
    /// `url`: the destination's, as far as it is known. Without the headers of the destination, and with the signature that
    /// is the default as a secret. `signedAt`: of the last attempt; nil before the first.
    package static func unsigned(_ delivery: DeliveryDetail, url: String, signedAt: Int64?) -> ShownRequest {
        let format = delivery.summary.format
        let headers = SentHeaders(
            [
                Header("webhook-id", delivery.event.id.description),
                Header("webhook-timestamp", signedAt.map { String($0) }),
                Header("webhook-signature", nil),
                Header("content-type", WebhookBody.contentType(of: format)),
            ], to: Secret(url), through: nil, adding: [])
        return ShownRequest(
            url, headers, WebhookBody.render(delivery.event, rules: delivery.summary.rules, format: format))
    }

    private init(_ url: String, _ headers: SentHeaders, _ body: [UInt8]) {
        self.init(
            method: "POST", url: ShownURL.of(url) + (url.contains("?") ? "?…" : ""),
            headers: headers.shown(length: body.count), body: body)
    }
}
