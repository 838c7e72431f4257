import RelayModel
import Synchronization

/// Counts what was sent to each destination since the start.
///
/// The dispatcher's thread takes the lock once for each batch of outcomes, and whoever looks takes the dictionary under it, which
/// is copied when the next batch is counted: neither waits for the other's work. As large as the list of names that the
/// configuration ever had.
final class AttemptTally: Sendable {
    private let state = Mutex<[String: DestinationMeasures]>([:])

    var measures: [String: DestinationMeasures] { state.withLock { $0 } }

    /// Counts attempts that ended, each with the latency of the delivery that it delivered.
    func count(_ updates: [DeliveryUpdate], latencies: [Duration?]) {
        state.withLock { measures in
            for (update, latency) in zip(updates, latencies) {
                measures[update.destination, default: DestinationMeasures()].count(update.attempt, latency: latency)
            }
        }
    }
}

extension DestinationMeasures {
    fileprivate mutating func count(_ attempt: AttemptRecord, latency: Duration?) {
        if attempt.error == nil {
            attempts.succeeded += 1
        } else if attempt.status != nil {
            attempts.refused += 1
        } else {
            attempts.unanswered += 1
        }
        attemptDuration.record(attempt.duration)
        if let latency { self.latency.record(latency) }
    }
}
