import GRDB
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// How far one walk goes, and that the next goes on behind it.
struct DeliveryWalkTests {
    private let folder: TemporaryFolder
    private let outbox: SQLiteOutbox

    init() throws {
        folder = try TemporaryFolder()
        outbox = try SQLiteOutbox(path: folder.path("outbox.sqlite"))
    }

    /// Deliveries in their number, round robin of destinations and states, each of one of a hundred payments.
    private func fill(_ count: Int, destinations: Int) throws {
        var batch = OutboxBatch()
        for number in 0..<count {
            let payment = "p\(number % 100)"
            let sample = AcceptedEvent.sample(
                UInt64(number), at: Int64(number), for: ["d\(number % destinations)"],
                data: #"{"paymentId":"\#(payment)"}"#)
            batch.accepted.append(
                AcceptedEvent(
                    event: sample.event, deliveries: sample.deliveries,
                    marks: SearchMarks(wallets: [], payment: payment)))
        }
        _ = try outbox.commit(batch)
        let ends = (1...Int64(count)).filter { $0 % 3 != 0 }
        _ = try outbox.commit(OutboxBatch(updates: ends.map { .sample($0, $0 % 3 == 1 ? .delivered : .dead) }))
    }

    /// All that is found, and what was spent, walk by walk.
    private func walks(
        _ filter: DeliveryFilter, _ order: ListingOrder = .oldestFirst, states: [DeliveryState]? = nil,
        limit: Int = 1000, budget: WalkBudget
    ) throws -> (ids: [Int64], spent: [(rows: Int, bytes: Int)]) {
        try outbox.connection.inDatabase { database in
            var (ids, spent, rules) = ([Int64](), [(rows: Int, bytes: Int)](), RuleNames())
            var last: Int64?
            repeat {
                var left = budget
                let found = try DeliveryWalk(database, filter: filter, states: states, order: order)
                    .find(after: last, limit: limit, budget: &left, rules: &rules)
                ids += found.ids
                spent.append((budget.rows - left.rows, budget.bytes - left.bytes))
                last = found.last
            } while last != nil && spent.count < 5000
            return (ids, spent)
        }
    }

    @Test(arguments: [ListingOrder.newestFirst, .oldestFirst])
    func `however small the budget, the walks find what one of them would, and end`(order: ListingOrder) throws {
        try fill(3000, destinations: 40)
        let filters = [
            DeliveryFilter(payment: "p7"), DeliveryFilter(state: .dead, payment: "p7"),
            DeliveryFilter(destination: "d7", payment: "p7"), DeliveryFilter(rule: "rule", payment: "p7"),
            DeliveryFilter(rule: "other"), DeliveryFilter(state: .dead, rule: "other"),
            DeliveryFilter(payment: "p7", since: Timestamp(milliseconds: 100), until: Timestamp(milliseconds: 2500)),
        ]
        for filter in filters {
            let whole = try walks(filter, order, budget: .page)
            #expect(whole.spent.count == 1)
            let parts = try walks(filter, order, budget: WalkBudget(rows: 1, bytes: 1))
            #expect(parts.ids == whole.ids, "\(filter)")
            #expect((2..<5000).contains(parts.spent.count), "\(filter)")
            let pages = try walks(filter, order, limit: 3, budget: WalkBudget(rows: 500, bytes: 5000))
            #expect(pages.ids == whole.ids, "\(filter)")
        }
        #expect(try walks(filters[0], order, budget: .page).ids.count == 30)
    }

    @Test func `events are read only where their marks let them pass`() throws {
        try fill(3000, destinations: 1)
        let found = try walks(DeliveryFilter(payment: "p7"), budget: .page)
        #expect(found.ids.count == 30)
        // Marks of 100 payments in 64 bits: some pass by chance.
        let event = #"{"paymentId":"p7"}"#.utf8.count + 2048
        #expect((30 * event...600 * event).contains(found.spent[0].bytes))
        #expect(try walks(DeliveryFilter(rule: "rule"), budget: .page).spent[0].bytes == 0)
    }

    @Test func `deliveries without marks are read some at a time`() throws {
        try fill(3000, destinations: 1)
        try outbox.connection.inDatabase { try $0.execute(sql: "UPDATE delivery SET marks = NULL") }
        let found = try walks(DeliveryFilter(payment: "p7"), budget: WalkBudget(rows: 1_000_000, bytes: 1 << 20))
        #expect(found.ids.count == 30)
        #expect(found.spent.count > 4)
        #expect(found.spent.allSatisfy { $0.bytes < 1 << 20 + 4096 })
    }

    @Test func `of a time only the blocks at its ends are looked into row by row`() throws {
        try fill(20_000, destinations: 1)
        let filter = DeliveryFilter(since: Timestamp(milliseconds: 1500), until: Timestamp(milliseconds: 18_500))
        let found = try walks(filter, limit: 20_000, budget: .page)
        #expect(found.ids == Array(1501...18_500))
        #expect(found.spent[0].rows < 17_000 + 2 * 1024 * 4 + 1000)
    }

    @Test func `a page of what many match looks at little more than it shows`() throws {
        try fill(20_000, destinations: 1)
        for filter in [DeliveryFilter(), DeliveryFilter(rule: "rule"), DeliveryFilter(state: .dead, rule: "rule")] {
            let found = try outbox.connection.inDatabase { database in
                var (budget, rules) = (WalkBudget.page, RuleNames())
                let found = try DeliveryWalk(database, filter: filter, order: .newestFirst)
                    .find(after: nil, limit: 100, budget: &budget, rules: &rules)
                #expect(WalkBudget.page.rows - budget.rows < 2000)
                return found
            }
            #expect(found.ids.count == 100)
        }
    }
}
