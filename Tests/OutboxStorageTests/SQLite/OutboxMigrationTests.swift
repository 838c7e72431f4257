import GRDB
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// A file of an earlier version, brought up to date.
struct OutboxMigrationTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("outbox.sqlite") }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A file as version 1 wrote it: 3,000 deliveries, every third delivered, every third dead.
    private func writeVersion1() throws {
        try DatabaseQueue(path: path).inDatabase { database in
            try database.execute(sql: Migrations.steps[0])
            try database.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    PRAGMA user_version = 1;
                    INSERT INTO destination (name) VALUES ('a');
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                    INSERT INTO event (seq, id, feed, type, timestamp, received_at, data)
                    SELECT i, CAST(printf('%016d', i) AS BLOB), 'payments', 'payment', i, i * 10, x'7B7D' FROM n;
                    INSERT INTO delivery (
                        id, event, event_id, destination, state, ready, not_before, attempts, recorded_attempts,
                        failed_by_outage, ended_at, format, rules
                    )
                    SELECT seq, seq, id, 1, iif(seq % 3 = 0, 'pending', iif(seq % 3 = 1, 'delivered', 'dead')),
                        seq % 3 = 0, received_at, 1, 1, 0, iif(seq % 3 = 0, NULL, received_at), 'standard', '["rule"]'
                    FROM event;
                    UPDATE counter SET value = 3000;
                    """)
        }
    }

    /// A file as version 2 wrote it: one delivery, one remembered payment, two counters.
    private func writeVersion2() throws {
        try DatabaseQueue(path: path).inDatabase { database in
            try database.execute(sql: Migrations.steps[0] + Migrations.steps[1])
            try database.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    PRAGMA user_version = 2;
                    INSERT INTO destination (name) VALUES ('a');
                    INSERT INTO event (seq, id, feed, type, timestamp, received_at, data)
                        VALUES (1, x'00000000000000000000000000000001', 'payments', 'payment', 1, 10, x'7B7D');
                    INSERT INTO delivery (
                        id, event, event_id, destination, state, ready, not_before, attempts, recorded_attempts,
                        failed_by_outage, format, rules
                    ) SELECT 1, 1, id, 1, 'pending', 1, 10, 0, 0, 0, 'standard', '["rule"]' FROM event;
                    INSERT INTO period VALUES (0, 10, 10);
                    INSERT INTO payment (key, received_at, data) VALUES (x'\(String(repeating: "01", count: 16))', 7, x'09');
                    UPDATE counter SET value = 1 WHERE name IN ('event', 'delivery');
                    UPDATE counter SET value = 5 WHERE name = 'own event';
                    """)
        }
    }

    /// A file as version 3 wrote it: 300 deliveries of two destinations, one attempt each, every tenth of one wallet and payment.
    private func writeVersion3() throws {
        try DatabaseQueue(path: path).inDatabase { database in
            try database.execute(sql: Migrations.steps.prefix(3).joined())
            try database.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    PRAGMA user_version = 3;
                    INSERT INTO destination (name) VALUES ('a'), ('b'), ('c');
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                    INSERT INTO event (seq, id, feed, type, timestamp, received_at, recipient, data)
                    SELECT i, CAST(printf('%016d', i) AS BLOB), 'payments', 'payment', i, i * 10,
                        iif(i % 20 = 0, 'wallet', NULL),
                        CAST(iif(i % 10 = 0, '{"paymentId":"p","from":"wallet"}', '{"paymentId":"q"}') AS BLOB)
                    FROM n;
                    INSERT INTO delivery (
                        id, event, event_id, destination, state, ready, not_before, attempts, recorded_attempts,
                        failed_by_outage, ended_at, format, rules
                    )
                    SELECT seq, seq, id, 1 + seq % 2, iif(seq % 3 = 0, 'pending', iif(seq % 3 = 1, 'delivered', 'dead')),
                        seq % 3 = 0, received_at, 1, 1, 0, iif(seq % 3 = 0, NULL, received_at), 'standard', '["rule"]'
                    FROM event;
                    INSERT INTO attempt SELECT id, 1, not_before, 5, 503, 'HTTP 503', NULL FROM delivery;
                    INSERT INTO period VALUES (0, 10, 3000);
                    UPDATE counter SET value = 300 WHERE name IN ('event', 'delivery');
                    """)
        }
    }

    @Test func `what version 3 wrote is counted, and found by wallet and payment though it has no marks`() throws {
        try writeVersion3()
        let test = try OutboxUnderTest(path: path)
        #expect(
            try test.reader.counts() == [
                "a": DeliveryCounts(pending: 50, delivered: 50, dead: 50, oldestPending: Timestamp(milliseconds: 60)),
                "b": DeliveryCounts(pending: 50, delivered: 50, dead: 50, oldestPending: Timestamp(milliseconds: 30)),
                "c": DeliveryCounts(),
            ])
        let tenth = stride(from: 10, through: 300, by: 10).map(Int64.init)
        #expect(try test.listed(DeliveryFilter(wallet: WalletAddress("wallet")), order: .oldestFirst) == tenth)
        #expect(try test.listed(DeliveryFilter(payment: "p"), order: .oldestFirst) == tenth)
        #expect(try test.listed(DeliveryFilter(payment: "none")) == [])
        #expect(try test.reader.delivery(DeliveryID(1))?.attempts.map(\.signedAt) == [nil])
        let commit = try test.outbox.commit(OutboxBatch(updates: [.sample(6, .delivered, attempt: 2)]))
        #expect(commit.turns == ["a": DeliveryTurns(delivered: 1)])
        #expect(try test.reader.counts()["a"]?.pending == 49)
        #expect(try test.reader.delivery(DeliveryID(6))?.attempts.map(\.signedAt) == [nil, 1_697_234_569])
    }

    @Test func `what version 2 wrote is all there, beside an empty ledger that is written`() throws {
        try writeVersion2()
        let test = try OutboxUnderTest(path: path)
        #expect(try test.listed(DeliveryFilter()) == [1])
        #expect(try test.outbox.memory().ownEvents == 5)
        let key = try #require(PaymentKey(bytes: Array(repeating: 1, count: 16)))
        #expect(try test.outbox.payment(key, since: Timestamp(milliseconds: 7)) == [9])
        #expect(try test.ledger() == LedgerMemory())
        let commit = try test.outbox.keep(
            LedgerChange(entries: [.sample(1)]), judged: OutboxBatch(accepted: [.sample(2, for: ["a"])], ownEvents: 6))
        #expect(commit.readyIDs == [2])
        try test.reopen()
        #expect(try test.ledger().open == [.sample(1)])
        #expect(try test.outbox.memory().ownEvents == 6)
    }

    @Test func `what version 1 wrote is listed, counted, found by its time and pruned like what is new`() throws {
        try writeVersion1()
        let test = try OutboxUnderTest(path: path)
        #expect(
            try test.reader.counts() == [
                "a": DeliveryCounts(
                    pending: 1000, delivered: 1000, dead: 1000, oldestPending: Timestamp(milliseconds: 30))
            ])
        let time = DeliveryFilter(since: Timestamp(milliseconds: 20_000), until: Timestamp(milliseconds: 20_030))
        #expect(try test.listed(time) == [2002, 2001, 2000])
        let commit = try test.outbox.commit(
            OutboxBatch(
                accepted: [.sample(1, at: 20_010, for: ["a"])], waits: [.sample(1, ends: 5)], ownEvents: 1))
        #expect(commit.readyIDs == [3001])
        #expect(try test.listed(time) == [3001, 2002, 2001, 2000])
        #expect(try test.outbox.waits(for: .sample(1), limit: 1, byteLimit: 1).map(\.id) == [1])
        let step = PruneStep(
            deliveredBefore: Timestamp(milliseconds: 15_000), deadBefore: Timestamp(milliseconds: 0),
            paymentsBefore: Timestamp(milliseconds: 0),
            recentPayments: Timestamp(milliseconds: 0)...Timestamp(milliseconds: 0), maxSize: .max, limit: 10_000)
        #expect(try test.outbox.prune(step).removed == 500)
        #expect(try test.listed(DeliveryFilter(destination: "a", state: .delivered)).last == 1501)
    }

    @Test(arguments: [1, 2, 3])
    func `a file that was brought up to date has the schema of a new one`(version: Int) throws {
        switch version {
        case 1: try writeVersion1()
        case 2: try writeVersion2()
        default: try writeVersion3()
        }
        func schema(_ path: String) throws -> [String] {
            let outbox = try SQLiteOutbox(path: path)
            return try outbox.connection.inDatabase {
                try String.fetchAll($0, sql: "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
                    + String.fetchAll($0, sql: "SELECT name FROM counter ORDER BY name")
            }
        }
        #expect(try schema(path) == schema(folder.path("new.sqlite")))
    }

    @Test func `a step that was shipped is never changed`() {
        // FNV-1a of the texts of the shipped steps, in their order.
        let digests = Migrations.steps.prefix(3).map { step in
            step.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
        #expect(digests == [0x4489_7078_8CB7_089B, 0xBDED_B7EE_C6C2_B36A, 0xED5A_591F_FAE7_10F2])
    }
}
