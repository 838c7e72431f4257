import GRDB
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// What pruning does to the file.
struct OutboxPruningTests {
    private let folder: TemporaryFolder
    private let outbox: SQLiteOutbox

    init() throws {
        folder = try TemporaryFolder()
        outbox = try SQLiteOutbox(path: folder.path("outbox.sqlite"))
    }

    /// No payment is recent.
    private static let none = Timestamp(milliseconds: -1)...Timestamp(milliseconds: -1)

    private func count(_ table: String) throws -> Int {
        try outbox.connection.inDatabase { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    /// Accepts and delivers so many events of 2,000 bytes; every tenth waits.
    private func fill(_ number: Int) throws {
        let data = String(repeating: "x", count: 2000)
        _ = try outbox.commit(
            OutboxBatch(accepted: (1...number).map { .sample(UInt64($0), at: Int64($0), for: ["a"], data: data) }))
        _ = try outbox.commit(
            OutboxBatch(
                updates: (1...number).filter { $0 % 10 != 0 }.map { .sample(Int64($0), .delivered, endedAt: Int64($0)) }
            ))
    }

    private func step(delivered: Int64 = 0, maxSize: Int64 = .max, limit: Int = 10_000) -> PruneStep {
        PruneStep(
            deliveredBefore: Timestamp(milliseconds: delivered), deadBefore: Timestamp(milliseconds: 0),
            paymentsBefore: Timestamp(milliseconds: 0), recentPayments: Self.none, maxSize: maxSize, limit: limit)
    }

    @Test func `no more goes before its time than brings the file under its size, the oldest of all first`() throws {
        try fill(2000)
        let full = try outbox.prune(step())
        #expect(full.size > 4_000_000)
        let allowed = full.size - 1_000_000
        let outcome = try outbox.prune(step(maxSize: allowed))
        #expect(outcome.size <= allowed)
        #expect(outcome.size > allowed - 100_000)
        #expect(!outcome.hasMore)
        #expect(outcome.removed > 200)
        #expect(outcome.removed < 600)
        let left = try outbox.connection.inDatabase {
            try Int.fetchOne($0, sql: "SELECT min(id) FROM delivery WHERE state = 'delivered'") ?? 0
        }
        #expect(left > outcome.removed)
        #expect(left < outcome.removed * 2)
        #expect(try count("delivery WHERE state = 'pending'") == 200)
        let next = try outbox.prune(step(maxSize: allowed))
        #expect(next.removed == 0)
    }

    @Test func `what waits is estimated by its share, and is all when nothing else is left`() throws {
        try fill(2000)
        let full = try outbox.prune(step())
        #expect(full.keptSize * 10 > full.size * 9 / 10)
        #expect(full.keptSize * 10 < full.size * 11 / 10)
        let empty = try outbox.prune(step(maxSize: 0))
        #expect(empty.removed == 1800)
        #expect(empty.keptSize == empty.size)
        #expect(!empty.hasMore)
    }

    @Test func `nothing of a pruned delivery stays, and the time of those that are gone is forgotten`() throws {
        try fill(3000)
        #expect(try count("period") == 3)
        _ = try outbox.perform(.discard(DeliveryID(10)), now: Timestamp(milliseconds: 1))
        for id in stride(from: 20, through: 3000, by: 10) {
            _ = try outbox.commit(OutboxBatch(updates: [.sample(Int64(id), .delivered, endedAt: Int64(id))]))
        }
        #expect(try outbox.prune(step(delivered: 2500)).removed == 2498)
        #expect(try count("period") == 3)
        let late = Timestamp(milliseconds: .max)
        let dead = PruneStep(
            deliveredBefore: late, deadBefore: late, paymentsBefore: late, recentPayments: Self.none, maxSize: .max,
            limit: 10_000)
        #expect(try outbox.prune(dead).removed == 502)
        for table in ["delivery", "event", "attempt", "lane"] { #expect(try count(table) == 0, "\(table)") }
        // The block of the next number stays.
        #expect(try count("period") == 1)
    }

    @Test func `the views show what the join remembers`() throws {
        _ = try outbox.commit(
            OutboxBatch(
                payments: [.sample(1, at: 1_697_234_567_890, Array("{}".utf8))],
                waits: [.sample(2, ends: 1_697_234_567_890, Array("{}".utf8))],
                feedsSeen: ["one": Timestamp(milliseconds: 1_697_234_567_890)]))
        let shown = try outbox.connection.inDatabase { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT seq || ' ' || key || ' ' || received || ' ' || data FROM payments
                    UNION ALL SELECT id || ' ' || key || ' ' || feed || ' ' || ends || ' ' || data FROM waits
                    UNION ALL SELECT name || ' ' || seen FROM feeds
                    """)
        }
        #expect(
            shown == [
                "1 00000000000000010000000000000001 2023-10-13T22:02:47.890Z {}",
                "1 00000000000000010000000000000002 payments 2023-10-13T22:02:47.890Z {}",
                "one 2023-10-13T22:02:47.890Z",
            ])
    }
}
