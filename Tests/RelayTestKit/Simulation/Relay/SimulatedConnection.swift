import FeedProtocols
import OutboxTestKit
import RelayAssembly
import RelayModel

/// One connection of a feed in the relay's memory, as the shell of the real one keeps it.
struct SimulatedConnection {
    enum State: Equatable {
        case idle
        /// Until it is opened again.
        case waiting(Timestamp)
        case opening
        case open(link: Int)
    }

    let name: FeedConnectionName
    var state = State.idle
    var isWanted = false
    var session: Interface402Session
    var backoff = ReconnectBackoff(initial: .seconds(1), maximum: .seconds(30))
    /// Keys that the feed refused last time, alone or together.
    var suspects: Set<String> = []
    var subscribedAt: Timestamp?
    /// When the session wants to be called.
    var timerAt: Timestamp?
    /// What came while nothing is read.
    var unread: [FeedServer.Parcel] = []
}

/// One feed in the relay's memory: its connections, what they cover, its intake.
struct SimulatedFeed {
    /// As the file has it now.
    var setup: Setup.Feed
    var connections: [SimulatedConnection] = []
    var coverage: FeedCoverage
    var intake: FeedIntake
    /// The `seen` that was handed over last.
    var toldSeen: Timestamp?
    var isReading = true

    /// Until when nothing was missed, where that is later than what was handed over before.
    mutating func takeSeen() -> Timestamp? {
        guard let seen = coverage.seen, toldSeen.map({ seen > $0 }) ?? true else { return nil }
        toldSeen = seen
        return seen
    }

    var sessionSettings: Interface402Session.Settings {
        Interface402Session.Settings(
            apiKey: setup.apiKey ? Secret("key") : nil, keys: setup.keys, connections: setup.connections,
            pingInterval: setup.pingInterval, idleTimeout: setup.pingInterval * 4)
    }
}
