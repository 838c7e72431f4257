import RelayModel
import Synchronization

/// What the outbox's transactions did since the relay started: told on the writer's thread, read from any.
final class OutboxFigures: Sendable {
    struct Figures: Sendable {
        /// By destination, those included that are configured no longer: they are counters.
        var turns: [String: DeliveryTurns] = [:]
        var commits = Histogram.commits
    }

    private let figures = Mutex(Figures())

    var now: Figures { figures.withLock { $0 } }

    func count(_ turns: [String: DeliveryTurns]) {
        guard !turns.isEmpty else { return }
        figures.withLock { $0.turns.merge(turns, uniquingKeysWith: +) }
    }

    func wrote(in duration: Duration) {
        figures.withLock { $0.commits.record(duration) }
    }
}
