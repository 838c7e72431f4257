import RelayModel

/// What a receiver has had so far.
package struct ReceiverTotals: Hashable, Sendable {
    package var verified = 0
    /// Those whose signature did not fit.
    package var refused = 0
    /// Those among `verified` whose id had come before.
    package var repeated = 0

    package init() {}
}

/// Counts webhooks and knows the ids that came.
struct ReceiptLedger: Sendable {
    private(set) var totals = ReceiverTotals()
    private var ids: Set<String> = []
    /// The same in the order of their coming, a ring once it is full.
    private var order: [String] = []
    private var oldest = 0

    /// How many ids are remembered: hours of a busy feed, and under 20 MiB.
    let capacity: Int

    init(capacity: Int = 100_000) {
        self.capacity = capacity
    }

    /// Counts `webhook`; true where it repeats a verified one.
    ///
    /// A refused one leaves no trace but its count, so a forged id does not make the real one a repeat.
    mutating func record(_ webhook: ReceivedWebhook) -> Bool {
        guard case .verified = webhook.verdict, let id = webhook.id else {
            totals.refused += 1
            return false
        }
        totals.verified += 1
        guard ids.insert(id).inserted else {
            totals.repeated += 1
            return true
        }
        if order.count < capacity {
            order.append(id)
        } else {
            ids.remove(order[oldest])
            order[oldest] = id
            oldest = (oldest + 1) % capacity
        }
        return false
    }
}
