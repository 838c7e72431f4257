import RelayConfig
package import RelayModel

/// Reads a query's parameters, each at most once and none but those allowed.
struct QueryReader {
    private var values: [String: String] = [:]

    /// Deliveries or payments of a page where nothing is said, and at most.
    static let usualLimit = 100
    static let maxLimit = 1000
    /// Of a wallet or a payment that is searched for, in bytes: more than any address or id that feeds have.
    static let maxSearchBytes = 256

    init(_ parameters: [AdminRequest.Parameter], allowed: [String]) throws(Problem) {
        for parameter in parameters {
            let name = parameter.name
            guard allowed.contains(name) else {
                let known = allowed.isEmpty ? "none is taken here" : "known: " + allowed.joined(separator: ", ")
                throw Problem(400, "there is no parameter \"\(Shown.text(name))\"; \(known)")
            }
            guard values.updateValue(parameter.value, forKey: name) == nil else {
                throw Problem(400, "the parameter \(name) is there more than once")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// The state of a delivery or of a payment, as `State` says.
    func state<State>() throws(Problem) -> State?
    where State: CaseIterable & RawRepresentable, State.RawValue == String {
        guard let text = self["state"] else { return nil }
        guard let state = State(rawValue: text) else {
            let known = State.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.wrong("state", text, "one of \(known)")
        }
        return state
    }

    func event() throws(Problem) -> EventID? {
        guard let text = self["event"] else { return nil }
        guard let event = EventID(text) else { throw Self.wrong("event", text, "evt_ and 32 hexadecimal digits") }
        return event
    }

    func time(_ name: String, now: Timestamp) throws(Problem) -> Timestamp? {
        guard let text = self[name] else { return nil }
        guard let time = AcceptanceTime.parse(text, now: now) else {
            throw Self.wrong(name, text, AcceptanceTime.form)
        }
        return time
    }

    func limit() throws(Problem) -> Int {
        guard let text = self["limit"] else { return Self.usualLimit }
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let limit = Int(text),
            (1...Self.maxLimit).contains(limit)
        else { throw Self.wrong("limit", text, "1 to \(Self.maxLimit)") }
        return limit
    }

    /// The number after which the page begins.
    func cursor() throws(Problem) -> Int64? {
        guard let text = self["cursor"] else { return nil }
        guard let number = EntryNumber.read(text) else {
            throw Self.wrong("cursor", text, "the cursor of the page before, as it was given")
        }
        return number
    }

    func isNewestFirst() throws(Problem) -> Bool {
        switch self["order"] {
        case nil, "newest": return true
        case "oldest": return false
        case let text?: throw Self.wrong("order", text, "newest or oldest")
        }
    }

    func wallet() throws(Problem) -> WalletAddress? {
        guard let text = self["wallet"] else { return nil }
        return WalletAddress(try Self.searched("wallet", text))
    }

    func payment() throws(Problem) -> String? {
        guard let text = self["payment"] else { return nil }
        return try Self.searched("payment", text)
    }

    /// A text that is searched for, as it is.
    static func searched(_ name: String, _ text: String) throws(Problem) -> String {
        guard (1...maxSearchBytes).contains(text.utf8.count) else {
            throw wrong(name, text, "a text of 1 to \(maxSearchBytes) bytes")
        }
        return text
    }

    static func wrong(_ name: String, _ text: String, _ allowed: String) -> Problem {
        Problem(400, "\(name) is \"\(Shown.text(text))\"; allowed is \(allowed)")
    }
}

/// A time of acceptance as operators write it: ISO 8601, or a duration ago.
package enum AcceptanceTime {
    /// What is allowed, for messages.
    package static let form = "ISO 8601 such as 2026-01-31T12:00:00Z, or a duration ago such as 2h or 7d"

    /// The moment that `text` spells; nil for anything else.
    package static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        DurationText.parse(text).map { now - $0 } ?? Timestamp(iso: text)
    }
}
