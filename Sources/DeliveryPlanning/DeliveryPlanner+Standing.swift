package import RelayModel

extension DeliveryPlanner {
    /// How the planner stands with one destination.
    package struct Activity: Hashable, Sendable {
        /// A failed attempt: when it ended and what went wrong.
        package struct Failure: Hashable, Sendable {
            package let at: Timestamp
            package let reason: String

            package init(at: Timestamp, reason: String) {
                self.at = at
                self.reason = reason
            }
        }

        /// False for one that was removed from the configuration and still has attempts in flight.
        package let isConfigured: Bool
        /// Ready deliveries in memory that are not in flight; more may wait on disk.
        package let waiting: Int
        package let inFlight: Int
        package let isDown: Bool
        /// Since when it is down; nil while it is not.
        package let downSince: Timestamp?
        package let standing: DestinationStanding
        /// The last ones since the relay started; nil where there was none.
        package let lastFailure: Failure?
        package let lastSuccessAt: Timestamp?

        init(_ plan: DestinationPlan) {
            isConfigured = plan.isConfigured
            waiting = plan.window.count
            inFlight = plan.flights.count
            isDown = plan.health.isDown
            // The standing keeps the moment beyond the outage's end, until all that it held back was attempted.
            downSince = plan.health.isDown ? plan.standing.downSince : nil
            standing = plan.standing
            lastFailure = plan.lastFailure
            lastSuccessAt = plan.lastSuccessAt
        }
    }

    /// Of every destination that is configured, and of those removed ones that still have attempts in flight.
    package var activity: [String: Activity] {
        Dictionary(livingPlans.map { ($0.policy.name, Activity($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil for a destination that is neither configured nor has attempts in flight.
    package func activity(of destination: String) -> Activity? { activity[destination] }

    /// Pauses a destination, or resumes it where `stop` is nil; attempts in flight are finished as ever.
    ///
    /// One that is stopped already stays as it is: since when and why, and a disabled one disabled. Resuming gives any
    /// destination a clean record, and one that is down is probed at once. Returns the standing to be stored; nil for a
    /// destination that is not configured.
    package mutating func setStop(
        _ stop: DestinationStanding.Stop?, reason: String?, destination: String, now: Timestamp
    ) -> DestinationStanding? {
        withPlan(of: destination) { $0.setStop(stop, reason: reason, now: now) }
    }
}
