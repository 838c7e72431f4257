import Logging
import RelayModel

/// Says once that the outbox cannot be written, now and then that this goes on, and when it is over.
struct TroubleLog {
    /// A failure that goes on is logged again after this, so that the end of a log shows it too.
    private static let interval = Duration.seconds(300)

    let logger: Logger
    /// What kind of failure is going on, and when it was logged last.
    private var trouble: (kind: OutboxError.Kind, loggedAt: Timestamp)?

    init(logger: Logger) {
        self.logger = logger
    }

    /// A try failed; returns whether that is news.
    mutating func began(_ error: OutboxError, waiting: Int, now: Timestamp) -> Bool {
        let isKnown = trouble?.kind == error.kind
        if isKnown, let trouble, now - trouble.loggedAt < Self.interval { return false }
        trouble = (error.kind, now)
        logger.error(
            "The outbox cannot be written; feeds and deliveries rest until it works again",
            metadata: ["kind": "\(error.kind.rawValue)", "reason": "\(error.reason)", "waiting": "\(waiting)"])
        return !isKnown
    }

    /// A try worked; returns whether that is news.
    mutating func ended() -> Bool {
        guard trouble != nil else { return false }
        trouble = nil
        logger.notice("The outbox is written again")
        return true
    }
}
