package import DeliveryPlanning
import GRDB
package import RelayModel

/// The outbox in a SQLite file, in WAL mode and with every commit synced.
///
/// Holds the file's lock as long as it lives. Not `Sendable`: one thread opens, uses and closes it.
package final class SQLiteOutbox: Outbox {
    private let path: String
    let connection: DatabaseQueue
    private let lock: OutboxLock
    private var session: SQLiteSession?

    /// Opens the file at `path`, creates it (mode 0600) and its folder where they are missing, and brings it up to date.
    package init(path: String) throws(OutboxError) {
        let path = try OutboxFile.prepare(path)
        self.path = path
        lock = try OutboxLock(beside: path)
        do {
            connection = try DatabaseQueue(path: path, configuration: SQLiteSettings.configuration())
            try connection.inDatabase { try Migrations.run($0) }
        } catch {
            throw OutboxError(error, path: path)
        }
    }

    deinit {
        // Statements must go before their connection, and the connection before the lock.
        session = nil
        try? connection.close()
    }

    package func commit(_ batch: OutboxBatch) throws(OutboxError) -> OutboxCommit {
        guard !batch.isEmpty else { return OutboxCommit() }
        return try write { database, session in try session.write(batch, database) }
    }

    package func keep(_ change: LedgerChange, judged: OutboxBatch) throws(OutboxError) -> OutboxCommit {
        guard !change.entries.isEmpty || !change.standings.isEmpty else { return try commit(judged) }
        return try write { database, session in
            try session.keep(change, database)
            return try session.write(judged, database)
        }
    }

    package func ledger(now: Timestamp) throws(OutboxError) -> LedgerMemory {
        try write { database, _ in try LedgerMemory(database, now: now) }
    }

    package func began(at now: Timestamp) throws(OutboxError) {
        try write { database, session in
            try session.began(at: now, database)
            try session.saveLatest(database)
        }
    }

    package func load(_ request: LoadRequest, now: Timestamp) throws(OutboxError) -> DueDeliveries {
        try perform { _, session in try session.load(request, now: now) }
    }

    package func standings() throws(OutboxError) -> [String: DestinationStanding] {
        try perform { database, _ in try SQLiteSession.standings(database) }
    }

    package func memory() throws(OutboxError) -> OutboxMemory {
        try perform { database, session in try session.memory(database) }
    }

    package func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]? {
        try perform { _, session in try session.payment.payment(key, since: since) }
    }

    package func waits(for key: PaymentKey, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        try perform { _, session in try session.waits(for: key, limit: limit, byteLimit: byteLimit) }
    }

    package func endedWaits(now: Timestamp, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        try perform { _, session in try session.endedWaits(now: now, limit: limit, byteLimit: byteLimit) }
    }

    package func nextWaitEnd() throws(OutboxError) -> Timestamp? {
        try perform { _, session in try session.firstWaitEnd() }
    }

    package func perform(_ action: OperatorAction, now: Timestamp) throws(OutboxError) -> OperatorOutcome {
        try write { database, session in try session.perform(action, now: now, database) }
    }

    package func prune(_ step: PruneStep) throws(OutboxError) -> PruneOutcome {
        try write { database, session in try session.prune(step, database) }
    }

    /// Does `work` in one transaction.
    private func write<Result>(_ work: (Database, SQLiteSession) throws -> Result) throws(OutboxError) -> Result {
        try perform { database, session in
            var result: Result?
            try database.inTransaction(.immediate) {
                result = try work(database, session)
                return .commit
            }
            guard let result else { throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "nothing was done") }
            return result
        }
    }

    private func perform<Result>(_ work: (Database, SQLiteSession) throws -> Result) throws(OutboxError) -> Result {
        do {
            return try connection.inDatabase { database in
                let session = try self.session ?? SQLiteSession(database)
                self.session = session
                return try work(database, session)
            }
        } catch {
            session = nil
            throw OutboxError(error, path: path)
        }
    }
}
