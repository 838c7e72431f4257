/// One message of a simulated feed, and what the checks know of it without reading its bytes.
struct SimulatedMessage: Hashable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case payment, verification, settlement
        /// A type that the relay does not know: its identity is the whole message.
        case notice

        /// The channel that brings it; nil for what comes whatever was subscribed to.
        var channel: String? { self == .notice ? nil : "\(rawValue)s" }
    }

    let feed: String
    var kind: Kind
    /// Tells the events of one kind and payment apart: a part of the identity.
    var serial: Int
    /// Not a part of the identity: two versions are one event with different bytes.
    var version = 0
    var paymentId: String?
    var sender: String?
    var recipient: String?
    /// In thousandths.
    var amount: Int?

    /// Takes what it lacks from its payment.
    var joins: Bool { kind == .verification || kind == .settlement }

    /// As the feed sends it.
    var bytes: [UInt8] {
        var members = [#""type":"\#(kind.rawValue)""#]
        if let paymentId { members.append(#""paymentId":"\#(paymentId)""#) }
        switch kind {
        case .payment, .notice: members.append(#""status":"s\#(serial)""#)
        case .verification: members.append(#""verifiedBy":"v\#(serial)", "verified":true"#)
        case .settlement: members.append(#""signature":"g\#(serial)","status":"final","confirmations":3"#)
        }
        if let sender { members.append(#""sender":"\#(sender)""#) }
        if let recipient { members.append(#""recipient":"\#(recipient)""#) }
        if let amount {
            let fraction = String(1000 + amount % 1000).dropFirst()
            members.append(#""\#(kind == .settlement ? "finalAmount" : "amount")":\#(amount / 1000).\#(fraction)"#)
        }
        members.append(#""version":\#(version)"#)
        return Array("{\(members.joined(separator: ","))}".utf8)
    }
}
