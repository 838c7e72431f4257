import RelayModel

/// Says which of a destination's failures to log: the first, then one a minute, with how many there were in between.
///
/// Without it a receiver that answers 401 to everything would show nothing until the first delivery is dead, days later; with
/// a line for each a busy feed would fill the log.
struct FailureLog {
    private struct Streak {
        var failures = 1
        var reportedAt: Timestamp
        var unreported = 0
    }

    private static let interval = Duration.seconds(60)
    private var streaks: [String: Streak] = [:]

    /// Counts a failure; returns how many went unlogged since the last one that was, where this one is to be logged.
    mutating func failed(_ destination: String, at now: Timestamp) -> Int? {
        guard var streak = streaks[destination] else {
            streaks[destination] = Streak(reportedAt: now)
            return 0
        }
        streak.failures += 1
        defer { streaks[destination] = streak }
        guard now - streak.reportedAt >= Self.interval else {
            streak.unreported += 1
            return nil
        }
        defer { streak.unreported = 0 }
        streak.reportedAt = now
        return streak.unreported
    }

    /// Ends a streak; returns how many failures it had, nil where there was none.
    mutating func succeeded(_ destination: String) -> Int? {
        streaks.removeValue(forKey: destination)?.failures
    }
}
