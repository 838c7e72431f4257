import DeliveryPlanning
import GRDB
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// How much SQLite looks at to answer, however many deliveries wait.
struct OutboxPlanTests {
    private let folder: TemporaryFolder
    private let outbox: SQLiteOutbox

    init() throws {
        folder = try TemporaryFolder()
        outbox = try SQLiteOutbox(path: folder.path("outbox.sqlite"))
    }

    @Test(arguments: [
        (Queries.due, "USING COVERING INDEX delivery_due"),
        (Queries.outageFailures, "USING INDEX delivery_outage"),
        (Queries.delivery, "USING INTEGER PRIMARY KEY"),
        (Queries.firstInLane, "USING PRIMARY KEY (destination=? AND lane=?)"),
        (Queries.lanes, "INDEX lane_delivery"),
        (Queries.leaveLane, "USING PRIMARY KEY (destination=? AND lane=? AND delivery=?)"),
        (Queries.unblock, "USING PRIMARY KEY (destination=? AND lane=? AND delivery<?)"),
        (Queries.end, "USING INTEGER PRIMARY KEY"),
        (Queries.payment, "USING INDEX payment_key (key=?)"),
        (Queries.waits, "USING INDEX wait_key (key=?)"),
        (Queries.nextWaitEnd, "USING COVERING INDEX wait_end"),
        (Queries.deliveriesOfEvent, "USING COVERING INDEX sqlite_autoindex_delivery_1 (event_id=?)"),
        (Queries.periodsDown, "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        (Queries.oldestPending, "USING INDEX delivery_state (destination=? AND state=?)"),
        (Queries.summary, "USING PRIMARY KEY (delivery=?)"),
        (Queries.ended, "USING COVERING INDEX delivery_ended (state=? AND ended_at<?)"),
        (Queries.firstEnd, "USING COVERING INDEX delivery_ended (state=?"),
        (Queries.deleteUnusedEvent, "USING COVERING INDEX delivery_event (event=?)"),
        (Queries.pullReady, "USING INDEX delivery_due (destination=? AND ready=? AND not_before>?)"),
        (Queries.pullQueued, "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        (Queries.paymentReceipt, "USING INTEGER PRIMARY KEY (rowid=?)"),
        (Queries.deletePayments, "USING INTEGER PRIMARY KEY (rowid<?)"),
        (Queries.spends, "USING COVERING INDEX ledger_time"),
        (Queries.openEntries, "USING INDEX ledger_open"),
        (Queries.nextPaidStream, "USING COVERING INDEX ledger_stream"),
        (Queries.lastPrice, "USING INDEX ledger_stream (feed=? AND origin=? AND version=? AND stream=?)"),
        (Queries.firstRecipient, "USING INDEX ledger_feed (feed=?)"),
        (Queries.entriesOfTime, "USING COVERING INDEX ledger_time (signed_at>? AND signed_at<?)"),
        (Queries.entry, "USING INTEGER PRIMARY KEY (rowid=?)"),
    ])
    func `a statement walks an index and sorts nothing`(sql: String, expected: String) throws {
        let plan = try plan(sql)
        #expect(plan.contains { $0.contains(expected) }, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN delivery") }, "\(plan)")
    }

    @Test(arguments: [ListingOrder.newestFirst, .oldestFirst])
    func `a listing of payments walks the index that knows what is asked for, and sorts nothing`(
        order: ListingOrder
    ) throws {
        func plan(_ ofFeed: Bool, _ inState: Bool) throws -> [String] {
            try self.plan(Queries.entries(ofFeed: ofFeed, inState: inState, order: order))
        }
        let numbers = "rowid>? AND rowid<?"
        #expect(try plan(false, false) == ["SEARCH ledger USING INTEGER PRIMARY KEY (\(numbers))"])
        #expect(try plan(true, false) == ["SEARCH ledger USING INDEX ledger_feed (feed=? AND \(numbers))"])
        #expect(try plan(false, true) == ["SEARCH ledger USING INDEX ledger_state (state=? AND \(numbers))"])
        let both = "SEARCH ledger USING INDEX ledger_feed_state (feed=? AND state=? AND \(numbers))"
        #expect(try plan(true, true) == [both])
    }

    @Test(arguments: [ListingOrder.newestFirst, .oldestFirst])
    func `a listing of deliveries walks numbers or the index of a state, whatever is asked of the rows`(
        order: ListingOrder
    ) throws {
        for conditions in (0...7).map(Queries.RowConditions.init(rawValue:)) {
            let all = try plan(Queries.deliveries(ofState: false, where: conditions, order: order))
            #expect(all.first == "SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)")
            let state = try plan(Queries.deliveries(ofState: true, where: conditions, order: order))
            let index = conditions.isEmpty ? "COVERING INDEX" : "INDEX"
            #expect(
                state.first
                    == "SEARCH delivery USING \(index) delivery_state (destination=? AND state=? AND id>? AND id<?)")
            #expect(!(all + state).contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN") })
        }
    }

    @Test func `payments of the ledger are counted by an index alone`() throws {
        #expect(try plan(Queries.entryCounts) == ["SCAN ledger USING COVERING INDEX ledger_state"])
    }

    @Test func `what waits for a payment is found by its end, and only what is wanted is sorted`() throws {
        let details = try plan(Queries.endedWaits)
        #expect(details.contains { $0.contains("USING COVERING INDEX wait_end (ends_at<?)") }, "\(details)")
        #expect(details.contains { $0.contains("SEARCH wait USING INTEGER PRIMARY KEY (rowid=?)") }, "\(details)")
    }

    @Test func `deliveries are counted by an index alone`() throws {
        #expect(try plan(Queries.counts) == ["SCAN delivery USING COVERING INDEX delivery_state"])
    }

    @Test func `a hundred thousand waiting deliveries cost a load no more than a few`() throws {
        for part in 0..<100 {
            let samples = (1...1000).map { number in
                let at = Int64(part * 1000 + number)
                return AcceptedEvent.sample(UInt64(at), at: at, for: ["a"], lanes: [at % 50_000])
            }
            _ = try outbox.commit(OutboxBatch(accepted: samples))
        }
        // A third of those in front failed by an outage and wait.
        let failures = (1...1000).map {
            DeliveryUpdate.sample(Int64($0 * 3), .pending, notBefore: 1 << 40, outage: true, endedAt: 1)
        }
        _ = try outbox.commit(OutboxBatch(updates: failures))
        let now = Timestamp(milliseconds: 1 << 30)
        let due = LoadRequest(destination: "a", kind: .due, limit: 50, byteLimit: .max, excluding: [])
        let loaded = try steps { try outbox.load(due, now: now) }
        #expect(loaded.result.deliveries.count == 50)
        #expect(loaded.steps < 5000)
        let failed = LoadRequest(
            destination: "a", kind: .outageFailures(endedBefore: now), limit: 50, byteLimit: .max, excluding: [])
        let probed = try steps { try outbox.load(failed, now: now) }
        #expect(probed.result.deliveries.count == 50)
        #expect(probed.steps < 5000)
        let ended = try steps { try outbox.commit(OutboxBatch(updates: [.sample(1, .delivered)])) }
        #expect(ended.result.readyIDs == [50_001])
        #expect(ended.steps < 5000)
        let unmatched = OperatorAction.replay(DeliveryFilter(rule: "none"), from: nil, limit: 50)
        #expect(try steps { try outbox.perform(unmatched, now: now) }.steps < 5000)
        let step = PruneStep(
            deliveredBefore: now, deadBefore: now, paymentsBefore: now, recentPayments: now...now, maxSize: .max,
            limit: 50)
        let first = try outbox.prune(step)
        #expect(first.removed == 1)
        // The clock is right, and then an hour behind one event.
        _ = try outbox.began(at: now)
        #expect(try steps { try outbox.began(at: now) }.steps < 500)
        let late = now + .seconds(3600)
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1 << 40, at: late.milliseconds, for: ["a"])]))
        #expect(try steps { try outbox.began(at: now) }.steps < 50_000)
        // The first one counted all.
        #expect(try steps { try outbox.prune(step) }.steps < 5000)
    }

    private func plan(_ sql: String) throws -> [String] {
        try outbox.connection.inDatabase { database in
            try Row.fetchAll(
                database, sql: "EXPLAIN QUERY PLAN " + sql,
                arguments: StatementArguments(Array(repeating: 1, count: sql.count { $0 == "?" }))
            ).map { $0["detail"] as String }
        }
    }

    /// What `work` gives, and how many instructions SQLite's virtual machine took for it.
    private func steps<Result>(_ work: () throws -> Result) throws -> (result: Result, steps: Int) {
        let sql = "SELECT total(nstep) FROM sqlite_stmt WHERE sql NOT LIKE '%sqlite_stmt%'"
        func count() throws -> Int { try outbox.connection.inDatabase { try Int.fetchOne($0, sql: sql) ?? 0 } }
        let before = try count()
        let result = try work()
        return (result, try count() - before)
    }
}
