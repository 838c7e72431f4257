import RelayModel

/// The body of a replay: which deliveries are sent again.
struct ReplayRequest {
    let filter: DeliveryFilter

    static let keys = ["destination", "state", "rule", "id", "wallet", "payment", "since", "until"]
    private static let limits = JSONLimits(maxBytes: AdminLimits.bodyBytes, maxDepth: 4)

    init(_ body: [UInt8], now: Timestamp) throws(Problem) {
        let values = try body.isEmpty ? [:] : Self.values(body)
        guard !values.isEmpty else {
            throw Problem(
                400, "a replay of everything is not possible: give at least one of \(Self.keys.joined(separator: ", "))"
            )
        }
        var filter = DeliveryFilter(destination: values["destination"], rule: values["rule"])
        if let state = values["state"] {
            filter.state = DeliveryState(rawValue: state)
            guard filter.state == .dead || filter.state == .delivered else {
                throw QueryReader.wrong("state", state, "dead or delivered")
            }
        }
        if let id = values["id"] {
            filter.event = EventID(id)
            filter.delivery = DeliveryID(text: id)
            guard filter.event != nil || filter.delivery != nil else {
                throw QueryReader.wrong("id", id, "an event's (evt_ and 32 hexadecimal digits) or a delivery's number")
            }
        }
        filter.wallet = try values["wallet"].map { text throws(Problem) in
            WalletAddress(try QueryReader.searched("wallet", text))
        }
        filter.payment = try values["payment"].map { text throws(Problem) in
            try QueryReader.searched("payment", text)
        }
        filter.since = try Self.time("since", values, now)
        filter.until = try Self.time("until", values, now)
        self.filter = filter
    }

    /// The members of the object: strings, and a delivery's number also as one.
    private static func values(_ body: [UInt8]) throws(Problem) -> [String: String] {
        let document: JSONDocument
        do {
            document = try JSONParser(limits: limits).parse(body)
        } catch {
            throw Problem(400, "the body is \(error.kind.rawValue) at byte \(error.offset): \(error.reason)")
        }
        guard document.kind(document.root) == .object else { throw Problem(400, "the body is no JSON object") }
        var values: [String: String] = [:]
        for (keyNode, node) in document.members(document.root) {
            let key = document.string(keyNode) ?? ""
            guard keys.contains(key) else {
                throw Problem(
                    400, "there is no member \"\(Shown.text(key))\"; known: \(keys.joined(separator: ", "))")
            }
            var text = document.string(node)
            if key == "id", document.kind(node) == .number {
                text = String(decoding: document.slice(node), as: UTF8.self)
            }
            guard let text else { throw Problem(400, "\(key) is no string") }
            guard values.updateValue(text, forKey: key) == nil else {
                throw Problem(400, "the member \(key) is there more than once")
            }
        }
        return values
    }

    private static func time(
        _ key: String, _ values: [String: String], _ now: Timestamp
    ) throws(Problem) -> Timestamp? {
        guard let text = values[key] else { return nil }
        guard let time = AcceptanceTime.parse(text, now: now) else {
            throw QueryReader.wrong(key, text, AcceptanceTime.form)
        }
        return time
    }
}
