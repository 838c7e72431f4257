import FeedProtocols
import RelayModel

/// Says which malformed messages to log: one of each kind a minute, with how many were passed over since the last.
struct MalformedLog {
    struct Report {
        let message: MalformedMessage
        /// Of the same kind, since the last report.
        let suppressed: Int
    }

    private struct Kind {
        var reportedAt: Timestamp
        var suppressed = 0
    }

    private static let interval = Duration.seconds(60)
    private var kinds: [MalformedMessage.Kind: Kind] = [:]

    /// Counts a message; returns what to log of it, if anything.
    mutating func count(_ message: MalformedMessage, at now: Timestamp) -> Report? {
        if let known = kinds[message.kind], now - known.reportedAt < Self.interval {
            kinds[message.kind]?.suppressed += 1
            return nil
        }
        let suppressed = kinds.updateValue(Kind(reportedAt: now), forKey: message.kind)?.suppressed ?? 0
        return Report(message: message, suppressed: suppressed)
    }
}
