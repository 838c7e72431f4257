import OutboxStorage
import RelayModel

extension MemoryOutbox.Disk {
    /// Its bytes are those of events, payments and what was signed alone, an event's for each of its deliveries.
    func prune(_ step: PruneStep) -> PruneOutcome {
        let limit = max(1, step.limit)
        var removed = 0
        for (state, before) in step.deadlines {
            for index in ended(state, before: before).prefix(limit - removed) {
                remove(index)
                removed += 1
            }
        }
        var (forgotten, early) = (0, 0)
        func forgetFirst() {
            if payments.removeFirst().receivedAt >= step.paymentsBefore { early += 1 }
            forgotten += 1
        }
        while forgotten < limit, let first = payments.first,
            first.receivedAt < step.paymentsBefore || payments.count > RememberedPayment.limit
        {
            forgetFirst()
        }
        while size > step.maxSize {
            let oldest = removed < limit ? ended(.delivered, before: Timestamp(milliseconds: .max)).first : nil
            let payment = forgotten < limit ? removablePayment(step) : nil
            if let oldest, let end = deliveries[oldest].endedAt, payment.map({ end <= $0 }) ?? true {
                remove(oldest)
                removed += 1
            } else if payment != nil {
                forgetFirst()
            } else {
                break
            }
        }
        let recent = payments.drop { !step.recentPayments.contains($0.receivedAt) }
        return PruneOutcome(
            removed: removed, forgotten: forgotten, forgottenEarly: early, hasMore: hasMore(step), size: size,
            keptSize: keptSize + ledgerSize + recent.reduce(0) { $0 + Int64($1.data.count) })
    }

    /// When the oldest payment was received, where it may go for the size.
    private func removablePayment(_ step: PruneStep) -> Timestamp? {
        payments.first.flatMap { step.recentPayments.contains($0.receivedAt) ? nil : $0.receivedAt }
    }

    private func hasMore(_ step: PruneStep) -> Bool {
        if step.deadlines.contains(where: { !ended($0.state, before: $0.before).isEmpty }) { return true }
        if payments.count > RememberedPayment.limit { return true }
        if let first = payments.first, first.receivedAt < step.paymentsBefore { return true }
        return size > step.maxSize
            && (removablePayment(step) != nil || !ended(.delivered, before: Timestamp(milliseconds: .max)).isEmpty)
    }

    /// Those of a state, what ended first at the front.
    private func ended(_ state: DeliveryState, before: Timestamp) -> [Int] {
        var found: [(end: Timestamp, index: Int)] = []
        for (index, stored) in deliveries.enumerated() where stored.state == state && !stored.isPruned {
            if let end = stored.endedAt, end < before { found.append((end, index)) }
        }
        return found.sorted { ($0.end, $0.index) < ($1.end, $1.index) }.map(\.index)
    }

    private func remove(_ index: Int) {
        deliveries[index].isPruned = true
        let delivery = deliveries[index].delivery
        identities.remove(Identity(event: delivery.event.id, destination: delivery.destination))
    }

    var size: Int64 {
        keptSize + ledgerSize + bytes { $0 == .delivered } + payments.reduce(0) { $0 + Int64($1.data.count) }
    }

    private var keptSize: Int64 { bytes { $0 != .delivered } }

    private func bytes(of isCounted: (DeliveryState) -> Bool) -> Int64 {
        deliveries.reduce(0) { sum, stored in
            guard !stored.isPruned, isCounted(stored.state) else { return sum }
            return sum + Int64(stored.delivery.event.data.count + (stored.delivery.event.payment?.count ?? 0))
        }
    }
}
