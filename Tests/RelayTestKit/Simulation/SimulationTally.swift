import DeliveryPlanning

/// How often what a simulation is for has happened in it.
package struct SimulationTally: Hashable, Sendable {
    package var attempts = 0
    package var crashes = 0
    package var failedTransactions = 0
    package var failedLoads = 0
    /// Events that came again, with the same bytes or others, and were found on disk.
    package var repeats = 0
    package var outages = 0
    package var disabled = 0
    package var dead = 0
    /// Loads of what is due that brought something.
    package var dueLoads = 0
    /// Loads of what an outage held back that brought something.
    package var outageLoads = 0

    /// Connections that the server ended, gaps that were told, times in which the feeds were not read.
    package var drops = 0
    package var gaps = 0
    package var pauses = 0
    /// Events that waited for their payment, and that were accepted with it.
    package var waits = 0
    package var joined = 0
    /// Deliveries that operators changed, and that pruning removed.
    package var operations = 0
    package var pruned = 0
    package var reloads = 0
    /// Times in which the process stood still.
    package var suspensions = 0

    package init() {}

    package static func + (left: SimulationTally, right: SimulationTally) -> SimulationTally {
        var sum = left
        sum.attempts += right.attempts
        sum.crashes += right.crashes
        sum.failedTransactions += right.failedTransactions
        sum.failedLoads += right.failedLoads
        sum.repeats += right.repeats
        sum.outages += right.outages
        sum.disabled += right.disabled
        sum.dead += right.dead
        sum.dueLoads += right.dueLoads
        sum.outageLoads += right.outageLoads
        sum.drops += right.drops
        sum.gaps += right.gaps
        sum.pauses += right.pauses
        sum.waits += right.waits
        sum.joined += right.joined
        sum.operations += right.operations
        sum.pruned += right.pruned
        sum.reloads += right.reloads
        sum.suspensions += right.suspensions
        return sum
    }

    mutating func count(_ notice: PlannerNotice) {
        switch notice {
        case .destinationDown: outages += 1
        case .destinationUp: break
        case .destinationDisabled: disabled += 1
        case .deliveryDead: dead += 1
        }
    }

    /// The least of all.
    package var scarcest: Int {
        [
            attempts, crashes, failedTransactions, failedLoads, repeats, outages, disabled, dead, dueLoads, outageLoads,
            drops, gaps, pauses, waits, joined, operations, pruned, reloads, suspensions,
        ].min() ?? 0
    }
}
