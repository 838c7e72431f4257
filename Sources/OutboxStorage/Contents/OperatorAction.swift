package import RelayModel

/// What an operator does to deliveries.
package enum OperatorAction: Hashable, Sendable {
    /// Is due at once and outside the order; one that had ended starts its schedule anew.
    case retry(DeliveryID)
    /// Is given up: `discarded`, and its place in the order is free.
    case discard(DeliveryID)
    /// Delivered and dead ones that the filter takes are pending again, due at once and outside the order.
    ///
    /// In the order of acceptance, from `from`, at most `limit` in one transaction. Discarded ones only where the filter names
    /// a delivery or an event.
    case replay(DeliveryFilter, from: DeliveryID?, limit: Int)
}

/// What came of an `OperatorAction`.
package struct OperatorOutcome: Sendable {
    /// Why nothing was done.
    package enum Refusal: Hashable, Sendable {
        case unknownDelivery
        /// It stands in a state in which this cannot be done.
        case wrongState(DeliveryState)
    }

    /// Deliveries that became ready, with what is on disk now.
    package var ready: [Delivery]
    /// Deliveries that are no longer to be sent.
    package var withdrawn: [DeliveryID]
    /// How many were changed.
    package var changed: Int
    /// Where a replay goes on; nil when it is done.
    ///
    /// Only so many deliveries are looked at in one step: the next may find more where this one found none.
    package var next: DeliveryID?
    package var refusal: Refusal?
    /// What ended by it, by destination.
    package var turns: [String: DeliveryTurns]

    package init(
        ready: [Delivery] = [], withdrawn: [DeliveryID] = [], changed: Int = 0, next: DeliveryID? = nil,
        refusal: Refusal? = nil, turns: [String: DeliveryTurns] = [:]
    ) {
        self.ready = ready
        self.withdrawn = withdrawn
        self.changed = changed
        self.next = next
        self.refusal = refusal
        self.turns = turns
    }
}

extension OperatorAction {
    /// No more is replayed in one transaction once the events of what was (`data` and `payment`) have this many bytes: all of
    /// them are in memory until the dispatcher has them.
    package static let replayByteLimit = 4 << 20

    /// The states that a replay brings back.
    package static func replayedStates(_ filter: DeliveryFilter) -> [DeliveryState] {
        let states: [DeliveryState] =
            filter.delivery == nil && filter.event == nil ? [.delivered, .dead] : [.delivered, .dead, .discarded]
        return states.filter { filter.state == nil || filter.state == $0 }
    }
}
