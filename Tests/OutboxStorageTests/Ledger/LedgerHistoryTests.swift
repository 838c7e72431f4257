import OutboxStorage
import OutboxTestKit
import RelayModel
import Testing

/// The same random payments in memory and in SQLite: every answer is the same.
struct LedgerHistoryTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `memory and SQLite remember and list the same payments`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let memory = try OutboxUnderTest(disk: MemoryOutbox.Disk())
        let sqlite = try OutboxUnderTest(path: folder.path("outbox.sqlite"))
        var last: Int64 = 0
        var open = 0
        for round in 1...80 {
            let change = randomChange(round, last: &last, &random)
            let judged = OutboxBatch(
                accepted: random.chance(300) ? [.sample(UInt64(round), for: ["a", "b"], lanes: [1])] : [],
                ownEvents: Int64(round))
            let (one, other) = (
                try memory.outbox.keep(change, judged: judged), try sqlite.outbox.keep(change, judged: judged)
            )
            #expect(one.readyIDs == other.readyIDs)
            if random.chance(100) {
                try memory.reopen()
                try sqlite.reopen()
            }
            let now = Timestamp(milliseconds: Int64.random(in: 0...(3 * Self.day), using: &random))
            let remembered = try memory.outbox.ledger(now: now)
            try #require(try sqlite.outbox.ledger(now: now) == remembered, "round \(round)")
            open += remembered.open.count
            try compareListing(memory, sqlite, &random)
        }
        #expect(open > 0)
    }

    private static let day: Int64 = 86_400_000

    private func compareListing(
        _ memory: OutboxUnderTest, _ sqlite: OutboxUnderTest, _ random: inout SeededGenerator
    ) throws {
        func moment() -> Timestamp { Timestamp(milliseconds: Int64.random(in: 0...(2 * Self.day), using: &random)) }
        let filter = LedgerFilter(
            feed: random.chance(400) ? ["one", "two", "none"].randomElement(using: &random) : nil,
            state: random.chance(400) ? LedgerEntry.State.allCases.randomElement(using: &random) : nil,
            since: random.chance(300) ? moment() : nil, until: random.chance(300) ? moment() : nil)
        let order: ListingOrder = random.chance(500) ? .newestFirst : .oldestFirst
        let limit = Int.random(in: 1...10, using: &random)
        try #require(
            try memory.paid(filter, order: order, limit: limit) == sqlite.paid(filter, order: order, limit: limit),
            "\(filter)")
        let cursor = random.chance(500) ? PaymentID(Int64.random(in: 0...60, using: &random)) : nil
        let page = try memory.reader.payments(filter, order: order, cursor: cursor, limit: limit)
        try #require(try sqlite.reader.payments(filter, order: order, cursor: cursor, limit: limit) == page)
    }

    private func randomChange(_ round: Int, last: inout Int64, _ random: inout SeededGenerator) -> LedgerChange {
        var change = LedgerChange()
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let isNew = last == 0 || random.chance(600)
            if isNew { last += 1 }
            let number = isNew ? last : Int64.random(in: 1...last, using: &random)
            var entry = LedgerEntry.sample(
                number, at: Int64(round) * Self.day / 40 - Int64.random(in: 0...(Self.day / 4), using: &random),
                feed: random.chance(500) ? "one" : "two", stream: random.chance(500) ? "slots" : "ticker",
                amount: UInt64.random(in: 0 ... .max, using: &random),
                decimals: UInt8.random(in: 0...18, using: &random),
                recipient: "vendor \(number % 3)", LedgerEntry.State.allCases.randomElement(using: &random) ?? .signed)
            entry.sends = Int.random(in: 0...9, using: &random)
            change.entries.append(entry)
        }
        if random.chance(300) {
            change.standings.append(
                StreamStanding(
                    feed: random.chance(500) ? "one" : "two", resource: .sample(),
                    token: random.chance(500) ? Secret("token \(round)") : nil,
                    unservedInRow: Int.random(in: 0...2, using: &random)))
        }
        return change
    }
}
