import GRDB
import RelayModel

/// What an open file's connection keeps between transactions: prepared statements and what is known of the tables.
///
/// Made anew after every failure: a statement that failed cannot be used again, and what was learnt in a transaction that
/// was rolled back is wrong.
final class SQLiteSession {
    private static let eventCounter = "event"
    private static let deliveryCounter = "delivery"
    private static let waitCounter = "wait"
    private static let ownEventCounter = "own event"
    static let latestCounter = "latest moment"

    let insertEvent, deleteEvent, insertDelivery, insertLane: Statement
    let postpone, end, recordLateAttempt, insertAttempt, destinationOfDelivery: Statement
    let lanes, leaveLane, firstInLane, unblock: Statement
    let insertDestination, updateStanding, updateCounter: Statement
    let due, outageFailures, delivery: Statement
    let insertPayment, payment, insertWait, deleteWait, waits, endedWaits, nextWaitEnd: Statement
    /// The numbers last given.
    var lastEvent: Int64 = 0
    var lastDelivery: Int64 = 0
    var lastWait: Int64 = 0
    var lastOwnEvent: Int64 = 0
    /// No pending delivery waits from a later moment than this, in milliseconds; nil where that is not known.
    var latest: Int64?
    /// It is to be written.
    var isLatestNew = false
    /// When the deliveries that this transaction adds were received, by their block.
    var periods: [Int64: ClosedRange<Int64>] = [:]
    /// How many deliveries there are.
    var tally: DeliveryTally
    /// The numbers of the destinations by their names.
    ///
    /// As many as were ever configured.
    var destinations: [String: Int64] = [:]
    /// And their names by their numbers.
    var names: [Int64: String] = [:]
    var rules = RuleNames()

    init(_ database: Database) throws {
        insertEvent = try database.makeStatement(sql: Queries.insertEvent)
        deleteEvent = try database.makeStatement(sql: Queries.deleteEvent)
        insertDelivery = try database.makeStatement(sql: Queries.insertDelivery)
        insertLane = try database.makeStatement(sql: Queries.insertLane)
        postpone = try database.makeStatement(sql: Queries.postpone)
        end = try database.makeStatement(sql: Queries.end)
        recordLateAttempt = try database.makeStatement(sql: Queries.recordLateAttempt)
        insertAttempt = try database.makeStatement(sql: Queries.insertAttempt)
        destinationOfDelivery = try database.makeStatement(sql: Queries.destinationOfDelivery)
        lanes = try database.makeStatement(sql: Queries.lanes)
        leaveLane = try database.makeStatement(sql: Queries.leaveLane)
        firstInLane = try database.makeStatement(sql: Queries.firstInLane)
        unblock = try database.makeStatement(sql: Queries.unblock)
        insertDestination = try database.makeStatement(sql: Queries.insertDestination)
        updateStanding = try database.makeStatement(sql: Queries.updateStanding)
        due = try database.makeStatement(sql: Queries.due)
        outageFailures = try database.makeStatement(sql: Queries.outageFailures)
        delivery = try database.makeStatement(sql: Queries.delivery)
        insertPayment = try database.makeStatement(sql: Queries.insertPayment)
        payment = try database.makeStatement(sql: Queries.payment)
        insertWait = try database.makeStatement(sql: Queries.insertWait)
        deleteWait = try database.makeStatement(sql: Queries.deleteWait)
        waits = try database.makeStatement(sql: Queries.waits)
        endedWaits = try database.makeStatement(sql: Queries.endedWaits)
        nextWaitEnd = try database.makeStatement(sql: Queries.nextWaitEnd)
        updateCounter = try database.makeStatement(sql: Queries.updateCounter)
        tally = try DeliveryTally(database)
        for row in try Row.fetchAll(database, sql: Queries.counters) {
            switch row[0] as String {
            case Self.eventCounter: lastEvent = row[1]
            case Self.deliveryCounter: lastDelivery = row[1]
            case Self.waitCounter: lastWait = row[1]
            case Self.ownEventCounter: lastOwnEvent = row[1]
            case Self.latestCounter: latest = row[1]
            default: break
            }
        }
        for row in try Row.fetchAll(database, sql: Queries.tallies) {
            destinations[row[1]] = row[0]
            names[row[0]] = row[1]
        }
    }

    /// Writes a batch; within a transaction.
    func write(_ batch: OutboxBatch, _ database: Database) throws -> OutboxCommit {
        var result = OutboxCommit()
        for (name, standing) in batch.standings { try update(name, standing) }
        // What became ready by one update may be ended by the next: so it is read after all of them.
        var unblocked: [Int64] = []
        for update in batch.updates { unblocked += try apply(update, changes: database) }
        result.ready = try unblocked.sorted().compactMap { try read($0) }
        for (index, accepted) in batch.accepted.enumerated() {
            let repeats = try accept(accepted, changes: database, to: &result)
            if !repeats.isEmpty { result.repeats[index] = repeats }
        }
        if !batch.accepted.isEmpty { try saveAccepted(database) }
        try saveLatest(database)
        try remember(batch, database)
        result.turns = try saveTally(database)
        return result
    }

    /// Writes the numbers last given to events and deliveries, and when those were received.
    func saveAccepted(_ database: Database) throws {
        try save(lastEvent, as: Self.eventCounter)
        try save(lastDelivery, as: Self.deliveryCounter)
        let update = try database.cachedStatement(sql: Queries.updatePeriod)
        for (block, period) in periods {
            try update.run { values in
                values.add(block)
                values.add(period.lowerBound)
                values.add(period.upperBound)
            }
        }
        periods.removeAll(keepingCapacity: true)
    }

    /// Writes how many deliveries there are now; returns what came and ended by this transaction.
    func saveTally(_ database: Database) throws -> [String: DeliveryTurns] {
        try tally.save(database)
        return tally.takeTurns(names)
    }

    func saveLastWait() throws { try save(lastWait, as: Self.waitCounter) }

    func saveLastOwnEvent() throws { try save(lastOwnEvent, as: Self.ownEventCounter) }

    private func save(_ number: Int64, as name: String) throws {
        try updateCounter.run { values in
            values.add(number)
            values.add(name)
        }
    }

    /// The number of a destination, given to it the first time it is named.
    func destination(_ name: String) throws -> Int64 {
        if let known = destinations[name] { return known }
        guard let number = try insertDestination.firstInteger({ $0.add(name) }) else {
            throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "no number came back for a new destination")
        }
        destinations[name] = number
        names[number] = name
        return number
    }
}
