/// What was sent to a destination since the relay started, and how long it took.
package struct DestinationMeasures: Hashable, Sendable {
    /// Attempts by what came of them.
    package struct Attempts: Hashable, Sendable {
        /// Answered with 2xx.
        package var succeeded: Int
        /// Answered with any other status.
        package var refused: Int
        /// Without an HTTP status: the connection failed, or the time was up.
        package var unanswered: Int

        package init(succeeded: Int = 0, refused: Int = 0, unanswered: Int = 0) {
            self.succeeded = succeeded
            self.refused = refused
            self.unanswered = unanswered
        }

        package var failed: Int { refused + unanswered }
        package var total: Int { succeeded + failed }
    }

    package var attempts: Attempts
    /// How long attempts took, whatever came of them.
    package var attemptDuration: Histogram
    /// From the event's receipt to the 2xx; without what an operator sent again.
    package var latency: Histogram

    package init(
        attempts: Attempts = Attempts(), attemptDuration: Histogram = .requests, latency: Histogram = .deliveries
    ) {
        self.attempts = attempts
        self.attemptDuration = attemptDuration
        self.latency = latency
    }
}
