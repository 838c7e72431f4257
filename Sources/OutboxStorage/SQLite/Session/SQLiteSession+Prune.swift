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
        var forgotten = try forgetPayments(before: step.paymentsBefore, limit: limit, database)
        var size = try self.size(database)
        while size > step.maxSize {
            let end = removed < limit ? try firstEnd(.delivered, database) : nil
            let payment = forgotten < limit ? try firstPayment(database)?.receivedAt : nil
            if let end, payment.map({ end <= $0 }) ?? true {
                removed += try removeEnded(
                    .delivered, before: Timestamp(milliseconds: .max), limit: min(Self.chunk, limit - removed), database
                )
            } else if payment != nil {
                forgotten += try forgetPayments(
                    before: Timestamp(milliseconds: .max), limit: min(Self.chunk, limit - forgotten), database)
            } else {
                break
            }
            size = try self.size(database)
        }
        if removed > 0 { try prunePeriods(database) }
        return PruneOutcome(
            removed: removed, hasMore: try hasMore(step, size: size, database), size: size,
            keptSize: try keptSize(of: size, database))
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
            let seq = try event.firstInteger { $0.add(id) }
            try deleteDelivery.run { $0.add(id) }
            if let seq { try deleteEvent.run { $0.add(seq) } }
        }
        tally?.total -= ids.count
        if state != .delivered { tally?.kept -= ids.count }
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

    /// Forgets the oldest, up to the first that is to be kept; returns how many.
    private func forgetPayments(before: Timestamp, limit: Int, _ database: Database) throws -> Int {
        var excess = try paymentCount(database) - RememberedPayment.limit
        let rows = try database.cachedStatement(sql: Queries.oldestPayments).rows { $0.add(limit) }
        var last: Int64?
        var count = 0
        while let row = try rows.next(), try excess > 0 || row.timestamp(1) < before {
            last = try row.decode(atIndex: 0)
            excess -= 1
            count += 1
        }
        if let last { try database.cachedStatement(sql: Queries.deletePayments).run { $0.add(last) } }
        return count
    }

    private func firstPayment(_ database: Database) throws -> (seq: Int64, receivedAt: Timestamp)? {
        try database.cachedStatement(sql: Queries.oldestPayments).firstRow({ $0.add(1) }) { row in
            (try row.decode(atIndex: 0), try row.timestamp(1))
        }
    }

    private func paymentCount(_ database: Database) throws -> Int {
        try database.cachedStatement(sql: Queries.paymentRange).firstRow({ _ in }) { row in
            guard let first: Int = row[0], let last: Int = row[1] else { return 0 }
            return last - first + 1
        } ?? 0
    }

    // MARK: Sizes

    private func hasMore(_ step: PruneStep, size: Int64, _ database: Database) throws -> Bool {
        for (state, before) in step.deadlines {
            if let end = try firstEnd(state, database), end < before { return true }
        }
        if try paymentCount(database) > RememberedPayment.limit { return true }
        guard let payment = try firstPayment(database)?.receivedAt else {
            return try size > step.maxSize && firstEnd(.delivered, database) != nil
        }
        return size > step.maxSize || payment < step.paymentsBefore
    }

    /// Bytes in use.
    private func size(_ database: Database) throws -> Int64 {
        func number(_ pragma: String) throws -> Int64 {
            try Int64.fetchOne(database, sql: "PRAGMA \(pragma)") ?? 0
        }
        return try (number("page_count") - number("freelist_count")) * number("page_size")
    }

    /// Of `size`, about what waiting and dead deliveries take.
    ///
    /// Payments, each as large as the newest are, are taken off; of the rest the deliveries that are kept have the share of
    /// their number. Nothing but a few rows is looked at, the first time excepted, when the deliveries are counted. Where all
    /// are kept and no payment is remembered it is exact.
    private func keptSize(of size: Int64, _ database: Database) throws -> Int64 {
        let tally = try self.tally ?? DeliveryTally(database)
        self.tally = tally
        guard tally.total > 0 else { return 0 }
        let paymentSize = try database.cachedStatement(sql: Queries.paymentSize).firstInteger { _ in } ?? 0
        let payments = Int64(try paymentCount(database)) * (paymentSize + Self.paymentOverhead)
        let (each, rest) = max(0, size - payments).quotientAndRemainder(dividingBy: Int64(tally.total))
        return each * Int64(tally.kept) + rest * Int64(tally.kept) / Int64(tally.total)
    }

    /// Bytes of a remembered payment's rows beside its data: numbers, the key twice, half-filled pages.
    private static let paymentOverhead: Int64 = 80
}
