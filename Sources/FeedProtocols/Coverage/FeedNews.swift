package import RelayModel

/// One connection of one feed, also while a second source takes over from a first.
package struct FeedConnectionName: Hashable, Sendable {
    /// Tells apart the sources that bring the feed at the same time.
    package let source: Int
    /// Its number within its source, from 0.
    package let number: Int

    package init(source: Int = 0, number: Int) {
        self.source = source
        self.number = number
    }
}

/// A time in which events of a feed may have been missed.
package struct Gap: Hashable, Sendable {
    /// The last message or pong before the loss.
    package let from: Timestamp
    /// The confirmed subscription after it.
    package let to: Timestamp
    /// What led to it, in clauses separated by `; `.
    package let cause: String

    package init(from: Timestamp, to: Timestamp, cause: String) {
        self.from = from
        self.to = to
        self.cause = cause
    }

    package var duration: Duration { to - from }
}

/// Something about a feed that the relay tells through the rules.
package enum FeedNews: Hashable, Sendable {
    /// The first connection is subscribed.
    case connected(at: Timestamp)
    /// The last connection that was subscribed is gone; an impaired one is not.
    case disconnected(at: Timestamp, reason: String)
    /// Certain from `at` on.
    case gap(Gap, at: Timestamp)
    case keyRefused(String, reason: String, at: Timestamp)
    /// No connection brings all that it should though one is up; once until one is subscribed again.
    case unhealthy(reason: String, at: Timestamp)

    /// As an event of the relay's own; the contract's section 2.
    package func event(feed: String) -> OwnEvent {
        switch self {
        case .connected(let at): OwnEvent(.feedConnected, at: at, feed: feed)
        case .disconnected(let at, let reason): OwnEvent(.feedDisconnected, at: at, feed: feed, reason: reason)
        case .gap(let gap, let at):
            OwnEvent(
                .feedGap, at: at, feed: feed,
                details: [
                    .init("from", "\(gap.from)"), .init("to", "\(gap.to)"),
                    .init("duration", gap.duration.secondsText), .init("cause", gap.cause),
                ])
        case .keyRefused(let key, let reason, let at):
            OwnEvent(.feedUnhealthy, at: at, feed: feed, reason: reason, details: [.init("key", key)])
        case .unhealthy(let reason, let at): OwnEvent(.feedUnhealthy, at: at, feed: feed, reason: reason)
        }
    }
}

extension Duration {
    /// In seconds, as the shortest plain decimal with at most three places: `12.5`.
    ///
    /// Parts of a millisecond are rounded up.
    package var secondsText: String {
        let milliseconds = wholeMilliseconds.magnitude
        var text = "\(wholeMilliseconds < 0 ? "-" : "")\(milliseconds / 1000)"
        var rest = milliseconds % 1000
        guard rest > 0 else { return text }
        var digits = "\(1000 + rest)".dropFirst()
        while rest % 10 == 0 {
            digits = digits.dropLast()
            rest /= 10
        }
        text += "." + digits
        return text
    }
}
