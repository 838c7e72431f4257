package import RelayModel

/// One small step of removing what need not be kept any longer.
package struct PruneStep: Hashable, Sendable {
    /// Delivered ones that ended before this go.
    package var deliveredBefore: Timestamp
    /// Dead and discarded ones that ended before this go.
    package var deadBefore: Timestamp
    /// Payments received before this are forgotten.
    package var paymentsBefore: Timestamp
    /// Payments received then are not forgotten for the size.
    ///
    /// One received later than this ends was received before the clock was set back, and has no claim to stay.
    package var recentPayments: ClosedRange<Timestamp>
    /// Bytes in use above which the oldest delivered ones, and payments, go before their time.
    package var maxSize: Int64
    /// At most so many deliveries, and so many payments, go in one step.
    package var limit: Int

    package init(
        deliveredBefore: Timestamp, deadBefore: Timestamp, paymentsBefore: Timestamp,
        recentPayments: ClosedRange<Timestamp>, maxSize: Int64, limit: Int
    ) {
        self.deliveredBefore = deliveredBefore
        self.deadBefore = deadBefore
        self.paymentsBefore = paymentsBefore
        self.recentPayments = recentPayments
        self.maxSize = maxSize
        self.limit = limit
    }

    /// Before when ended deliveries of each state go.
    package var deadlines: [(state: DeliveryState, before: Timestamp)] {
        [(.delivered, deliveredBefore), (.dead, deadBefore), (.discarded, deadBefore)]
    }
}

/// What a step of pruning left.
package struct PruneOutcome: Hashable, Sendable {
    /// Deliveries that went.
    package var removed: Int
    /// Payments that were forgotten.
    package var forgotten: Int
    /// Of `forgotten`, those before their time, for the size or because there are too many.
    package var forgottenEarly: Int
    /// There is more to be removed now.
    package var hasMore: Bool
    /// Bytes in use afterwards, free pages not counted.
    package var size: Int64
    /// Of `size`, about what waiting and dead ones, recent payments and the ledger take: what no pruning before its time
    /// removes.
    package var keptSize: Int64

    package init(
        removed: Int, forgotten: Int = 0, forgottenEarly: Int = 0, hasMore: Bool, size: Int64, keptSize: Int64
    ) {
        self.removed = removed
        self.forgotten = forgotten
        self.forgottenEarly = forgottenEarly
        self.hasMore = hasMore
        self.size = size
        self.keptSize = keptSize
    }

    /// The step changed something.
    package var hasRemoved: Bool { removed > 0 || forgotten > 0 }
}
