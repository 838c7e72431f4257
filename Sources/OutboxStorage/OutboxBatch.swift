package import RelayModel

/// An event that some rule matched, with what it becomes for each destination.
package struct AcceptedEvent: Sendable {
    package let event: Event
    /// At least one, each for another destination.
    package let deliveries: [NewDelivery]
    /// What a search finds them by.
    package let marks: SearchMarks

    package init(event: Event, deliveries: [NewDelivery], marks: SearchMarks = .none) {
        self.event = event
        self.deliveries = deliveries
        self.marks = marks
    }
}

/// All that is written in one transaction.
package struct OutboxBatch: Sendable {
    /// In the order of their arrival, which becomes the order of their deliveries.
    package var accepted: [AcceptedEvent]
    package var updates: [DeliveryUpdate]
    /// Destinations whose standing changed.
    package var standings: [String: DestinationStanding]
    /// Payments to be remembered, in the order of their arrival: the last of a key counts.
    package var payments: [RememberedPayment]
    /// Events that begin to wait for their payment, in the order of their arrival.
    package var waits: [JoinWait]
    /// Waits that are over, by their id.
    package var endedWaits: [Int64]
    /// When feeds were last known to bring all their events.
    package var feedsSeen: [String: Timestamp]
    /// Feeds that are configured no longer.
    package var forgottenFeeds: Set<String>
    /// The number of the last own event in this batch; nil where there is none.
    package var ownEvents: Int64?

    package init(
        accepted: [AcceptedEvent] = [], updates: [DeliveryUpdate] = [], standings: [String: DestinationStanding] = [:],
        payments: [RememberedPayment] = [], waits: [JoinWait] = [], endedWaits: [Int64] = [],
        feedsSeen: [String: Timestamp] = [:], forgottenFeeds: Set<String> = [], ownEvents: Int64? = nil
    ) {
        self.accepted = accepted
        self.updates = updates
        self.standings = standings
        self.payments = payments
        self.waits = waits
        self.endedWaits = endedWaits
        self.feedsSeen = feedsSeen
        self.forgottenFeeds = forgottenFeeds
        self.ownEvents = ownEvents
    }

    package var isEmpty: Bool {
        accepted.isEmpty && updates.isEmpty && standings.isEmpty && payments.isEmpty && waits.isEmpty
            && endedWaits.isEmpty && feedsSeen.isEmpty && forgottenFeeds.isEmpty && ownEvents == nil
    }
}

/// What a transaction made of a batch.
package struct OutboxCommit: Sendable {
    /// Deliveries that became free to be sent: accepted ones that queue behind nothing, and those whose predecessor
    /// ended.
    ///
    /// In the order of acceptance.
    package var ready: [Delivery]
    /// New deliveries, whether ready or queued.
    package var added: Int
    /// Destinations that already have an event and got no delivery of it, by its place in `accepted`.
    package var repeats: [Int: Set<String>]
    /// What came and ended, by destination.
    package var turns: [String: DeliveryTurns]

    package init(
        ready: [Delivery] = [], added: Int = 0, repeats: [Int: Set<String>] = [:], turns: [String: DeliveryTurns] = [:]
    ) {
        self.ready = ready
        self.added = added
        self.repeats = repeats
        self.turns = turns
    }

    /// Deliveries that were not added because the destination already has the event.
    package var repeated: Int { repeats.values.reduce(0) { $0 + $1.count } }

    /// The events of `accepted` that some destination did not have, each with only its new deliveries.
    package func taken(of accepted: [AcceptedEvent]) -> [AcceptedEvent] {
        guard !repeats.isEmpty else { return accepted }
        return accepted.enumerated().compactMap { index, event in
            guard let had = repeats[index] else { return event }
            let new = event.deliveries.filter { !had.contains($0.destination) }
            return new.isEmpty ? nil : AcceptedEvent(event: event.event, deliveries: new, marks: event.marks)
        }
    }
}
