package import RelayModel

/// What the outcome of an attempt means.
package struct PlannerVerdict: Sendable {
    /// To be committed.
    package var update: DeliveryUpdate
    /// The destination's standing where it changed, to be committed with the update.
    package var standing: DestinationStanding?
    /// What an operator may want to know, in the order in which it happened.
    package var notices: [PlannerNotice]
    /// The relay's own events that come of it: `relay.destination.disabled` and `relay.delivery.dead`.
    ///
    /// None for the delivery of an own event, so that one that fails does not bring forth another without end.
    package var own: [OwnEvent]
    /// From the event's receipt to the end of the attempt that delivered it; nil where it did not.
    ///
    /// Nil too where the delivery had ended before, and an operator sent it again or gave it up.
    package var latency: Duration?

    package init(
        update: DeliveryUpdate, standing: DestinationStanding? = nil, notices: [PlannerNotice] = [],
        own: [OwnEvent] = [], latency: Duration? = nil
    ) {
        self.update = update
        self.standing = standing
        self.notices = notices
        self.own = own
        self.latency = latency
    }
}

/// A turn that a destination or a delivery took.
package enum PlannerNotice: Hashable, Sendable {
    /// Too many attempts in a row ended without an answer: single probes from here on.
    case destinationDown(destination: String, reason: String)
    /// It answered again.
    case destinationUp(destination: String)
    /// Nothing more is sent to it until an operator resumes it.
    case destinationDisabled(destination: String, reason: String)
    /// Given up.
    case deliveryDead(destination: String, delivery: DeliveryID, event: EventID, reason: String)
}
