import RelayModel

/// One connection of a feed, from its opening on.
final class SimulatedLink {
    let number: Int
    let feed: String
    let stream: String
    let run: Int
    /// Which of the feed's connections it is.
    let slot: Int
    /// The token that the vendor has it under.
    var token: String
    var isOpen = true
    /// A renewal went over it that was not answered.
    var awaitsRenewal = false
    /// When the last message arrives that is on its way to the relay; those behind it come later.
    var clearAt = Scenario.start
    /// Counts what the vendor has planned for the end of the slice: only the last plan holds.
    var plan = 0

    init(number: Int, feed: String, stream: String, run: Int, slot: Int, token: String) {
        self.number = number
        self.feed = feed
        self.stream = stream
        self.run = run
        self.slot = slot
        self.token = token
    }
}
