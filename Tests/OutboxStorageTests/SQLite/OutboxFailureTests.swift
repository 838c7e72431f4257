import DeliveryPlanning
import GRDB
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// A commit that fails somewhere in the middle: nothing of it stays, and the same batch can be written later.
struct OutboxFailureTests {
    private let folder: TemporaryFolder
    private let outbox: SQLiteOutbox

    init() throws {
        folder = try TemporaryFolder()
        outbox = try SQLiteOutbox(path: folder.path("outbox.sqlite"))
        _ = try outbox.commit(
            OutboxBatch(accepted: [
                .sample(1, for: ["a", "b"], lanes: [1]), .sample(2, for: ["a"], lanes: [1, 2]), .sample(3, for: ["a"]),
            ]))
        _ = try outbox.commit(
            OutboxBatch(
                payments: [.sample(7, at: 1)], waits: [.sample(1, ends: 10)],
                feedsSeen: ["two": Timestamp(milliseconds: 1)]))
    }

    /// Every kind of change at once, for destinations old and new.
    private let batch = OutboxBatch(
        accepted: [
            .sample(4, for: ["a", "c"], lanes: [1]), .sample(1, for: ["a"]), .sample(5, for: ["d"], lanes: [2, 3]),
        ],
        updates: [
            .sample(1, .delivered), .sample(4, .pending, notBefore: 77, outage: true, endedAt: 50),
            .sample(99, .delivered),
        ],
        standings: ["a": DestinationStanding(stop: .paused), "e": DestinationStanding(stop: .disabled)],
        payments: [.sample(1, at: 5), .sample(1, at: 6)], waits: [.sample(2, ends: 20), .sample(3, ends: 30)],
        endedWaits: [1], feedsSeen: ["one": Timestamp(milliseconds: 9)], forgottenFeeds: ["two"], ownEvents: 5)

    private let tables = [
        "destination", "event", "delivery", "lane", "attempt", "counter", "payment", "wait", "feed", "period",
        "ledger", "stream",
    ]

    /// All that is in the tables.
    private func contents() throws -> [String] {
        try outbox.connection.inDatabase { database in
            try tables.flatMap { table in
                try Row.fetchAll(database, sql: "SELECT * FROM \(table) ORDER BY 1").map { "\(table) \($0)" }
            }
        }
    }

    private func isIntact() throws -> Bool {
        try outbox.connection.inDatabase { database in
            try String.fetchAll(database, sql: "PRAGMA integrity_check") == ["ok"]
                && Row.fetchAll(database, sql: "PRAGMA foreign_key_check").isEmpty
        }
    }

    private func execute(_ sql: String) throws {
        try outbox.connection.inDatabase { try $0.execute(sql: sql) }
    }

    /// Lets each change of a row in `change` fail once, and holds that nothing was written then; returns what it gives in the
    /// end, and how often it failed.
    private func failing<Result>(_ change: () throws(OutboxError) -> Result) throws -> (result: Result, failures: Int) {
        let before = try contents()
        try execute("CREATE TEMP TABLE IF NOT EXISTS countdown (n INTEGER)")
        for table in tables {
            for change in ["INSERT", "UPDATE", "DELETE"] {
                try execute(
                    """
                    CREATE TEMP TRIGGER IF NOT EXISTS fail_\(table)_\(change) BEFORE \(change) ON main.\(table) BEGIN
                        UPDATE countdown SET n = n - 1;
                        SELECT RAISE(ABORT, 'planted') FROM countdown WHERE n = 0;
                    END
                    """)
            }
        }
        var failures = 0
        while true {
            try execute("DELETE FROM countdown; INSERT INTO countdown VALUES (\(failures + 1))")
            do {
                let result = try change()
                try execute("DELETE FROM countdown")
                return (result, failures)
            } catch let error as OutboxError {
                #expect(error.kind == .refused)
                #expect(error.reason.contains("planted"))
                failures += 1
            }
            #expect(try contents() == before)
            try #require(failures < 100)
        }
    }

    @Test func `whichever row fails, nothing of the batch is written and the next try writes it all`() throws {
        let (commit, failures) = try failing { () throws(OutboxError) in try outbox.commit(batch) }
        #expect(commit.readyIDs == [3, 6, 7])
        #expect(commit.repeated == 1)
        // Standings and destinations, events, deliveries, lanes, attempts, payments, waits: each write has failed once.
        #expect(failures > 28)
        #expect(
            try outbox.memory()
                == OutboxMemory(
                    feedsSeen: ["one": Timestamp(milliseconds: 9)], ownEvents: 5,
                    nextWaitEnd: Timestamp(milliseconds: 20)))
        #expect(try isIntact())
    }

    @Test func `whichever row fails, nothing of what an operator asks is done`() throws {
        let now = Timestamp(milliseconds: 50)
        let discarded = try failing { () throws(OutboxError) in
            try outbox.perform(.discard(DeliveryID(1)), now: now)
        }
        #expect(discarded.result.ready.map(\.id.number) == [3])
        // The delivery, its lane, the one behind it, the counts.
        #expect(discarded.failures == 4)
        let retried = try failing { () throws(OutboxError) in try outbox.perform(.retry(DeliveryID(1)), now: now) }
        #expect(retried.result.ready.map(\.id.number) == [1])
        // The delivery, twice the upsert of the latest moment, the counts.
        #expect(retried.failures == 4)
        _ = try outbox.commit(OutboxBatch(updates: [.sample(2, .dead), .sample(4, .delivered)]))
        let replay = OperatorAction.replay(DeliveryFilter(), from: nil, limit: 9)
        let replayed = try failing { () throws(OutboxError) in try outbox.perform(replay, now: now) }
        #expect(replayed.result.ready.map(\.id.number) == [2, 4])
        // Two deliveries, and the counts of two destinations.
        #expect(replayed.failures == 4)
        #expect(try isIntact())
    }

    @Test func `whichever row fails, nothing of a payment is kept, and the next try keeps it all`() throws {
        _ = try outbox.keep(LedgerChange(entries: [.sample(1)]), judged: OutboxBatch())
        let change = LedgerChange(
            entries: [.sample(1, .settled), .sample(2)],
            standings: [StreamStanding(feed: "b", resource: .sample(), token: Secret("t"))])
        let judged = OutboxBatch(accepted: [.sample(9, for: ["a", "new"])], ownEvents: 3)
        let (commit, failures) = try failing { () throws(OutboxError) in try outbox.keep(change, judged: judged) }
        #expect(commit.readyIDs == [5, 6])
        // Two payments, a feed; an event, two deliveries, a destination; the numbers of all, the period.
        #expect(failures >= 11)
        let memory = try outbox.ledger(now: Timestamp(milliseconds: 0))
        #expect(memory.open == [.sample(2)])
        #expect(memory.standings == change.standings)
        #expect(try outbox.memory().ownEvents == 3)
        #expect(try isIntact())
    }

    @Test func `whichever row fails, nothing is pruned`() throws {
        _ = try outbox.commit(
            OutboxBatch(updates: [.sample(1, .delivered), .sample(2, .dead), .sample(4, .delivered)]))
        let late = Timestamp(milliseconds: .max)
        let step = PruneStep(
            deliveredBefore: late, deadBefore: late, paymentsBefore: late, recentPayments: late...late, maxSize: .max,
            limit: 9)
        let (outcome, failures) = try failing { () throws(OutboxError) in try outbox.prune(step) }
        #expect(outcome.removed == 3)
        // Three deliveries with their attempts, two events, a payment.
        #expect(failures >= 6)
        #expect(try isIntact())
        #expect(outcome.keptSize == outcome.size)
    }

    @Test func `a commit that fails at its end leaves nothing behind`() throws {
        final class Refusing: TransactionObserver {
            struct Planted: Error {}
            func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
            func databaseDidChange(with event: DatabaseEvent) {}
            func databaseWillCommit() throws { throw Planted() }
            func databaseDidCommit(_ database: Database) {}
            func databaseDidRollback(_ database: Database) {}
        }
        let before = try contents()
        outbox.connection.add(transactionObserver: Refusing(), extent: .nextTransaction)
        let error = #expect(throws: OutboxError.self) { try outbox.commit(batch) }
        #expect(error?.kind == .failed)
        #expect(try contents() == before)
        #expect(try outbox.commit(batch).readyIDs == [3, 6, 7])
    }

    @Test func `a file that may not grow fails as full at every page, whole and intact, and goes on with room`() throws
    {
        let pages = try outbox.connection.inDatabase { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        let data = String(repeating: "x", count: SQLiteSettings.pageSize / 2)
        let large = OutboxBatch(accepted: (10..<30).map { .sample($0, for: ["a", "b"], lanes: [5], data: data) })
        let before = try contents()
        var failures = 0
        while true {
            try execute("PRAGMA max_page_count = \(pages + failures)")
            do throws(OutboxError) {
                let commit = try outbox.commit(large)
                #expect(commit.added == 40)
                break
            } catch {
                #expect(error.kind == .full)
                failures += 1
            }
            #expect(try contents() == before)
            try #require(failures < 200)
        }
        #expect(failures > 5)
        #expect(try isIntact())
    }

    @Test func `another program's write lock is a failure that passes`() throws {
        let other = try DatabaseQueue(path: folder.path("outbox.sqlite"))
        try execute("PRAGMA busy_timeout = 0")
        try other.inDatabase { database in
            try database.execute(sql: "BEGIN IMMEDIATE")
            let error = #expect(throws: OutboxError.self) { try outbox.commit(batch) }
            #expect(error?.kind == .failed)
            #expect(error?.reason.contains("lock") == true)
            try database.execute(sql: "COMMIT")
        }
        #expect(try outbox.commit(batch).readyIDs == [3, 6, 7])
    }

    @Test func `an error tells neither payload nor values`() throws {
        try execute("CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.event BEGIN SELECT RAISE(ABORT, 'planted'); END")
        let secret = AcceptedEvent.sample(9, for: ["a"], data: "payload-9")
        let error = #expect(throws: OutboxError.self) { try outbox.commit(OutboxBatch(accepted: [secret])) }
        #expect(error?.reason.contains("payload-9") == false)
        #expect(error?.reason.contains("INSERT") == false)
    }

    @Test(.enabled(if: MountedFolder.isAllowed, "only root may mount a file system"))
    func `a disk that is full fails as full, loses nothing and goes on with room`() throws {
        let disk = try MountedFolder(size: "2m")
        let small = try SQLiteOutbox(path: disk.path("outbox.sqlite"))
        let data = String(repeating: "x", count: 10_000)
        var written: UInt64 = 0
        var refusal: OutboxError?
        while refusal == nil {
            do throws(OutboxError) {
                let commit = try small.commit(OutboxBatch(accepted: [.sample(written, for: ["a"], data: data)]))
                #expect(commit.added == 1)
                written += 1
            } catch {
                refusal = error
            }
            try #require(written < 1000)
        }
        #expect(refusal?.kind == .full)
        let all = LoadRequest(destination: "a", kind: .due, limit: .max, byteLimit: .max, excluding: [])
        let now = Timestamp(milliseconds: 1)
        #expect(try small.load(all, now: now).deliveries.count == Int(written))
        try disk.resize("8m")
        let commit = try small.commit(OutboxBatch(accepted: [.sample(written, for: ["a"], data: data)]))
        #expect(commit.added == 1)
        #expect(try small.load(all, now: now).deliveries.count == Int(written) + 1)
    }
}
