import RelayModel

extension PaymentChallenge {
    /// Reads a 402: v2 by its `PAYMENT-REQUIRED` header, else v1 by its body.
    package init(headers: [HTTPField], body: [UInt8]) throws(Fault) {
        let values = headers.values(Self.header)
        guard values.count <= 1 else { throw Fault("the 402 has \(values.count) \(Self.header) headers, not one") }
        if let value = values.first {
            try self.init(v2: Self.json(header: value))
        } else {
            try self.init(v1: body)
        }
    }

    private init(v2 json: [UInt8]) throws(Fault) {
        let place = "its \(Self.header) header"
        let document = try Self.document(json, place)
        try self.init(document, version: .v2, place)
        let resource = document.member(document.root, "resource").flatMap { document.kind($0) == .null ? nil : $0 }
        if let resource {
            guard document.kind(resource) == .object else { throw Fault("resource of \(place) is no object") }
            do {
                self.resource = try StringFields(document: document, object: resource, place: "resource.").optional(
                    "url")
            } catch {
                throw Fault("in \(place), \(error)")
            }
            resourceJSON = Array(document.slice(resource))
        }
        let extensions = document.member(document.root, "extensions").flatMap { document.kind($0) == .null ? nil : $0 }
        if let extensions {
            guard document.kind(extensions) == .object else { throw Fault("extensions of \(place) is no object") }
            extensionsJSON = Array(document.slice(extensions))
        }
    }

    private init(v1 body: [UInt8]) throws(Fault) {
        guard !body.isEmpty else { throw Fault("the 402 has neither a \(Self.header) header nor a body") }
        try self.init(Self.document(body, "its body"), version: .v1, "its body")
    }

    /// What both versions have in common.
    private init(_ document: JSONDocument, version: X402Version, _ place: String) throws(Fault) {
        let named = document.member(document.root, "x402Version")
        guard let named, document.number(named) == DecimalNumber("\(version.rawValue)") else {
            let found = named.map { Excerpt.of(document.slice($0)) } ?? "absent"
            throw Fault("x402Version of \(place) is \(found), not \(version.rawValue)")
        }
        guard let accepts = document.member(document.root, "accepts"), document.kind(accepts) == .array else {
            throw Fault("accepts of \(place) is no array")
        }
        let entries = Array(document.elements(accepts))
        guard !entries.isEmpty else { throw Fault("accepts of \(place) is empty: there is no way to pay") }
        guard entries.count <= Self.maxOffers else {
            throw Fault("accepts of \(place) has \(entries.count) entries, at most \(Self.maxOffers) are read")
        }
        var offers: [PaymentOffer] = []
        var first: Fault?
        for (place, entry) in entries.enumerated() {
            do {
                offers.append(try PaymentOffer(entry, in: document, version: version))
            } catch {
                first = first ?? Fault("entry \(place) of accepts cannot be read: \(error)")
            }
        }
        if offers.isEmpty, let first { throw first }
        let error = document.member(document.root, "error").flatMap { document.string($0) } ?? ""
        self.init(
            version: version, error: Excerpt.of(Array(error.utf8)), resource: nil, offers: offers, resourceJSON: nil,
            extensionsJSON: nil)
    }

    private static func json(header value: String) throws(Fault) -> [UInt8] {
        guard value.utf8.count <= maxBytes else {
            throw Fault("its \(header) header has \(value.utf8.count) bytes, at most \(maxBytes) are read")
        }
        guard let json = Base64.decode(value.utf8, .canonical) else {
            throw Fault("its \(header) header is not base64 with padding: \(Excerpt.of(Array(value.utf8)))")
        }
        return json
    }

    private static func document(_ json: [UInt8], _ place: String) throws(Fault) -> JSONDocument {
        let document: JSONDocument
        do {
            document = try JSONParser(limits: limits).parse(json)
        } catch {
            let cause = error.kind == .tooLarge ? error.reason : "byte \(error.offset): \(Excerpt.of(json))"
            throw Fault("\(place) is \(error.kind.rawValue): \(cause)")
        }
        guard document.kind(document.root) == .object else {
            throw Fault("\(place) is no JSON object: \(Excerpt.of(json))")
        }
        // Which of the two counts, another reader may see differently: what is signed must be what is meant.
        if let key = document.repeatedKey(within: document.root) { throw Fault("\(place) has the key \(key) twice") }
        return document
    }
}

extension JSONDocument {
    /// The first key that an object in `node`, at any depth, has twice.
    func repeatedKey(within node: JSONNode) -> String? {
        if let key = firstRepeatedKey(in: node) { return Excerpt.of(slice(key)) }
        for (_, value) in members(node) {
            if let key = repeatedKey(within: value) { return key }
        }
        for element in elements(node) {
            if let key = repeatedKey(within: element) { return key }
        }
        return nil
    }
}
