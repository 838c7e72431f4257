import RelayModel
import X402Payments

/// One run of the relay, from a start to a crash: the real accesses and the real purse, and what a shell keeps beside them.
struct SimulatedRelay {
    struct Connections {
        /// What the last order said.
        var token: String?
        var stream: String
        /// For each slot, whether a connection is open or being opened.
        var isBusy: [Bool]
        var failures = 0
    }

    let number: Int
    /// The relay's clock less the world's.
    let clock: Duration
    var configuration: Scenario.Configuration
    var accesses: [String: StreamAccess] = [:]
    /// The second copy of a planted bug.
    var copies: [String: StreamAccess] = [:]
    var purse: Purse?
    var connections: [String: Connections] = [:]
    var wakes: [String: Timestamp] = [:]
    /// Writes that are not on disk yet, by feed and number.
    var writes: [String: LedgerChange] = [:]
    /// A reload that waits for them.
    var reload: Scenario.Configuration?
    /// When the last write ends.
    var diskClearAt = Scenario.start
    /// How often each access was called for its deadline within a second of the world.
    var ticks: [String: (second: Int64, count: Int)] = [:]
}
