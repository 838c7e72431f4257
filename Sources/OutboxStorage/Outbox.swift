package import RelayModel

/// An event that some rule matched, with what it becomes for each destination.
package struct AcceptedEvent: Sendable {
    package let event: Event
    /// At least one, each for another destination.
    package let deliveries: [NewDelivery]

    package init(event: Event, deliveries: [NewDelivery]) {
        self.event = event
        self.deliveries = deliveries
    }
}

/// All that is written in one transaction.
package struct OutboxBatch: Sendable {
    /// In the order of their arrival, which becomes the order of their deliveries.
    package var accepted: [AcceptedEvent]
    package var updates: [DeliveryUpdate]
    /// Destinations whose standing changed.
    package var standings: [String: DestinationStanding]

    package init(
        accepted: [AcceptedEvent] = [], updates: [DeliveryUpdate] = [], standings: [String: DestinationStanding] = [:]
    ) {
        self.accepted = accepted
        self.updates = updates
        self.standings = standings
    }

    package var isEmpty: Bool { accepted.isEmpty && updates.isEmpty && standings.isEmpty }
}

/// What a transaction made of a batch.
package struct OutboxCommit: Sendable {
    /// Deliveries that became free to be sent: accepted ones that queue behind nothing, and those whose predecessor ended.
    ///
    /// In the order of acceptance.
    package var ready: [Delivery]
    /// New deliveries, whether ready or queued.
    package var added: Int
    /// Deliveries that were not added because the destination already has the event.
    package var repeated: Int

    package init(ready: [Delivery] = [], added: Int = 0, repeated: Int = 0) {
        self.ready = ready
        self.added = added
        self.repeated = repeated
    }
}

/// Deliveries read back from the outbox.
package struct DueDeliveries: Sendable {
    package var destination: String
    /// Ready and due, oldest due moment first.
    package var deliveries: [Delivery]
    /// When the next ready delivery beyond these is due: in the past where the limit cut the list; nil where there is none.
    package var next: Timestamp?

    package init(destination: String, deliveries: [Delivery], next: Timestamp?) {
        self.destination = destination
        self.deliveries = deliveries
        self.next = next
    }
}

/// Why the outbox did not do what was asked.
package struct OutboxError: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// No room on the disk: goes on by itself when there is some.
        case full
        /// The file or its folder cannot be written.
        case readOnly
        /// Another relay holds the file.
        case locked
        /// Written by a newer version of the relay.
        case newer
        /// Not a database, or one that is damaged.
        case corrupt
        /// Any other failure of the disk or the database; worth another try.
        case failed
    }

    package let kind: Kind
    /// What happened to which file, and what to do next.
    package let reason: String

    package init(kind: Kind, reason: String) {
        self.kind = kind
        self.reason = reason
    }
}

/// Where accepted events and their deliveries are kept until they are delivered.
///
/// Used from one thread at a time.
///
/// What every implementation holds is in the conformance suite of the test kit.
package protocol Outbox: AnyObject {
    /// Writes the batch as a whole, or nothing of it. When it returns, the batch survives a loss of power.
    ///
    /// A delivery for a destination that already has the event (whatever its state) is left out. An update of a delivery
    /// that is no longer pending changes nothing but adds its attempt to the record.
    func commit(_ batch: OutboxBatch) throws(OutboxError) -> OutboxCommit

    /// Up to `limit` ready deliveries of `destination` that are due at `now`, without those of `excluding`
    /// (what the dispatcher already holds).
    func due(destination: String, now: Timestamp, limit: Int, excluding: Set<DeliveryID>) throws(OutboxError)
        -> DueDeliveries

    /// What is remembered of each destination that ever had a standing.
    func standings() throws(OutboxError) -> [String: DestinationStanding]
}
