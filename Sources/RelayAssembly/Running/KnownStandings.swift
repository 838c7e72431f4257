import RelayModel
import Synchronization

/// How each destination stood last, also those that are configured no longer: one that comes back stands as it did.
final class KnownStandings: Sendable {
    private let standings: Mutex<[String: DestinationStanding]>

    init(_ standings: [String: DestinationStanding]) {
        self.standings = Mutex(standings)
    }

    var now: [String: DestinationStanding] { standings.withLock { $0 } }

    func take(_ changed: [String: DestinationStanding]) {
        guard !changed.isEmpty else { return }
        standings.withLock { $0.merge(changed) { _, newer in newer } }
    }
}
