import RelayModel

/// How fast a session may send: a quarter of the plan's rate, shared by all connections of the feed, after a short burst.
///
/// Since nobody says whether the feed counts its own messages too, three quarters are left to them. Generic cell rate
/// algorithm: `free` is when the messages sent so far are paid for.
struct SendPace: Sendable {
    /// Sent ahead of the pace at most: authenticate, the first subscriptions and a ping.
    private static let burst = 4
    /// However often the feed asks for less, subscribing goes on.
    private static let longestSpacing: Duration = .seconds(5)

    private var spacing: Duration
    private var tolerance: Duration
    private var free = Timestamp(milliseconds: 0)

    init(messagesPerSecond: Int, connections: Int) {
        spacing = .seconds(4) * max(connections, 1) / max(messagesPerSecond, 1)
        tolerance = spacing * Self.burst
    }

    /// From when on a message may be sent.
    var earliest: Timestamp { free - tolerance }

    mutating func sent(at now: Timestamp) {
        free = max(free, now) + spacing
    }

    /// The feed found it too fast: half as fast from here on, and no more bursts.
    mutating func slowDown() {
        spacing = min(spacing * 2, Self.longestSpacing)
        tolerance = .zero
    }
}
