import RelayModel

/// A payment payload, read as a server reads it.
struct PaidPayload {
    let transaction: [UInt8]
    let identifier: String?
    private let scheme: String
    private let network: String
    /// What v2 says it pays; nil in v1.
    private let accepted: PaymentOffer?

    init(_ payload: [UInt8], version: X402Version) throws(PaymentCheck.Fault) {
        guard let document = try? JSONParser(limits: PaymentChallenge.limits).parse(payload) else {
            throw PaymentCheck.Fault("the payload is no JSON of at most \(PaymentChallenge.maxBytes) bytes")
        }
        func member(_ object: JSONNode?, _ key: String) -> JSONNode? { object.flatMap { document.member($0, key) } }
        func string(_ object: JSONNode?, _ key: String) -> String { member(object, key).flatMap(document.string) ?? "" }
        if let key = document.repeatedKey(within: document.root) {
            throw PaymentCheck.Fault("the payload has the key \(key) twice")
        }
        guard member(document.root, "x402Version").flatMap(document.number) == DecimalNumber("\(version.rawValue)")
        else {
            throw PaymentCheck.Fault("the payload is not of x402 version \(version.rawValue)")
        }
        if version == .v2 {
            guard let entry = member(document.root, "accepted"),
                let offer = try? PaymentOffer(entry, in: document, version: .v2)
            else { throw PaymentCheck.Fault("the payload does not say which offer it accepts") }
            (accepted, scheme, network) = (offer, offer.scheme, offer.network)
        } else {
            accepted = nil
            scheme = string(document.root, "scheme")
            network = string(document.root, "network")
        }
        let encoded = string(member(document.root, "payload"), "transaction")
        guard !encoded.isEmpty, let transaction = Base64.decode(encoded.utf8, .canonical) else {
            throw PaymentCheck.Fault("payload.transaction is not base64")
        }
        self.transaction = transaction
        let extensions = member(document.root, "extensions")
        let info = member(member(extensions, "payment-identifier"), "info")
        identifier = member(info, "id").flatMap(document.string)
    }

    /// That it is for this offer; in v2 every part of it that matters must be the offer's own.
    func expect(_ offer: PaymentOffer, version: X402Version) throws(PaymentCheck.Fault) {
        guard scheme == offer.scheme, scheme == "exact" else { throw PaymentCheck.Fault("its scheme is \(scheme)") }
        guard let wanted = SolanaNetwork(anyName: offer.network), SolanaNetwork(anyName: network) == wanted else {
            throw PaymentCheck.Fault("its network is \(network), not \(offer.network)")
        }
        guard var accepted else { return }
        accepted.json = offer.json
        guard accepted == offer else { throw PaymentCheck.Fault("it accepts another offer than the one to be paid") }
    }
}
