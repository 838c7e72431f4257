import FoundationEssentials
import GRDB
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// The reader beside the writer, and before files that are no outbox.
struct OutboxReaderTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("outbox.sqlite") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func refusal() -> OutboxError? {
        do throws(OutboxError) {
            _ = try SQLiteOutboxReader(path: path)
            return nil
        } catch {
            return error
        }
    }

    private func edit(_ sql: String) throws {
        try DatabaseQueue(path: path).inDatabase { try $0.execute(sql: sql) }
    }

    @Test func `a file that does not exist is named, and not made`() throws {
        let error = try #require(refusal())
        #expect(error.kind == .failed)
        #expect(error.reason.contains("there is no outbox \(path)"))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a database of another program, a newer one, an older one and a damaged one are told apart`() throws {
        try edit("CREATE TABLE theirs (x)")
        #expect(refusal()?.reason.contains("another program") == true)
        try FileManager.default.removeItem(atPath: path)
        _ = try SQLiteOutbox(path: path)
        try edit("PRAGMA user_version = 99")
        #expect(refusal()?.kind == .newer)
        try edit("PRAGMA user_version = 1")
        #expect(refusal()?.reason.contains("has schema version 1") == true)
        try FileManager.default.removeItem(atPath: path)
        try Data(repeating: 32, count: 8192).write(to: URL(filePath: path))
        #expect(refusal()?.kind == .corrupt)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(refusal()?.reason.contains("no regular file") == true)
    }

    @Test func `the reader sees each commit, holds up none and can write nothing`() throws {
        let outbox = try SQLiteOutbox(path: path)
        let reader = try SQLiteOutboxReader(path: path)
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        #expect(try reader.counts()["a"]?.pending == 1)
        try reader.connection.inDatabase { database in
            try database.inTransaction(.deferred) {
                #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM delivery") == 1)
                _ = try outbox.commit(OutboxBatch(accepted: [.sample(2, for: ["a"])]))
                #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM delivery") == 1)
                return .commit
            }
            #expect(throws: DatabaseError.self) { try database.execute(sql: "DELETE FROM delivery") }
        }
        #expect(try reader.counts()["a"]?.pending == 2)
    }

    @Test func `an outbox that its relay left is read without the relay`() throws {
        try {
            let outbox = try SQLiteOutbox(path: path)
            _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        }()
        #expect(try SQLiteOutboxReader(path: path).counts()["a"]?.pending == 1)
    }

    @Test func `a page looks at so many rows and no more, and its cursor goes on`() throws {
        let outbox = try SQLiteOutbox(path: path)
        for part in 0..<25 {
            let samples = (1...1000).map { AcceptedEvent.sample(UInt64(part * 1000 + $0), for: ["a"]) }
            _ = try outbox.commit(OutboxBatch(accepted: samples))
        }
        let reader = try SQLiteOutboxReader(path: path)
        let filter = DeliveryFilter(rule: "other")
        func walk(_ order: ListingOrder, after last: Int64?) throws -> (Int64?, left: Int) {
            var (budget, rules) = (WalkBudget(rows: 20_000, bytes: 1000), RuleNames())
            let found = try reader.connection.inDatabase { database in
                try DeliveryWalk(database, filter: filter, order: order)
                    .find(after: last, limit: 10, budget: &budget, rules: &rules)
            }
            #expect(found.ids == [])
            return (found.last, budget.rows)
        }
        for order in [ListingOrder.oldestFirst, .newestFirst] {
            let (cursor, left) = try walk(order, after: nil)
            let last = try #require(cursor)
            #expect((18_000...20_000).contains(order == .oldestFirst ? last : 25_001 - last))
            #expect((-500...0).contains(left))
            #expect(try walk(order, after: last).0 == nil)
        }
        // One page covers a million.
        #expect(try reader.deliveries(filter, order: .oldestFirst, cursor: nil, limit: 10).cursor == nil)
    }

    @Test func `a reader that is closed refuses what comes, and leaves the log to its writer`() async throws {
        let (log, path) = (path + "-wal", path)
        let writer = try OutboxWriter.start(
            retention: .sample, logger: LogLines().logger, clock: { Timestamp(milliseconds: 1000) },
            judge: { ScriptedJudge() }, reports: ReportLog().reports,
            open: { () throws(OutboxError) in try SQLiteOutbox(path: path) })
        let reader = OutboxReader(path: path)
        writer.accept([.event(1, at: 1000, for: "a")])
        try await writer.settled()
        #expect(try await reader.counts()["a"]?.pending == 1)
        #expect(FileManager.default.fileExists(atPath: log))
        await reader.close()
        let error = await #expect(throws: OutboxError.self) { try await reader.counts() }
        #expect(error?.reason.contains("the relay is stopping") == true)
        await reader.close()
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
        #expect(!FileManager.default.fileExists(atPath: log))
        #expect(try SQLiteOutboxReader(path: path).counts()["a"]?.pending == 1)
    }

    @Test func `any task can ask, and a file that comes later is found`() async throws {
        let reader = OutboxReader(path: path)
        await #expect(throws: OutboxError.self) { try await reader.counts() }
        let outbox = try SQLiteOutbox(path: path)
        _ = try outbox.commit(
            OutboxBatch(accepted: [.sample(1, for: ["a"])], payments: [.sample(1, at: 5, [7])]))
        #expect(try await reader.counts()["a"]?.pending == 1)
        #expect(try await reader.delivery(DeliveryID(1))?.summary.destination == "a")
        #expect(try await reader.payment(.sample(1), since: Timestamp(milliseconds: 5)) == [7])
        let page = try await reader.deliveries(DeliveryFilter(), order: .newestFirst, cursor: nil, limit: 5)
        #expect(page.deliveries.map(\.id.number) == [1])
    }
}
