import GRDB
import Glibc
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// The ledger's tables as an operator and later versions find them.
struct LedgerSchemaTests {
    private let folder: TemporaryFolder
    private let outbox: SQLiteOutbox
    private var path: String { folder.path("outbox.sqlite") }

    init() throws {
        folder = try TemporaryFolder()
        outbox = try SQLiteOutbox(path: folder.path("outbox.sqlite"))
    }

    private func keep(_ entries: LedgerEntry..., standings: [StreamStanding] = []) throws {
        _ = try outbox.keep(LedgerChange(entries: entries, standings: standings), judged: OutboxBatch())
    }

    private func execute(_ sql: String) throws {
        try outbox.connection.inDatabase { try $0.execute(sql: sql) }
    }

    private func strings(_ sql: String) throws -> [String] {
        try outbox.connection.inDatabase { try String.fetchAll($0, sql: sql) }
    }

    @Test(arguments: [
        "state = 'paid'", "state = NULL", "purpose = 'gift'", "purpose = NULL", "decimals = 19", "decimals = -1",
        "amount = '1.5'", "amount = '-1'", "amount = ''", "amount = '007'", "amount = '18446744073709551616'",
        "amount = '100000000000000000000'", "amount = x'31'", "amount = NULL", "served = 2", "sends = -1",
        "signed_at = 'soon'", "payload = NULL", "payload = 'text'", "memo = NULL", "client_signature = NULL",
        "last_valid_block_height = '-1'",
    ])
    func `a payment cannot be brought into a form that does not exist`(change: String) throws {
        try keep(.sample(1))
        let error = #expect(throws: DatabaseError.self) { try execute("UPDATE ledger SET \(change)") }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT)
    }

    @Test(arguments: ["0", "7", "18446744073709551615", "9999999999999999999", "9223372036854775808"])
    func `every number of 64 bits is an amount`(amount: String) throws {
        try keep(.sample(1, amount: try #require(UInt64(amount))))
        #expect(try strings("SELECT amount FROM ledger") == [amount])
        try execute("UPDATE ledger SET amount = '\(amount)'")
    }

    @Test func `what is known of a feed holds to its bounds`() throws {
        try keep(standings: [StreamStanding(feed: "a", resource: .sample())])
        #expect(throws: DatabaseError.self) { try execute("UPDATE stream SET unserved_in_row = -1") }
        #expect(throws: DatabaseError.self) { try execute("UPDATE stream SET origin = NULL") }
    }

    @Test(arguments: [
        ("UPDATE ledger SET amount = '99999999999999999999'", OutboxDamage.number),
        ("UPDATE ledger SET decimals = 40", .number), ("UPDATE ledger SET state = 'lost'", .ledgerState),
    ])
    func `a ledger that was changed against its constraints is damage, and no sum`(
        sql: String, damage: OutboxDamage
    ) throws {
        try keep(.sample(1, .settled))
        try execute("PRAGMA ignore_check_constraints = ON; \(sql)")
        let error = #expect(throws: OutboxError.self) { try outbox.ledger(now: Timestamp(milliseconds: 0)) }
        #expect(error?.kind == .corrupt)
        #expect(error?.reason.contains(damage.rawValue) == true)
    }

    private static let amounts: [(UInt64, UInt8, String)] = [
        (30_000, 6, "0.03"), (0, 6, "0"), (0, 0, "0"), (10, 0, "10"), (1_000_000, 6, "1"), (10_000_000, 6, "10"),
        (1, 18, "0.000000000000000001"), (.max, 18, "18.446744073709551615"), (.max, 0, "18446744073709551615"),
        (1_234_567, 6, "1.234567"), (1_500_000_000, 9, "1.5"), (100, 1, "10"),
    ]

    @Test func `the view tells every amount in units, as the relay does`() throws {
        for (index, (amount, decimals, _)) in Self.amounts.enumerated() {
            try keep(.sample(Int64(index), amount: amount, decimals: decimals))
        }
        let told = try strings("SELECT amount FROM ledger_entries ORDER BY id")
        #expect(told == Self.amounts.map { $0.2 })
        #expect(told == Self.amounts.map { TokenAmount(atomic: $0.0, decimals: $0.1)?.description })
    }

    @Test func `the shell of SQLite reads the views, and sees no token there`() throws {
        let shell = "/usr/bin/sqlite3"
        try #require(access(shell, X_OK) == 0, "the package sqlite3 is missing")
        var entry = LedgerEntry.sample(12, at: 1_697_234_567_890, .settled)
        (entry.served, entry.transaction, entry.renewedToken) = (true, "5Kx", Secret("hush"))
        try keep(
            entry, .sample(13, at: 1_697_234_567_891, .unknown),
            standings: [
                StreamStanding(
                    feed: "solana", resource: .sample(), token: Secret("hush"), sliceSeconds: 60,
                    paidUntil: Timestamp(milliseconds: 1_697_234_627_890))
            ])
        #expect(
            try output(shell, "SELECT * FROM ledger_entries") == """
                12|2023-10-13T22:02:47.890Z|solana|ticker|purchase|0.03|mint|vendor|settled|yes|5Kx|
                13|2023-10-13T22:02:47.891Z|solana|ticker|purchase|0.03|mint|vendor|unknown|||

                """)
        #expect(
            try output(shell, "SELECT * FROM streams") == """
                solana|https://stream.example/v2/stream/ticker|yes|60|2023-10-13T22:03:47.890Z|0

                """)
    }

    /// What the shell prints of a statement, beside the outbox that is open.
    private func output(_ shell: String, _ sql: String) throws -> String {
        let pipe = popen("\(shell) -readonly '\(path)' '\(sql)' 2>&1", "r")
        let stream = try #require(pipe)
        defer { pclose(stream) }
        var text: [UInt8] = []
        while case let byte = getc(stream), byte != EOF { text.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `an error of the ledger tells neither token nor payload`() throws {
        var entry = LedgerEntry.sample(1, decimals: 19)
        (entry.renewedToken, entry.payload, entry.memo) = (Secret("hush"), Array("payload".utf8), "hidden")
        let error = #expect(throws: OutboxError.self) {
            try outbox.keep(LedgerChange(entries: [entry]), judged: OutboxBatch())
        }
        let reason = try #require(error?.reason)
        #expect(reason.contains("CHECK constraint failed"))
        for word in ["hush", "hidden", "7061796c6f6164"] { #expect(!reason.contains(word)) }
    }
}
