import GRDB

/// What an open file's connection keeps between transactions: prepared statements and what is known of the tables.
///
/// Made anew after every failure: a statement that failed cannot be used again, and what was learnt in a transaction that
/// was rolled back is wrong.
final class SQLiteSession {
    private static let eventCounter = "event"
    private static let deliveryCounter = "delivery"

    let insertEvent, deleteEvent, insertDelivery, laneIsTaken, insertLane: Statement
    let postpone, end, recordLateAttempt, insertAttempt, leaveLanes, firstInLane, unblock: Statement
    let insertDestination, updateStanding, updateCounter: Statement
    let due, outageFailures, delivery: Statement
    /// The numbers last given.
    var lastEvent: Int64 = 0
    var lastDelivery: Int64 = 0
    /// The numbers of the destinations by their names. As many as were ever configured.
    var destinations: [String: Int64] = [:]
    var rules = RuleNames()

    init(_ database: Database) throws {
        insertEvent = try database.makeStatement(sql: Queries.insertEvent)
        deleteEvent = try database.makeStatement(sql: Queries.deleteEvent)
        insertDelivery = try database.makeStatement(sql: Queries.insertDelivery)
        laneIsTaken = try database.makeStatement(sql: Queries.laneIsTaken)
        insertLane = try database.makeStatement(sql: Queries.insertLane)
        postpone = try database.makeStatement(sql: Queries.postpone)
        end = try database.makeStatement(sql: Queries.end)
        recordLateAttempt = try database.makeStatement(sql: Queries.recordLateAttempt)
        insertAttempt = try database.makeStatement(sql: Queries.insertAttempt)
        leaveLanes = try database.makeStatement(sql: Queries.leaveLanes)
        firstInLane = try database.makeStatement(sql: Queries.firstInLane)
        unblock = try database.makeStatement(sql: Queries.unblock)
        insertDestination = try database.makeStatement(sql: Queries.insertDestination)
        updateStanding = try database.makeStatement(sql: Queries.updateStanding)
        due = try database.makeStatement(sql: Queries.due)
        outageFailures = try database.makeStatement(sql: Queries.outageFailures)
        delivery = try database.makeStatement(sql: Queries.delivery)
        updateCounter = try database.makeStatement(sql: Queries.updateCounter)
        for row in try Row.fetchAll(database, sql: Queries.counters) {
            switch row[0] as String {
            case Self.eventCounter: lastEvent = row[1]
            case Self.deliveryCounter: lastDelivery = row[1]
            default: break
            }
        }
        for row in try Row.fetchAll(database, sql: Queries.destinations) { destinations[row[1]] = row[0] }
    }

    /// Writes the numbers last given, where they changed.
    func saveCounters() throws {
        try updateCounter.run([lastEvent.databaseValue, Self.eventCounter.databaseValue])
        try updateCounter.run([lastDelivery.databaseValue, Self.deliveryCounter.databaseValue])
    }

    /// The number of a destination, given to it the first time it is named.
    func destination(_ name: String) throws -> Int64 {
        if let known = destinations[name] { return known }
        guard let number = try insertDestination.firstInteger([name.databaseValue]) else {
            throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "no number came back for a new destination")
        }
        destinations[name] = number
        return number
    }
}

extension Statement {
    /// Runs the statement. The values must be as many as it has placeholders.
    func run(_ values: [DatabaseValue]) throws {
        setUncheckedArguments(StatementArguments(values))
        try execute()
    }

    /// The first column of the first row; nil where there is none or it is NULL. Steps to the end.
    func firstInteger(_ values: [DatabaseValue]) throws -> Int64? {
        setUncheckedArguments(StatementArguments(values))
        return try Optional<Int64>.fetchAll(self).first.flatMap { $0 }
    }

    /// What `body` makes of the first row; nil where there is none.
    func firstRow<Result>(_ values: [DatabaseValue], _ body: (Row) throws -> Result) throws -> Result? {
        let cursor = try rows(values)
        // A row is empty once its cursor is gone.
        return try withExtendedLifetime(cursor) { try cursor.next().map(body) }
    }

    /// Its rows, one at a time; a row is valid until the next, and while the cursor is there.
    func rows(_ values: [DatabaseValue]) throws -> RowCursor {
        setUncheckedArguments(StatementArguments(values))
        return try Row.fetchCursor(self)
    }
}
