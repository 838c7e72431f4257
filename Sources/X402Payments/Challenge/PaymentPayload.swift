import RelayModel

/// What is sent with the paid request: the payment payload of x402.
package enum PaymentPayload {
    /// The extension by which a server tells the same payment sent again from another one.
    private static let identifierExtension = "payment-identifier"

    /// The payload as JSON: what the header carries in base64, and `renew_inband` as it is.
    ///
    /// `accepted` is the chosen entry, unchanged. Where the challenge has `extensions["payment-identifier"]` it is echoed with
    /// `identifier` as `info.id` (16 to 128 of `A-Z a-z 0-9 _ -`); the other extensions are echoed as they are.
    package static func json(
        for offer: PaymentOffer, of challenge: PaymentChallenge, transaction: [UInt8], identifier: String
    ) -> [UInt8] {
        var payload = JSONObjectWriter()
        payload.value("x402Version", challenge.version.rawValue)
        switch challenge.version {
        case .v1:
            payload.string("scheme", offer.scheme)
            payload.string("network", offer.network)
        case .v2:
            if let resource = challenge.resourceJSON { payload.raw("resource", resource) }
            payload.raw("accepted", offer.json)
        }
        payload.object("payload") { $0.string("transaction", Base64.encode(transaction)) }
        if challenge.version == .v2, let extensions = challenge.extensionsJSON {
            payload.raw("extensions", identified(extensions, as: identifier))
        }
        return payload.bytes
    }

    /// The header that carries a payload: `X-PAYMENT` or `PAYMENT-SIGNATURE`.
    package static func header(_ payload: [UInt8], version: X402Version) -> HTTPField {
        HTTPField(headerName(version), Base64.encode(payload))
    }

    /// The name of the header that carries a payload.
    package static func headerName(_ version: X402Version) -> String {
        version == .v1 ? "X-PAYMENT" : "PAYMENT-SIGNATURE"
    }

    /// The extensions with `info.id` in `payment-identifier`, should that be among them, and all else unchanged.
    private static func identified(_ extensions: [UInt8], as identifier: String) -> [UInt8] {
        guard let document = try? JSONParser(limits: PaymentChallenge.limits).parse(extensions),
            let found = document.member(document.root, identifierExtension), document.kind(found) == .object
        else { return extensions }
        return document.object(document.root, replacing: identifierExtension) {
            document.object(found, replacing: "info") {
                let info = document.member(found, "info").flatMap { document.kind($0) == .object ? $0 : nil }
                let id = Array(JSONEscapes.quoted(identifier).utf8)
                guard let info else { return Array(#"{"id":"#.utf8) + id + Array("}".utf8) }
                return document.object(info, replacing: "id") { id }
            }
        }
    }
}

extension JSONDocument {
    /// The object with another value for `key`, which is put at the end where it has none; all else as it came.
    fileprivate func object(_ object: JSONNode, replacing key: String, by make: () -> [UInt8]) -> [UInt8] {
        var bytes = Array("{".utf8)
        var isFirst = true
        var isReplaced = false
        func append(_ key: some Collection<UInt8>, _ value: some Collection<UInt8>) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes += key
            bytes.append(UInt8(ascii: ":"))
            bytes += value
        }
        for (name, value) in members(object) {
            let isWanted = string(name) == key
            append(slice(name), isWanted ? make()[...] : slice(value))
            isReplaced = isReplaced || isWanted
        }
        if !isReplaced { append(JSONEscapes.quoted(key).utf8, make()) }
        return bytes + Array("}".utf8)
    }
}
