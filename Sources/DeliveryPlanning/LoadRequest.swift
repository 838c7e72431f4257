package import RelayModel

/// Deliveries of one destination that the planner wants read back from the outbox.
///
/// At most one for each destination is under way: it is answered by `DeliveryPlanner.loaded` or `loadFailed`. To be
/// performed when the updates of all verdicts given before it are committed; else a delivery that has just ended would be
/// read back as waiting. Answers and offers come in the order of the reads and commits that they tell of: what is offered
/// before a load's answer was on disk when the load was read.
package struct LoadRequest: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Those that are due, the oldest due moment first (`Outbox.due`).
        case due
        /// Those with `failedByOutage` whose last attempt ended before the moment, whatever their `notBefore`: the lowest
        /// id first. The answer's `next` has no meaning.
        case outageFailures(endedBefore: Timestamp)
    }

    package var destination: String
    package var kind: Kind
    /// At least 1.
    package var limit: Int
    /// No more is read once the events read (`data` and `payment`) have this many bytes; one is read in any case.
    package var byteLimit: Int
    /// What the planner holds already: waiting in its window or in flight.
    package var excluding: Set<DeliveryID>

    package init(destination: String, kind: Kind, limit: Int, byteLimit: Int, excluding: Set<DeliveryID>) {
        self.destination = destination
        self.kind = kind
        self.limit = limit
        self.byteLimit = byteLimit
        self.excluding = excluding
    }
}
