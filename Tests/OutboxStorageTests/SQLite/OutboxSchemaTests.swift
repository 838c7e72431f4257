import GRDB
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// The tables as an operator and later versions find them.
struct OutboxSchemaTests {
    private let folder: TemporaryFolder
    private let outbox: SQLiteOutbox

    init() throws {
        folder = try TemporaryFolder()
        outbox = try SQLiteOutbox(path: folder.path("outbox.sqlite"))
    }

    private func execute(_ sql: String) throws {
        try outbox.connection.inDatabase { try $0.execute(sql: sql) }
    }

    private func integers(_ sql: String) throws -> [Int] {
        try outbox.connection.inDatabase { try Int.fetchAll($0, sql: sql) }
    }

    private func strings(_ sql: String) throws -> [String] {
        try outbox.connection.inDatabase { try String.fetchAll($0, sql: sql) }
    }

    @Test(arguments: [
        "state = 'leased'", "state = 'delivered'", "state = NULL", "ready = 2", "ready = NULL", "failed_by_outage = 2",
        "ended_at = 5", "format = 'xml'", "event = 99", "destination = 99", "event_id = x'00'", "rules = NULL",
        "state = 'dead', ended_at = 5", "ready = 0, failed_by_outage = 1", "attempts = -1", "not_before = 'soon'",
    ])
    func `a delivery cannot be brought into a state that does not exist`(change: String) throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        let error = #expect(throws: DatabaseError.self) { try execute("UPDATE delivery SET \(change)") }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT)
    }

    @Test(arguments: [
        "INSERT INTO destination (name, stop) VALUES ('x', 'gone')",
        "INSERT INTO event (id, type, timestamp, received_at, data) VALUES (x'01', 't', 1, 1, x'')",
        "INSERT INTO attempt (delivery, number, started_at, duration_ms) VALUES (99, 1, 1, 1)",
        "INSERT INTO lane (destination, lane, delivery) VALUES (1, 1, 99)",
        "INSERT INTO delivery SELECT id + 1, event, event_id, destination, state, ready, not_before, attempts, "
            + "recorded_attempts, failed_by_outage, attempted_at, ended_at, format, rules, marks, revived FROM delivery",
        "DELETE FROM event",
    ])
    func `what does not belong together is refused`(sql: String) throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        let error = #expect(throws: DatabaseError.self) { try execute(sql) }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT)
    }

    @Test func `each attempt is on record with its time, outcome and answer`() throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        _ = try outbox.commit(OutboxBatch(updates: [.sample(1, .pending, attempt: 1, endedAt: 300)]))
        _ = try outbox.commit(OutboxBatch(updates: [.sample(1, .delivered, attempt: 2, endedAt: 900)]))
        let rows = try strings(
            """
            SELECT concat_ws FROM (
                SELECT delivery || '|' || number || '|' || started_at || '|' || duration_ms || '|' || status || '|'
                    || ifnull(error, '-') || '|' || ifnull(CAST(answer AS TEXT), '-') AS concat_ws
                FROM attempt ORDER BY number
            )
            """)
        #expect(rows == ["1|1|200|100|503|HTTP 503|busy", "1|2|800|100|204|-|-"])
        #expect(try integers("SELECT ended_at FROM delivery") == [900])
    }

    @Test func `the sqlite3 shell shows attempts with readable times`() throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        _ = try outbox.commit(OutboxBatch(updates: [.sample(1, .pending, attempt: 1, endedAt: 300)]))
        let columns = "delivery || '|' || number || '|' || started || '|' || status || '|' || answer || '|' || signed"
        #expect(
            try strings("SELECT \(columns) FROM attempts")
                == ["1|1|1970-01-01T00:00:00.200Z|503|busy|2023-10-13T22:02:48Z"])
    }

    @Test func `counts are those of the rows, and are put right where someone edited the file`() throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a", "b"]), .sample(2, for: ["a"])]))
        let counts = "SELECT pending || ' ' || delivered || ' ' || dead FROM destination ORDER BY name"
        #expect(try strings(counts) == ["2 0 0", "1 0 0"])
        try execute("UPDATE delivery SET state = 'dead', ready = 0, ended_at = 5 WHERE id = 1")
        let past = Timestamp(milliseconds: 0)
        let step = PruneStep(
            deliveredBefore: past, deadBefore: past, paymentsBefore: past, recentPayments: past...past, maxSize: .max,
            limit: 1)
        _ = try outbox.prune(step)
        #expect(try strings(counts) == ["1 0 1", "1 0 0"])
        _ = try outbox.commit(OutboxBatch(updates: [.sample(3, .delivered)]))
        #expect(try strings(counts) == ["0 1 1", "1 0 0"])
    }

    @Test func `what a failed transaction counted is forgotten with it`() throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        try execute(
            """
            CREATE TEMP TRIGGER fault BEFORE INSERT ON main.delivery WHEN NEW.id = 3
            BEGIN SELECT RAISE(ABORT, 'planted'); END
            """)
        let batch = OutboxBatch(accepted: (2...3).map { .sample($0, for: ["a"]) })
        #expect(throws: OutboxError.self) { try outbox.commit(batch) }
        try execute("DROP TRIGGER fault")
        #expect(try outbox.commit(batch).turns == ["a": DeliveryTurns(accepted: 2)])
        #expect(try integers("SELECT pending FROM destination") == [3])
    }

    @Test func `a late attempt of an ended delivery is on record, and its end is not moved`() throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        _ = try outbox.commit(OutboxBatch(updates: [.sample(1, .discarded, attempt: 1, endedAt: 300)]))
        _ = try outbox.commit(OutboxBatch(updates: [.sample(1, .delivered, attempt: 2, endedAt: 900)]))
        #expect(try strings("SELECT state FROM delivery") == ["discarded"])
        #expect(try integers("SELECT ended_at FROM delivery") == [300])
        #expect(try integers("SELECT number FROM attempt ORDER BY number") == [1, 2])
        #expect(try integers("SELECT recorded_attempts FROM delivery") == [2])
    }

    @Test func `an outcome that is written twice is on record once`() throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        for _ in 1...2 { _ = try outbox.commit(OutboxBatch(updates: [.sample(1, .delivered)])) }
        #expect(try integers("SELECT count(*) FROM attempt") == [1])
    }

    @Test func `an event that reaches nobody new leaves no row`() throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a", "b"])]))
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["b", "a"], data: "other")]))
        #expect(try integers("SELECT count(*) FROM event") == [1])
        #expect(try integers("SELECT count(*) FROM delivery") == [2])
    }

    @Test func `lanes are kept only while a delivery waits`() throws {
        let lanes: [Int64] = [1, 2, 3]
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"], lanes: lanes), .sample(2, for: ["a"])]))
        #expect(try integers("SELECT count(*) FROM lane") == [3])
        _ = try outbox.commit(OutboxBatch(updates: [.sample(1, .delivered)]))
        #expect(try integers("SELECT count(*) FROM lane") == [0])
    }

    @Test func `a delivery that is taken out takes its attempts and lanes along, and its event can go`() throws {
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"], lanes: [1])]))
        _ = try outbox.commit(OutboxBatch(updates: [.sample(1, .pending)]))
        try execute("DELETE FROM delivery; DELETE FROM event")
        #expect(try integers("SELECT (SELECT count(*) FROM attempt) + (SELECT count(*) FROM lane)") == [0])
        #expect(try outbox.commit(OutboxBatch(accepted: [.sample(2, for: ["a"], lanes: [1])])).readyIDs == [2])
    }

    @Test func `the views read as an operator would say it`() throws {
        _ = try outbox.commit(
            OutboxBatch(accepted: [.sample(0xABC, at: 1_697_234_567_890, for: ["billing"], data: "{\"a\":1}")]))
        #expect(
            try strings(
                "SELECT event || ' ' || destination || ' ' || state || ' ' || next || ' ' || rules FROM deliveries")
                == ["evt_00000000000000000000000000000abc billing pending 2023-10-13T22:02:47.890Z [\"rule\"]"])
        #expect(
            try strings("SELECT id || ' ' || received || ' ' || data FROM events")
                == ["evt_00000000000000000000000000000abc 2023-10-13T22:02:47.890Z {\"a\":1}"])
    }
}
