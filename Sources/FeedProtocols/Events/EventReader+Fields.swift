package import RelayModel

extension EventReader {
    /// What a rule sees of the event beside the event's own fields.
    ///
    /// `payment` counts only for an event that belongs to one. A field that the event has as `null` gives way to that of the
    /// payment, and stands where there is none.
    package func fields(of document: JSONDocument, payment: PaymentKnowledge) -> DerivedFields {
        if feedProtocol == .atomicstream {
            let event = AtomicStreamEvent(document)
            return DerivedFields(
                feed: feed, wallets: event.wallets(), transfers: event.transfers(), looseMints: event.looseMints())
        }
        let payment = joinsPayment(document) ? payment : .none
        let transfer = DerivedFields.Transfer(
            sender: value(["sender"], of: document, orOf: payment, "sender"),
            recipient: value(["recipient"], of: document, orOf: payment, "recipient"),
            amount: value(["amount", "finalAmount"], of: document, orOf: payment, "amount"),
            // No derived field of this protocol: a rule sees the event's own, if it has one.
            mint: document.member(document.root, "mint").map { .event($0) } ?? .absent)
        return DerivedFields(
            feed: feed, wallets: [transfer.sender, transfer.recipient].filter { $0 != .absent }, transfers: [transfer],
            payment: payment.document)
    }

    /// The first of `own` that the event has, else `inherited` of its payment.
    private func value(
        _ own: [String], of document: JSONDocument, orOf payment: PaymentKnowledge, _ inherited: String
    ) -> DerivedFields.Value {
        var null = DerivedFields.Value.absent
        for key in own {
            guard let node = document.member(document.root, key) else { continue }
            if document.kind(node) != .null { return .event(node) }
            if null == .absent { null = .event(node) }
        }
        switch payment {
        case .none: return null
        case .notKnownYet: return .unknown
        case .known(let found):
            guard let node = found.member(found.root, inherited) else { return null }
            return found.kind(node) == .null && null != .absent ? null : .payment(node)
        }
    }
}

extension PaymentKnowledge {
    /// The payment's document, where it is known.
    fileprivate var document: JSONDocument? {
        if case .known(let document) = self { document } else { nil }
    }
}
