import GRDB
package import RelayModel

/// Looks into an outbox file over a read-only connection of its own, beside whoever writes it.
///
/// Not `Sendable`: one thread opens, uses and closes it. `OutboxReader` is one that any task can ask.
package final class SQLiteOutboxReader: OutboxReading {
    private let path: String
    let connection: DatabaseQueue
    private var rules = RuleNames()

    /// Opens the outbox at `path`, which must exist and be of this version's schema.
    package init(path: String) throws(OutboxError) {
        let path = try OutboxFile.existing(path)
        self.path = path
        do {
            connection = try DatabaseQueue(path: path, configuration: SQLiteSettings.readingConfiguration())
            try connection.inDatabase { try Migrations.checkCurrent($0) }
        } catch {
            throw OutboxError(reading: error, path: path)
        }
    }

    deinit {
        try? connection.close()
    }

    package func deliveries(
        _ filter: DeliveryFilter, order: ListingOrder, cursor: DeliveryID?, limit: Int
    ) throws(OutboxError) -> DeliveryPage {
        try read { database in
            let walk = try DeliveryWalk(database, filter: filter, order: order)
            var budget = WalkBudget.page
            let found = try walk.find(after: cursor?.number, limit: max(1, limit), budget: &budget, rules: &rules)
            return DeliveryPage(
                deliveries: try found.ids.compactMap { try summary($0, database) },
                cursor: found.last.map(DeliveryID.init))
        }
    }

    package func delivery(_ id: DeliveryID) throws(OutboxError) -> DeliveryDetail? {
        try read { database in
            guard let summary = try summary(id.number, database),
                let event = try database.cachedStatement(sql: Queries.eventOfDelivery).firstRow(
                    { $0.add(id.number) }, { try Event($0, from: 0) })
            else { return nil }
            let attempts = try attempts(of: id.number, database)
            let isAll = attempts.count < DeliveryDetail.shownAttempts
            let recorded = isAll ? nil : try recordedAttempts(of: id.number, database)
            return DeliveryDetail(summary: summary, event: event, attempts: attempts, recordedAttempts: recorded)
        }
    }

    package func counts() throws(OutboxError) -> [String: DeliveryCounts] {
        try read { database in
            let oldest = try database.cachedStatement(sql: Queries.oldestPending)
            var result: [String: DeliveryCounts] = [:]
            for row in try Row.fetchAll(try database.cachedStatement(sql: Queries.tallies)) {
                var counts = try DeliveryCounts(row)
                if counts.pending > 0 {
                    let number: Int64 = try row.decode(atIndex: 0)
                    counts.oldestPending = try oldest.firstInteger { $0.add(number) }.map(Timestamp.init(milliseconds:))
                }
                result[try row.decode(atIndex: 1)] = counts
            }
            return result
        }
    }

    package func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]? {
        try read { try $0.cachedStatement(sql: Queries.payment).payment(key, since: since) }
    }

    private func summary(_ id: Int64, _ database: Database) throws -> DeliverySummary? {
        try database.cachedStatement(sql: Queries.summary).firstRow({ $0.add(id) }) { row in
            let state = try row.state(7)
            return DeliverySummary(
                id: DeliveryID(try row.decode(atIndex: 0)), event: try row.eventID(1), type: try row.text(2) ?? "",
                feed: try row.decode(atIndex: 3), destination: try row.decode(atIndex: 4),
                rules: rules.names(try row.decode(atIndex: 5)), format: try row.format(6), state: state,
                attempts: try row.decode(atIndex: 8), receivedAt: try row.timestamp(9),
                next: state == .pending ? try row.timestamp(10) : nil,
                endedAt: try row.decode(Int64?.self, atIndex: 11).map(Timestamp.init(milliseconds:)),
                lastError: try row.decode(atIndex: 12))
        }
    }

    /// The newest, in their order.
    private func attempts(of id: Int64, _ database: Database) throws -> [AttemptRecord] {
        var attempts: [AttemptRecord] = []
        let rows = try database.cachedStatement(sql: Queries.attempts).rows { values in
            values.add(id)
            values.add(DeliveryDetail.shownAttempts)
        }
        while let row = try rows.next() {
            attempts.append(
                AttemptRecord(
                    number: try row.decode(atIndex: 0), startedAt: try row.timestamp(1),
                    duration: .milliseconds(try row.decode(Int64.self, atIndex: 2)),
                    status: try row.decode(atIndex: 3), error: try row.decode(atIndex: 4),
                    answer: try row.optionalBytes(5), signedAt: try row.decode(atIndex: 6)))
        }
        attempts.reverse()
        return attempts
    }

    private func recordedAttempts(of id: Int64, _ database: Database) throws -> Int? {
        try database.cachedStatement(sql: Queries.recordedAttempts).firstInteger { $0.add(id) }.map(Int.init)
    }

    /// In one transaction, so that all of an answer is of one state.
    func read<Result>(_ work: (Database) throws -> Result) throws(OutboxError) -> Result {
        do {
            return try connection.inDatabase { database in
                var result: Result?
                try database.inTransaction(.deferred) {
                    result = try work(database)
                    return .commit
                }
                guard let result else { throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "nothing was read") }
                return result
            }
        } catch {
            throw OutboxError(reading: error, path: path)
        }
    }
}
