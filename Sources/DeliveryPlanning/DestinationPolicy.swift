package import RelayModel

/// How often something may happen: at most `count` times in any `interval`.
package struct Rate: Hashable, Sendable {
    package let count: Int
    package let interval: Duration

    package init(count: Int, interval: Duration) {
        self.count = count
        self.interval = interval
    }
}

/// When a failed delivery is tried again; the contract's section 4.
package struct RetryPolicy: Hashable, Sendable {
    /// The waits between attempts: N of them mean N + 1 attempts.
    ///
    /// Never empty.
    package var schedule: [Duration]
    /// The share of a wait, 0 to 1, up to which is added at random.
    ///
    /// Never taken off. In thousandths, so that no fraction is binary.
    package var jitterThousandths: Int
    /// Statuses that end a delivery at once.
    package var giveUpOn: Set<Int>
    /// A longer Retry-After counts as this.
    package var maxRetryAfter: Duration

    package init(schedule: [Duration], jitterThousandths: Int, giveUpOn: Set<Int>, maxRetryAfter: Duration) {
        self.schedule = schedule
        self.jitterThousandths = jitterThousandths
        self.giveUpOn = giveUpOn
        self.maxRetryAfter = maxRetryAfter
    }

    /// The contract's defaults.
    package static let standard = RetryPolicy(
        schedule: [
            .seconds(5), .seconds(300), .seconds(1800), .seconds(7200), .seconds(18000), .seconds(36000),
            .seconds(50400),
            .seconds(72000), .seconds(86400),
        ],
        jitterThousandths: 200, giveUpOn: [], maxRetryAfter: .seconds(36000))
}

/// What the planner knows of a destination.
package struct DestinationPolicy: Hashable, Sendable {
    package var name: String
    /// Attempts at once, at least 1.
    package var concurrency: Int
    /// Attempts in a time; nil for no limit.
    package var rate: Rate?
    package var order: DeliveryOrder
    package var retry: RetryPolicy
    /// Failures only for this long, at least 10 of them in its last day, disable the destination.
    package var disableAfter: Duration

    package init(
        name: String, concurrency: Int = 16, rate: Rate? = nil, order: DeliveryOrder = .payment,
        retry: RetryPolicy = .standard, disableAfter: Duration = .seconds(5 * 86400)
    ) {
        self.name = name
        self.concurrency = concurrency
        self.rate = rate
        self.order = order
        self.retry = retry
        self.disableAfter = disableAfter
    }
}
