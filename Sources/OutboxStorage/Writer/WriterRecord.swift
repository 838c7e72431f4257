package import RelayModel

/// What belongs into one transaction beside events of feeds, as it was handed over in one call.
package struct WriterRecord: Sendable {
    package var updates: [DeliveryUpdate]
    package var standings: [String: DestinationStanding]
    package var own: [OwnEvent]
    /// These, and then `own` too, go with the events that arrived before (`FeedNotice`).
    package var feedsSeen: [String: Timestamp]
    package var forgottenFeeds: Set<String>

    package init(
        updates: [DeliveryUpdate] = [], standings: [String: DestinationStanding] = [:], own: [OwnEvent] = [],
        feedsSeen: [String: Timestamp] = [:], forgottenFeeds: Set<String> = []
    ) {
        self.updates = updates
        self.standings = standings
        self.own = own
        self.feedsSeen = feedsSeen
        self.forgottenFeeds = forgottenFeeds
    }
}

/// What one turn of the writer takes from its queue.
package struct WriterWork: Sendable {
    package var input: JoinInput
    /// How many records `input` is made of.
    package var records = 0
    var updates = 0

    /// Nothing yet, but for what waits on disk.
    package init(input: JoinInput) {
        self.input = input
    }
}
