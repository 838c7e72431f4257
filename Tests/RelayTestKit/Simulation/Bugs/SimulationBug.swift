/// Faults that a relay could have, planted between its parts so that the simulation can prove that it would find them.
package enum SimulationBug: String, CaseIterable, Sendable {
    // MARK: Deliveries

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
    /// A date in Retry-After is compared with the relay's clock, not with the wall clock.
    case comparesDatesByItsClock
    /// What waits on disk is read the youngest first.
    case readsYoungestFirst
    /// The moment at which the planner wants to be called passes unnoticed.
    case oversleeps
    /// The intake's events lose their deliveries but the first.
    case deliversToFirstOnly

    // MARK: The join and own events

    /// Events that wait for their payment do so in memory only.
    case forgetsJoinWaits
    /// Payments are not written.
    case forgetsPayments
    /// Payments are forgotten after less than two hours.
    case forgetsDay
    /// An event is joined with the first payment of its id, not with the last.
    case joinsFirstPayment
    /// Of the events that wait for one payment only the first goes on with it.
    case releasesOneWait
    /// A wait is given up before its time.
    case endsWaitsEarly
    /// The counter of own events is not written.
    case repeatsOwnNumbers

    // MARK: Feeds

    /// A connection counts before it is subscribed.
    case countsUnsubscribed
    /// What a feed has brought is written down ahead of events that are not yet on disk.
    case seenBeforeEvents
    /// A gap is told some time after it is taken off what is to be told.
    case gapAfterSeen
    /// A connection that is silent is never given up.
    case ignoresSilence
    /// What waits in a socket that was not read counts as just sent.
    case ignoresPauses
    /// A time in which the process stood still is not noticed.
    case ignoresStandstill
    /// The feeds are read however much waits to be written.
    case ignoresPressure

    // MARK: The operator

    /// Whoever queued behind a discarded delivery is not told of its end.
    case keepsPlaceOfDiscarded
    /// The dispatcher is not told what was discarded.
    case sendsDiscarded
    /// The dispatcher is not told what was brought back.
    case forgetsReplayed
    /// A replay does not look at what it was asked for.
    case replaysEverything
    /// A reload lets go what waits for a destination that is gone.
    case dropsRemoved
    /// A reload does not reach the dispatcher.
    case keepsOldDestinations
    /// A reload does not reach the rules.
    case keepsOldRules
    /// A reload forgets what came lately: what redundant connections bring goes through the rules again.
    case forgetsRepeatsOnReload
    /// Pruning takes the oldest waiting delivery.
    case prunesPending
    /// What was delivered is kept for less than `retention`.
    case prunesEarly
}
