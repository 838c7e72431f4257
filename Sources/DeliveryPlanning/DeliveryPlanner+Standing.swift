package import RelayModel

extension DeliveryPlanner {
    /// What the planner holds of one destination.
    package struct Activity: Hashable, Sendable {
        /// Ready deliveries in memory that are not in flight; more may wait on disk.
        package let waiting: Int
        package let inFlight: Int
        package let isDown: Bool
        package let standing: DestinationStanding
    }

    /// Nil for a destination that is not configured.
    package func activity(of destination: String) -> Activity? {
        plan(of: destination).map {
            Activity(
                waiting: $0.window.count, inFlight: $0.flights.count, isDown: $0.health.isDown, standing: $0.standing)
        }
    }

    /// Pauses a destination, or resumes it where `stop` is nil; attempts in flight are finished as ever.
    ///
    /// Returns the standing to be stored; nil for a destination that is not configured.
    package mutating func setStop(
        _ stop: DestinationStanding.Stop?, reason: String?, destination: String, now: Timestamp
    ) -> DestinationStanding? {
        withPlan(of: destination) { $0.setStop(stop, reason: reason, now: now) }
    }
}
