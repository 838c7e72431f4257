import RelayModel

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
    /// Never empty.
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

    /// Reads an entry of `accepts`; `null` counts as absent, other members may be anything.
    init(_ entry: JSONNode, in document: JSONDocument, version: X402Version) throws(PaymentChallenge.Fault) {
        let fields = StringFields(document: document, object: entry, place: "")
        guard document.kind(entry) == .object else { throw PaymentChallenge.Fault("it is no object") }
        scheme = try fields.required("scheme")
        network = try fields.required("network")
        asset = try fields.required("asset")
        recipient = try fields.required("payTo")
        // What an amount is, the purse judges; here it must only be a text, since a number may have lost digits already.
        amount = try? fields.optional(version == .v1 ? "maxAmountRequired" : "amount")
        resource = version == .v1 ? try fields.optional("resource") : nil
        json = Array(document.slice(entry))

        let extra = document.member(entry, "extra")
        if let extra, document.kind(extra) != .object, document.kind(extra) != .null {
            throw PaymentChallenge.Fault("its extra is no object")
        }
        let extras = StringFields(document: document, object: extra, place: "extra.")
        feePayer = try extras.optional("feePayer")
        // A memo that cannot be read must not be replaced by one of ours, nor a flow that is not known be ignored.
        // An empty one is none, as the official clients take it.
        memo = try extras.optional("memo").flatMap { $0.isEmpty ? nil : $0 }
        paymentFlow = try extras.optional("paymentFlow")
        recentBlockhash = try extras.optional("recentBlockhash")
    }
}

/// The members of an object that must be strings.
struct StringFields {
    let document: JSONDocument
    /// Nil for an object that is not there: then it has no members.
    let object: JSONNode?
    /// What is put before a member's name in a fault.
    let place: String

    func required(_ key: String) throws(PaymentChallenge.Fault) -> String {
        guard let text = try optional(key) else { throw PaymentChallenge.Fault("it has no \(place)\(key)") }
        return text
    }

    /// Nil where it is absent or `null`.
    func optional(_ key: String) throws(PaymentChallenge.Fault) -> String? {
        guard let object, let value = document.member(object, key), document.kind(value) != .null else { return nil }
        guard let text = document.string(value) else {
            throw PaymentChallenge.Fault("its \(place)\(key) is no string")
        }
        return text
    }
}
