import RelayModel

/// How long ago what is read from a connection may have been sent, after its reading was paused.
///
/// What came during a pause waits in the sockets and at the server, and is read when the reading goes on. So a message that is
/// read after a pause of a minute may be a minute old, and a server that ends the connection right after it has dropped
/// all since. A pause is made up for by reading for as long again: what waits comes far faster than it came about.
struct ReadingLag: Sendable {
    private var lag = Duration.zero
    /// Up to when reading was counted against the lag.
    private var countedTo: Timestamp

    init(at now: Timestamp) {
        countedTo = now
    }

    /// Whether pauses are not made up for yet.
    var isBehind: Bool { lag > .zero }

    /// When a message that is read at `now` was sent at the earliest; `pausedAt` when the reading is off, and it came with the end
    /// of its connection.
    mutating func sentAt(readAt now: Timestamp, pausedAt: Timestamp?) -> Timestamp {
        let readTo = pausedAt ?? now
        if readTo > countedTo {
            lag = max(lag - (readTo - countedTo), .zero)
            countedTo = readTo
        }
        return readTo - lag
    }

    /// Reading stops.
    mutating func paused(at now: Timestamp) {
        _ = sentAt(readAt: now, pausedAt: nil)
    }

    /// Reading goes on after a pause that began at `pausedAt`.
    mutating func resumed(at now: Timestamp, pausedAt: Timestamp) {
        lag += max(now - max(pausedAt, countedTo), .zero)
        countedTo = now
    }
}
