/// What the live events may cost, whoever follows them and whatever comes.
enum LiveBounds {
    /// Events that wait to be told: a burst is told tick by tick.
    ///
    /// What is more makes the oldest give way, so that what is seen is never more than a few seconds behind.
    static let waitingEvents = 2048
    /// Their bytes and their payments' together.
    static let waitingBytes = 2 << 20
    /// Bytes that a tick tells, unless one event alone has more: 640 KiB a second is more than anybody reads, and what a
    /// hundred followers of it cost is little beside the deliveries.
    static let blockBytes = 64 << 10
    /// An event with more bytes, its payment's included, is told without them.
    static let eventBytes = 256 << 10
    /// Ticks that are kept for followers who are behind, and their bytes: shared by all, so a hundred cost what one costs.
    static let keptBlocks = 256
    static let keptBytes = 1 << 20
    /// How often what has come is told: often enough to look live, and each tick wakes every follower.
    static let interval = Duration.milliseconds(100)
    /// How often something is said where nothing happens: proxies end connections that are silent for a minute.
    static let beat = Duration.seconds(15)
}
