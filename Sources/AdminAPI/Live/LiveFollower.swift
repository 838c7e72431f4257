import NIOCore

/// One who follows the live events, at its own pace.
struct LiveFollower: Sendable {
    private let events: LiveEvents
    private let number: Int
    private var position: LiveBacklog.Position

    init(_ number: Int, of events: LiveEvents, from position: LiveBacklog.Position) {
        self.number = number
        self.events = events
        self.position = position
    }

    /// The next frames, once there are some; nil when it has ended.
    mutating func next() async -> [ByteBuffer]? {
        guard let news = await events.next(number, after: &position) else { return nil }
        return news.missed > 0 ? [LiveFrames.skipped(news.missed), news.buffer] : [news.buffer]
    }

    /// Ends it; from any thread, and more than once.
    func leave() {
        events.leave(number)
    }
}
