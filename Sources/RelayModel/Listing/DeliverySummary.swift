/// A delivery as a listing shows it: without the event's bytes.
package struct DeliverySummary: Hashable, Sendable {
    package var id: DeliveryID
    package var event: EventID
    package var type: String
    /// Nil for an own event that concerns no feed.
    package var feed: String?
    package var destination: String
    package var rules: [String]
    package var format: BodyFormat
    package var state: DeliveryState
    /// Attempts that counted.
    package var attempts: Int
    package var receivedAt: Timestamp
    /// Not to be sent before this moment; nil once it has ended.
    package var next: Timestamp?
    /// When it was delivered, died or was discarded; nil while it waits.
    package var endedAt: Timestamp?
    /// What the last attempt on record failed with; nil where it succeeded or there was none.
    package var lastError: String?

    package init(
        id: DeliveryID, event: EventID, type: String, feed: String?, destination: String, rules: [String],
        format: BodyFormat, state: DeliveryState, attempts: Int, receivedAt: Timestamp, next: Timestamp?,
        endedAt: Timestamp?, lastError: String?
    ) {
        self.id = id
        self.event = event
        self.type = type
        self.feed = feed
        self.destination = destination
        self.rules = rules
        self.format = format
        self.state = state
        self.attempts = attempts
        self.receivedAt = receivedAt
        self.next = next
        self.endedAt = endedAt
        self.lastError = lastError
    }
}

/// One page of a listing.
package struct DeliveryPage: Hashable, Sendable {
    package var deliveries: [DeliverySummary]
    /// Where the next page goes on; nil after the last.
    package var cursor: DeliveryID?

    package init(deliveries: [DeliverySummary], cursor: DeliveryID?) {
        self.deliveries = deliveries
        self.cursor = cursor
    }
}

/// A delivery with its event and its attempts.
package struct DeliveryDetail: Sendable {
    package var summary: DeliverySummary
    package var event: Event
    /// So many attempts, the newest, are read back.
    ///
    /// In an outage each probe is recorded with the oldest delivery: thousands a day, each with up to 1 KB of an answer.
    package static let shownAttempts = 1000

    /// The newest `shownAttempts`, in their order.
    package var attempts: [AttemptRecord]
    /// How many are on record, older ones included.
    package var recordedAttempts: Int
    /// The request of the last attempt, or before the first the one to come, by the configuration as it is now.
    ///
    /// Nil where its destination is not configured.
    package var request: ShownRequest?

    package init(
        summary: DeliverySummary, event: Event, attempts: [AttemptRecord], recordedAttempts: Int? = nil,
        request: ShownRequest? = nil
    ) {
        self.summary = summary
        self.event = event
        self.attempts = attempts
        self.recordedAttempts = recordedAttempts ?? attempts.count
        self.request = request
    }
}

/// How many deliveries of a destination are in each state.
package struct DeliveryCounts: Hashable, Sendable {
    package var pending: Int
    package var delivered: Int
    package var dead: Int
    package var discarded: Int
    /// When the event of the oldest waiting one was received.
    package var oldestPending: Timestamp?

    package init(
        pending: Int = 0, delivered: Int = 0, dead: Int = 0, discarded: Int = 0, oldestPending: Timestamp? = nil
    ) {
        self.pending = pending
        self.delivered = delivered
        self.dead = dead
        self.discarded = discarded
        self.oldestPending = oldestPending
    }

    /// Some delivery is there, in whatever state.
    package var hasAny: Bool { pending + delivered + dead + discarded > 0 }
}
