/// The version of x402 that a server speaks.
package enum X402Version: Int, Hashable, Sendable {
    case v1 = 1
    case v2 = 2
}

/// What a server wants to be paid: a 402 answer, read.
package struct PaymentChallenge: Hashable, Sendable {
    /// Why a 402 is no challenge, as a clause for an operator; nothing of it is echoed but short excerpts.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    package var version: X402Version
    /// What the server says went wrong, such as a refusal of the payment that was sent; empty where it says nothing.
    package var error: String
    /// The URL that v2 names; that of each offer in v1.
    package var resource: String?
    /// In the server's order; entries that are no objects are left out.
    package var offers: [PaymentOffer]
    /// `resource` and `extensions` of v2 as the server sent them, as JSON.
    package var resourceJSON: [UInt8]?
    package var extensionsJSON: [UInt8]?

    package init(
        version: X402Version, error: String, resource: String?, offers: [PaymentOffer], resourceJSON: [UInt8]?,
        extensionsJSON: [UInt8]?
    ) {
        self.version = version
        self.error = error
        self.resource = resource
        self.offers = offers
        self.resourceJSON = resourceJSON
        self.extensionsJSON = extensionsJSON
    }

    /// Reads a 402: v2 by its `PAYMENT-REQUIRED` header, else v1 by its body.
    package init(headers: [HTTPField], body: [UInt8]) throws(Fault) { preconditionFailure("to be written") }
}

/// One way to pay: an entry of `accepts`.
package struct PaymentOffer: Hashable, Sendable {
    package var scheme: String
    /// As the server names it.
    package var network: String
    package var asset: String
    /// `amount` of v2, `maxAmountRequired` of v1, as the server sent it; nil where it is no string.
    package var amount: String?
    package var recipient: String
    /// The URL of v1.
    package var resource: String?
    /// Of `extra`.
    package var feePayer: String?
    package var memo: String?
    package var recentBlockhash: String?
    package var paymentFlow: String?
    /// The entry as the server sent it.
    package var json: [UInt8]

    package init(
        scheme: String, network: String, asset: String, amount: String?, recipient: String, resource: String?,
        feePayer: String?, memo: String?, recentBlockhash: String?, paymentFlow: String?, json: [UInt8]
    ) {
        self.scheme = scheme
        self.network = network
        self.asset = asset
        self.amount = amount
        self.recipient = recipient
        self.resource = resource
        self.feePayer = feePayer
        self.memo = memo
        self.recentBlockhash = recentBlockhash
        self.paymentFlow = paymentFlow
        self.json = json
    }
}

/// A header of an HTTP message; names compare without case.
package struct HTTPField: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
