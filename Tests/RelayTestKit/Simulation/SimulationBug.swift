/// Faults that a relay could have, planted between its parts so that the simulation can prove that it would find them.
package enum SimulationBug: String, CaseIterable, Sendable {
    /// After a restart the first reading of each destination's waiting deliveries is answered with nothing.
    case forgetsDiskAfterRestart
    /// Deliveries are read back before the outcomes that came earlier are written.
    case readsBeforeWriting
    /// A transaction that failed is not tried again.
    case dropsFailedTransaction
    /// Standings are not written: a destination that is disabled or paused is sent to after a restart.
    case forgetsStandings
    /// No delivery queues behind another.
    case ignoresOrder
    /// The moment of the next attempt is not written.
    case forgetsWaits
    /// The planner is not told of Retry-After.
    case ignoresRetryAfter
    /// What waits on disk is read the youngest first.
    case readsYoungestFirst
    /// The moment at which the planner wants to be called passes unnoticed.
    case oversleeps
    /// The intake's events lose their deliveries but the first.
    case deliversToFirstOnly
}
