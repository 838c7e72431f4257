/// Passes events on to whoever follows them: `GET /api/v1/events`.
///
/// Whoever publishes never waits, whatever the followers do: what a follower does not take in time is left out and counted.
package final class LiveEvents: Sendable {
    package init() {}

    /// Whether anybody follows; asked on the outbox writer's thread for each transaction.
    package var isFollowed: Bool { preconditionFailure("to be written") }

    /// How many follow.
    package var followers: Int { preconditionFailure("to be written") }

    /// Tells of events that are on disk; returns at once.
    package func publish(_ events: [LiveEvent]) { preconditionFailure("to be written") }

    /// Ends all followers: the relay stops.
    package func close() { preconditionFailure("to be written") }
}
