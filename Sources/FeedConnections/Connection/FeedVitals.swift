import RelayModel
import Synchronization

/// How a feed's connections stand, for other threads to see.
final class FeedVitals: Sendable {
    private struct State {
        var lastMessageAt: Timestamp?
        var subscribed = 0
    }

    private let state = Mutex(State())

    /// When the last message came on any connection.
    var lastMessageAt: Timestamp? { state.withLock { $0.lastMessageAt } }
    /// How many connections are subscribed.
    var subscribed: Int { state.withLock { $0.subscribed } }

    func heard(at moment: Timestamp) {
        state.withLock { $0.lastMessageAt = moment }
    }

    func changeSubscribed(by change: Int) {
        state.withLock { $0.subscribed += change }
    }
}
