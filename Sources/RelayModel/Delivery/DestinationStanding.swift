/// What the outbox remembers of a destination over restarts.
package struct DestinationStanding: Hashable, Sendable {
    /// Why nothing is sent; nil while it is sent to.
    package enum Stop: String, CaseIterable, Sendable {
        /// By an operator.
        case paused
        /// By a 410, or by failures only for `disableAfter`.
        case disabled
    }

    package var stop: Stop?
    /// Why and since when it is stopped, for the operator; nil while it is not.
    package var reason: String?
    package var since: Timestamp?
    /// The first failure since the last success; nil while the last attempt succeeded.
    package var failingSince: Timestamp?
    /// The last failures, the oldest first, once they may count for `disableAfter`: ten at most, empty before.
    ///
    /// So that a restart does not begin their count anew.
    package var recentFailures: [Timestamp]
    /// Since when it is down, so that a relay that starts anew goes on with single probes; nil while it is not.
    package var downSince: Timestamp?

    package init(
        stop: Stop? = nil, reason: String? = nil, since: Timestamp? = nil, failingSince: Timestamp? = nil,
        recentFailures: [Timestamp] = [], downSince: Timestamp? = nil
    ) {
        self.stop = stop
        self.reason = reason
        self.since = since
        self.failingSince = failingSince
        self.recentFailures = recentFailures
        self.downSince = downSince
    }

    /// An operator's word: stops it, or lets it go on where `stop` is nil.
    ///
    /// One that is stopped already keeps its moment and its reason; one that goes on begins with a clean record.
    package mutating func set(_ stop: Stop?, reason: String?, at now: Timestamp) {
        if stop == nil {
            (self.stop, self.reason, since) = (nil, nil, nil)
            (failingSince, recentFailures) = (nil, [])
        } else if self.stop == nil {
            (self.stop, self.reason, since) = (stop, reason, now)
        }
    }
}
