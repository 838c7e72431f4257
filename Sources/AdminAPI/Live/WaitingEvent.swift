import RelayModel

/// An event that waits to be told: with its bytes, or, where they are too many, with how many they are.
struct WaitingEvent: Sendable {
    let live: LiveEvent
    /// The bytes of the event and its payment that are left out; nil where they are told.
    let omitted: Int?

    init(_ live: LiveEvent) {
        let event = live.event
        let size = event.data.count + (event.payment?.count ?? 0)
        guard size > LiveBounds.eventBytes else {
            self.live = live
            omitted = nil
            return
        }
        // Its texts are of its bytes, and might be as long.
        let short = Event(
            id: event.id, feed: event.feed, type: Shown.text(event.type), timestamp: event.timestamp,
            receivedAt: event.receivedAt, sender: event.sender.map(Shown.text),
            recipient: event.recipient.map(Shown.text), amount: event.amount.map(Shown.text), payment: nil, data: [])
        self.live = LiveEvent(event: short, rules: live.rules, destinations: live.destinations)
        omitted = size
    }

    /// The bytes that it keeps in memory, in the main.
    var size: Int { live.event.data.count + (live.event.payment?.count ?? 0) }
}
