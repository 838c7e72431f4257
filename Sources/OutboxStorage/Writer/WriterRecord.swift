import RelayModel

/// What belongs into one transaction beside events of feeds, as it was handed over in one call.
struct WriterRecord {
    var updates: [DeliveryUpdate] = []
    var standings: [String: DestinationStanding] = [:]
    var own: [OwnEvent] = []
    var feedsSeen: [String: Timestamp] = [:]
    var forgottenFeeds: Set<String> = []
}

/// What one turn of the writer takes from its queue.
struct WriterWork {
    var input: JoinInput
    /// How many records `input` is made of.
    var records = 0
    var updates = 0

    var isEmpty: Bool { records == 0 && input.arrivals.isEmpty }
}
