/// How long to wait before a feed's connection is opened again.
///
/// Doubles from `initial` to `maximum`; jitter adds up to as much again and takes nothing off; starts over after a connection
/// that was subscribed for 5 s. What will not heal by itself, and what the server asks for, waits longer.
package struct ReconnectBackoff: Sendable {
    /// A connection that was subscribed for this long proves that all is well.
    package static let settled: Duration = .seconds(5)
    /// A refused key waits for a person; asking often could lock it out.
    private static let refusalWaits = (first: Duration.seconds(60), last: Duration.seconds(900))
    /// A longer Retry-After counts as this, so that nonsense does not silence a feed for days.
    private static let longestRetryAfter: Duration = .seconds(3600)

    private let initial: Duration
    private let maximum: Duration
    private let waitsLongWhenRefused: Bool
    private var next: Duration
    private var nextRefusal: Duration

    /// `waitsLongWhenRefused`: an upgrade that was refused with 401 or 403 waits as a refused key does.
    package init(initial: Duration, maximum: Duration, waitsLongWhenRefused: Bool = true) {
        self.initial = initial
        self.waitsLongWhenRefused = waitsLongWhenRefused
        self.maximum = max(initial, maximum)
        next = initial
        nextRefusal = Self.refusalWaits.first
    }

    /// What failed before no longer counts.
    package mutating func reset() {
        next = initial
        nextRefusal = Self.refusalWaits.first
    }

    /// The wait after a connection that ended by `end`, and was subscribed for `subscribedFor` if it ever was.
    package mutating func wait(
        after end: ConnectionEnd, subscribedFor: Duration?, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        if let subscribedFor, subscribedFor >= Self.settled { reset() }
        var wait = next
        next = min(next * 2, maximum)
        var asked = Duration.zero
        switch end {
        case .upgradeRefused(status: 401, _) where !waitsLongWhenRefused: break
        case .upgradeRefused(status: 403, _) where !waitsLongWhenRefused: break
        case .authenticationFailed, .noKeyAccepted, .upgradeRefused(status: 401, _), .upgradeRefused(status: 403, _):
            wait = max(wait, nextRefusal)
            nextRefusal = min(nextRefusal * 2, Self.refusalWaits.last)
        case .connectionLimit, .upgradeRefused(status: 429, _):
            wait = max(wait, maximum)
        default: break
        }
        if case .upgradeRefused(_, let retryAfter?) = end { asked = min(retryAfter, Self.longestRetryAfter) }
        let jitter = Int64.random(in: 0...max(wait.milliseconds, 0), using: &generator)
        return max(wait, asked) + .milliseconds(jitter)
    }
}

extension Duration {
    /// In milliseconds, parts of one cut: jitter adds no more than as much again.
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
