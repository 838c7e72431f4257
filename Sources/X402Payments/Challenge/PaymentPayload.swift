/// What is sent with the paid request: the payment payload of x402.
package enum PaymentPayload {
    /// The payload as JSON: what the header carries in base64, and `renew_inband` as it is.
    ///
    /// `accepted` is the chosen entry, unchanged. Where the challenge has `extensions["payment-identifier"]` it is echoed with
    /// `identifier` as `info.id`.
    package static func json(
        for offer: PaymentOffer, of challenge: PaymentChallenge, transaction: [UInt8], identifier: String
    ) -> [UInt8] { preconditionFailure("to be written") }

    /// The header that carries a payload: `X-PAYMENT` or `PAYMENT-SIGNATURE`.
    package static func header(_ payload: [UInt8], version: X402Version) -> HTTPField {
        preconditionFailure("to be written")
    }
}

/// What a server says came of a payment: `PAYMENT-RESPONSE` or `X-PAYMENT-RESPONSE`, read leniently.
package struct PaymentReceipt: Hashable, Sendable {
    /// Nil where it does not say.
    package var isSuccess: Bool?
    package var errorReason: String?
    /// The transaction's id, in base58; nil where there is none that is a signature.
    package var transaction: String?

    package init(isSuccess: Bool?, errorReason: String?, transaction: String?) {
        self.isSuccess = isSuccess
        self.errorReason = errorReason
        self.transaction = transaction
    }

    /// Nil where no header has one that can be read.
    package init?(headers: [HTTPField]) { preconditionFailure("to be written") }
}
