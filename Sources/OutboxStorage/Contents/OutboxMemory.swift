package import RelayModel

/// What the outbox remembers beside deliveries and destinations, read once when it is opened.
package struct OutboxMemory: Hashable, Sendable {
    /// When a feed was last known to bring all its events; feeds that never were are left out.
    package var feedsSeen: [String: Timestamp]
    /// The number that the relay's last own event had; 0 before the first.
    package var ownEvents: Int64
    /// When the wait for a payment that ends first ends; nil where none waits.
    package var nextWaitEnd: Timestamp?

    package init(feedsSeen: [String: Timestamp] = [:], ownEvents: Int64 = 0, nextWaitEnd: Timestamp? = nil) {
        self.feedsSeen = feedsSeen
        self.ownEvents = ownEvents
        self.nextWaitEnd = nextWaitEnd
    }
}
