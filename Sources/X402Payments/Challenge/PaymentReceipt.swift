import RelayModel

/// What a server says came of a payment: `PAYMENT-RESPONSE` or `X-PAYMENT-RESPONSE`, read leniently.
package struct PaymentReceipt: Hashable, Sendable {
    /// Nil where it does not say.
    package var isSuccess: Bool?
    /// As a short excerpt fit for a log.
    package var errorReason: String?
    /// The transaction's id, in base58; nil where there is none that is a signature.
    package var transaction: String?

    package init(isSuccess: Bool?, errorReason: String?, transaction: String?) {
        self.isSuccess = isSuccess
        self.errorReason = errorReason
        self.transaction = transaction
    }

    /// The names of the header that carries it: that of v2 and that of v1.
    package static let headerNames = ["PAYMENT-RESPONSE", "X-PAYMENT-RESPONSE"]
    /// A receipt is a few hundred bytes; one with extensions may have some thousands.
    package static let maxBytes = 64 << 10

    /// Nil where no header has one that can be read.
    package init?(headers: [HTTPField]) {
        for value in Self.headerNames.flatMap(headers.values) {
            guard let receipt = PaymentReceipt(value) else { continue }
            self = receipt
            return
        }
        return nil
    }

    private init?(_ value: String) {
        guard value.utf8.count <= Self.maxBytes, let json = Base64.decode(value.utf8, .unpaddedToo),
            let document = try? JSONParser(limits: PaymentChallenge.limits).parse(json),
            document.kind(document.root) == .object
        else { return nil }
        func member(_ key: String) -> JSONNode? { document.member(document.root, key) }
        isSuccess =
            switch member("success").map(document.kind) {
            case .true: true
            case .false: false
            default: nil
            }
        errorReason = member("errorReason").flatMap(document.string).flatMap { text in
            text.isEmpty ? nil : Excerpt.of(Array(text.utf8))
        }
        transaction = member("transaction").flatMap(document.string).flatMap { text in
            Base58.decode(text)?.count == SolanaTransaction.signatureLength ? text : nil
        }
    }
}
