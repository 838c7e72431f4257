package import OutboxStorage
package import RelayModel

extension MemoryOutbox: OutboxReading {
    package func deliveries(
        _ filter: DeliveryFilter, order: ListingOrder, cursor: DeliveryID?, limit: Int
    ) throws(OutboxError) -> DeliveryPage {
        var found = disk.deliveries.filter { $0.isTaken(by: filter) }
        if order == .newestFirst { found.reverse() }
        if let cursor {
            found = found.filter { order == .newestFirst ? $0.delivery.id < cursor : $0.delivery.id > cursor }
        }
        let page = found.prefix(max(1, limit)).map(\.summary)
        return DeliveryPage(deliveries: page, cursor: page.count < found.count ? page.last?.id : nil)
    }

    package func delivery(_ id: DeliveryID) throws(OutboxError) -> DeliveryDetail? {
        guard let index = disk.index(of: id) else { return nil }
        let stored = disk.deliveries[index]
        return DeliveryDetail(
            summary: stored.summary, event: stored.delivery.event,
            attempts: stored.attempts.sorted { $0.number < $1.number }.suffix(DeliveryDetail.shownAttempts),
            recordedAttempts: stored.attempts.count)
    }

    package func counts() throws(OutboxError) -> [String: DeliveryCounts] {
        var counts = Dictionary(uniqueKeysWithValues: disk.destinations.map { ($0, DeliveryCounts()) })
        for stored in disk.deliveries where !stored.isPruned {
            counts[stored.delivery.destination, default: DeliveryCounts()].add(stored)
        }
        return counts
    }

    package func payments(
        _ filter: LedgerFilter, order: ListingOrder, cursor: PaymentID?, limit: Int
    ) throws(OutboxError) -> LedgerPage {
        var found = disk.entries.filter { $0.isTaken(by: filter) }
        if order == .newestFirst { found.reverse() }
        if let cursor { found = found.filter { order == .newestFirst ? $0.id < cursor : $0.id > cursor } }
        let page = Array(found.prefix(max(1, limit)))
        return LedgerPage(payments: page, cursor: page.count < found.count ? page.last?.id : nil)
    }

    package func payment(_ id: PaymentID) throws(OutboxError) -> LedgerEntry? { disk.ledger[id] }

    package func ledgerCounts() throws(OutboxError) -> [LedgerEntry.State: Int] {
        Dictionary(grouping: disk.entries, by: \.state).mapValues(\.count)
    }

    package func size() throws(OutboxError) -> Int64 { disk.size }

    /// The payment remembered last under the key, if it was received at `since` or later.
    package func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]? {
        disk.payments.last { $0.key == key }.flatMap { $0.receivedAt >= since ? $0.data : nil }
    }
}

extension MemoryOutbox.Stored {
    fileprivate var summary: DeliverySummary {
        DeliverySummary(
            id: delivery.id, event: delivery.event.id, type: delivery.event.type, feed: delivery.event.feed,
            destination: delivery.destination, rules: delivery.rules, format: delivery.format, state: state,
            attempts: delivery.attempts, receivedAt: delivery.event.receivedAt,
            next: state == .pending ? delivery.notBefore : nil, endedAt: endedAt,
            lastError: attempts.max { $0.number < $1.number }?.error)
    }
}

extension DeliveryCounts {
    fileprivate mutating func add(_ stored: MemoryOutbox.Stored) {
        switch stored.state {
        case .pending:
            pending += 1
            if oldestPending == nil { oldestPending = stored.delivery.event.receivedAt }
        case .delivered: delivered += 1
        case .dead: dead += 1
        case .discarded: discarded += 1
        }
    }
}
