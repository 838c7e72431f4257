package import RelayModel

/// The rules as the outbox's writer asks them: which deliveries come of an event once more is known of it.
///
/// Asked on the writer's thread. A snapshot: the same question always gets the same answer.
package protocol ArrivalJudge: AnyObject, Sendable {
    /// What comes of a verification or settlement, given what is known of its payment.
    func judge(_ event: JoiningEvent, payment: JoinedPayment) -> Judgement

    /// What comes of an own event whose JSON is `data`; nil where no rule takes it.
    func judge(_ own: OwnEvent, data: [UInt8]) -> AcceptedEvent?
}

/// What is known of the payment of a verification or settlement.
package enum JoinedPayment: Sendable {
    case found(JSONDocument)
    /// It may still come.
    case awaited
    /// The wait for it is over.
    case absent
}

/// What comes of an event.
package struct Judgement: Sendable {
    /// Nil where no rule matches, as far as is known.
    package var accepted: AcceptedEvent?
    /// Some rule hangs on the payment; never once the payment was found or is absent.
    package var isUndecided: Bool

    package init(accepted: AcceptedEvent?, isUndecided: Bool) {
        self.accepted = accepted
        self.isUndecided = isUndecided
    }
}
