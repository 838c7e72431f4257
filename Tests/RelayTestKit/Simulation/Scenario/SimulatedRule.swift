/// A rule as a pattern for the relay and as a predicate for the checks.
struct SimulatedRule: Hashable, Sendable {
    /// What a rule says of an event; unknown where that hangs on a payment that is not known yet.
    enum Truth: Sendable {
        case yes, no, unknown
    }

    /// What is known of the payment of a verification or settlement.
    enum Payment: Sendable {
        case known(SimulatedMessage)
        case absent
        case unknown
    }

    let name: String
    /// It takes the relay's own events, and nothing else.
    var isOwn = false
    var kinds: [SimulatedMessage.Kind]?
    var sender: String?
    var recipient: String?
    /// In thousandths.
    var amountFrom: Int?
    /// The only feeds whose events it takes; nil for all.
    var feeds: [String]?
    let deliverTo: [String]

    /// The `match` object.
    var pattern: String {
        if isOwn { return #"{"type":[{"prefix":"relay."}]}"# }
        var fields: [String] = []
        if let kinds { fields.append(#""type":[\#(kinds.map { #""\#($0.rawValue)""# }.joined(separator: ","))]"#) }
        if let sender { fields.append(#""sender":["\#(sender)"]"#) }
        if let recipient { fields.append(#""recipient":["\#(recipient)"]"#) }
        if let amountFrom { fields.append(#""amount":[{"numeric":[">=",\#(amountFrom)e-3]}]"#) }
        return "{\(fields.joined(separator: ","))}"
    }

    func truth(of message: SimulatedMessage, payment: Payment) -> Truth {
        if isOwn || feeds?.contains(message.feed) == false { return .no }
        if kinds?.contains(message.kind) == false { return .no }
        let truths = [
            sender.map { wanted in self.truth(message, payment, \.sender) { $0 == wanted } },
            recipient.map { wanted in self.truth(message, payment, \.recipient) { $0 == wanted } },
            amountFrom.map { least in self.truth(message, payment, \.amount) { $0 >= least } },
        ].compactMap { $0 }
        if truths.contains(.no) { return .no }
        return truths.contains(.unknown) ? .unknown : .yes
    }

    private func truth<Value>(
        _ message: SimulatedMessage, _ payment: Payment, _ field: KeyPath<SimulatedMessage, Value?>,
        _ holds: (Value) -> Bool
    ) -> Truth {
        if let own = message[keyPath: field] { return holds(own) ? .yes : .no }
        guard message.joins else { return .no }
        switch payment {
        case .known(let payment): return payment[keyPath: field].map(holds) == true ? .yes : .no
        case .absent: return .no
        case .unknown: return .unknown
        }
    }

    /// Whether it could match a verification or settlement of the feed, so that the feed's payments are remembered.
    func canJoin(_ feed: String) -> Bool {
        !isOwn && feeds?.contains(feed) ?? true
            && kinds.map { $0.contains(.verification) || $0.contains(.settlement) } ?? true
    }
}
