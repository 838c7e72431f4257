import GRDB
import RelayModel

extension SQLiteSession {
    /// So many go at a time before the size is looked at again.
    private static let chunk = 16
    /// So many rows of `period` go in one step.
    private static let periodLimit = 64

    /// One small step of pruning; within a transaction.
    func prune(_ step: PruneStep, _ database: Database) throws -> PruneOutcome {
        let limit = max(1, step.limit)
        var removed = 0
        for (state, before) in step.deadlines where removed < limit {
            removed += try removeEnded(state, before: before, limit: limit - removed, database)
        }
        var forgotten = try forgetPayments(step, limit: limit, database) { $0 < step.paymentsBefore }
        var size = try self.size(database)
        while size > step.maxSize {
            let end = removed < limit ? try firstEnd(.delivered, database) : nil
            let payment = forgotten.all < limit ? try removablePayment(step, database) : nil
            if let end, payment.map({ end <= $0 }) ?? true {
                removed += try removeEnded(
                    .delivered, before: Timestamp(milliseconds: .max), limit: min(Self.chunk, limit - removed), database
                )
            } else if payment != nil {
                let more = try forgetPayments(step, limit: min(Self.chunk, limit - forgotten.all), database) {
                    !step.recentPayments.contains($0)
                }
                forgotten = (forgotten.all + more.all, forgotten.early + more.early)
            } else {
                break
            }
            size = try self.size(database)
        }
        if removed > 0 { try prunePeriods(database) }
        try tally.save(database)
        try tally.countOnce(database)
        return PruneOutcome(
            removed: removed, forgotten: forgotten.all, forgottenEarly: forgotten.early,
            hasMore: try hasMore(step, size: size, database), size: size,
            keptSize: try keptSize(of: size, recent: step.recentPayments, database))
    }

    // MARK: Deliveries

    /// Removes those of a state that ended first, with what nothing else needs; returns how many.
    private func removeEnded(_ state: DeliveryState, before: Timestamp, limit: Int, _ database: Database) throws -> Int
    {
        let ids = try database.cachedStatement(sql: Queries.ended).integers { values in
            values.add(state.rawValue)
            values.add(before.milliseconds)
            values.add(limit)
        }
        let event = try database.cachedStatement(sql: Queries.eventNumber)
        let deleteDelivery = try database.cachedStatement(sql: Queries.deleteDelivery)
        let deleteEvent = try database.cachedStatement(sql: Queries.deleteUnusedEvent)
        for id in ids {
            let found = try event.firstRow({ $0.add(id) }) { row in
                (seq: try row.decode(Int64.self, atIndex: 0), destination: try row.decode(Int64.self, atIndex: 1))
            }
            guard let found else { continue }
            try deleteDelivery.run { $0.add(id) }
            try deleteEvent.run { $0.add(found.seq) }
            tally.moved(of: found.destination, from: state, to: nil)
        }
        return ids.count
    }

    private func firstEnd(_ state: DeliveryState, _ database: Database) throws -> Timestamp? {
        try database.cachedStatement(sql: Queries.firstEnd).firstInteger { $0.add(state.rawValue) }
            .map(Timestamp.init(milliseconds:))
    }

    /// Forgets when deliveries were received that are gone, up to the first that is not.
    private func prunePeriods(_ database: Database) throws {
        let first = try Int64.fetchOne(try database.cachedStatement(sql: Queries.firstDelivery)) ?? lastDelivery + 1
        try database.cachedStatement(sql: Queries.deletePeriods).run { values in
            values.add(first >> Migrations.blockBits)
            values.add(Self.periodLimit)
        }
    }

    // MARK: Payments

    /// Forgets the oldest, up to the first that is to be kept; returns how many, and how many of them before their time.
    private func forgetPayments(
        _ step: PruneStep, limit: Int, _ database: Database, where mayGo: (Timestamp) -> Bool
    ) throws -> (all: Int, early: Int) {
        var excess = try paymentCount(database) - RememberedPayment.limit
        let rows = try database.cachedStatement(sql: Queries.oldestPayments).rows { $0.add(limit) }
        var last: Int64?
        var count = (all: 0, early: 0)
        while let row = try rows.next() {
            let receivedAt = try row.timestamp(1)
            guard excess > 0 || mayGo(receivedAt) else { break }
            last = try row.decode(atIndex: 0)
            excess -= 1
            count.all += 1
            if receivedAt >= step.paymentsBefore { count.early += 1 }
        }
        if let last { try database.cachedStatement(sql: Queries.deletePayments).run { $0.add(last) } }
        return count
    }

    /// When the oldest payment was received.
    private func firstPayment(_ database: Database) throws -> Timestamp? {
        try database.cachedStatement(sql: Queries.oldestPayments).firstRow({ $0.add(1) }) { try $0.timestamp(1) }
    }

    /// When the oldest payment was received, where it may go for the size.
    private func removablePayment(_ step: PruneStep, _ database: Database) throws -> Timestamp? {
        try firstPayment(database).flatMap { step.recentPayments.contains($0) ? nil : $0 }
    }

    private func paymentCount(_ database: Database) throws -> Int { try payments(database)?.count ?? 0 }

    /// The numbers of the remembered payments, without a gap; nil where there is none.
    private func payments(_ database: Database) throws -> ClosedRange<Int64>? {
        try database.cachedStatement(sql: Queries.paymentRange).firstRow({ _ in }) { row in
            guard let first: Int64 = row[0], let last: Int64 = row[1] else { return nil }
            return first...last
        } ?? nil
    }

    /// About how many payments at the end are recent.
    ///
    /// Halves the numbers as if payments had come in the order of their moments; where the clock was set back they have not.
    private func recentCount(_ recent: ClosedRange<Timestamp>, _ database: Database) throws -> Int {
        guard let range = try payments(database) else { return 0 }
        // The first payment is looked at by itself: where it stays, all do.
        if try firstPayment(database).map(recent.contains) ?? false { return range.count }
        let receipt = try database.cachedStatement(sql: Queries.paymentReceipt)
        var (old, new) = (range.lowerBound, range.upperBound + 1)
        while old + 1 < new {
            let middle = old + (new - old) / 2
            let moment = try receipt.firstInteger { $0.add(middle) }.map(Timestamp.init(milliseconds:))
            if moment.map(recent.contains) ?? false { new = middle } else { old = middle }
        }
        return Int(range.upperBound + 1 - new)
    }

    // MARK: Sizes

    private func hasMore(_ step: PruneStep, size: Int64, _ database: Database) throws -> Bool {
        for (state, before) in step.deadlines {
            if let end = try firstEnd(state, database), end < before { return true }
        }
        if try paymentCount(database) > RememberedPayment.limit { return true }
        if let payment = try firstPayment(database), payment < step.paymentsBefore { return true }
        guard size > step.maxSize else { return false }
        return try firstEnd(.delivered, database) != nil || removablePayment(step, database) != nil
    }

    /// Bytes in use.
    private func size(_ database: Database) throws -> Int64 {
        func number(_ pragma: String) throws -> Int64 {
            try Int64.fetchOne(database, sql: "PRAGMA \(pragma)") ?? 0
        }
        return try (number("page_count") - number("freelist_count")) * number("page_size")
    }

    /// Of `size`, about what waiting and dead deliveries, recent payments and the ledger take.
    ///
    /// The ledger and payments, each as large as the newest are, are taken off; of the rest the deliveries that are kept have
    /// the share of their number. Nothing but a few rows is looked at. Where all deliveries and payments are kept it is exact.
    private func keptSize(
        of size: Int64, recent: ClosedRange<Timestamp>, _ database: Database
    ) throws -> Int64 {
        let (total, keptCount) = (tally.total, tally.kept)
        let (count, recentCount) = (try paymentCount(database), try self.recentCount(recent, database))
        let ledger = min(size, try ledgerSize(database))
        guard total > 0 || count > 0 else { return ledger }
        if keptCount == total, recentCount == count { return size }
        let paymentSize = try database.cachedStatement(sql: Queries.paymentSize).firstInteger { _ in } ?? 0
        let payments = min(size - ledger, Int64(count) * (paymentSize + Self.paymentOverhead))
        let kept = ledger + min(payments, Int64(recentCount) * (paymentSize + Self.paymentOverhead))
        guard total > 0 else { return kept }
        let (each, rest) = (size - ledger - payments).quotientAndRemainder(dividingBy: Int64(total))
        return kept + each * Int64(keptCount) + rest * Int64(keptCount) / Int64(total)
    }

    /// Bytes of a remembered payment's rows beside its data: numbers, the key twice, half-filled pages.
    private static let paymentOverhead: Int64 = 80
}
