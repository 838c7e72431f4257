package import RelayModel

/// What happened in the last hour, in steps of `interval`; less since a start, which begins anew.
package struct RelayHistory: Hashable, Sendable {
    /// What happened in one step.
    package struct Step: Hashable, Sendable {
        /// When it ended.
        package var at: Timestamp
        package var received: Int
        package var matched: Int
        package var delivered: Int
        /// Attempts that failed.
        package var failed: Int
        /// From receipt to delivery, of those delivered in this step; empty where there was none.
        package var latency: Histogram
        /// Waiting deliveries at its end, of all destinations; nil where the outbox could not be read then.
        package var waiting: Int?
        /// The same by destination: those that are shown.
        package var backlog: [String: Int]

        package init(
            at: Timestamp, received: Int, matched: Int, delivered: Int, failed: Int, latency: Histogram,
            waiting: Int?, backlog: [String: Int]
        ) {
            self.at = at
            self.received = received
            self.matched = matched
            self.delivered = delivered
            self.failed = failed
            self.latency = latency
            self.waiting = waiting
            self.backlog = backlog
        }
    }

    package static let interval = Duration.seconds(10)
    /// An hour of them.
    package static let stepLimit = 360
    /// Destinations of which the backlog is kept: the first of the configuration.
    ///
    /// More would cost memory, and no plot could show them.
    package static let destinationsShown = 50

    /// Oldest first, at most `stepLimit`.
    package var steps: [Step]

    package init(steps: [Step]) {
        self.steps = steps
    }
}
