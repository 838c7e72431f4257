import GRDB
import RelayModel

/// How many deliveries of each destination are in which state, as `destination` keeps it beside them.
///
/// Told of each change by whoever makes it, and written in the same transaction: so nobody counts a million rows to know how
/// many there are. What others do to the file meanwhile it does not see, until all is counted anew.
struct DeliveryTally {
    private var counts: [Int64: DeliveryCounts] = [:]
    /// Destinations whose counts are to be written.
    private var changed: Set<Int64> = []
    /// What came and ended since this was asked for last.
    private var turns: [Int64: DeliveryTurns] = [:]
    /// All was counted since the file was opened.
    private var isCounted = false

    /// As it is on disk.
    init(_ database: Database) throws {
        for row in try Row.fetchAll(database, sql: Queries.tallies) {
            counts[try row.decode(atIndex: 0)] = try DeliveryCounts(row)
        }
    }

    var total: Int { counts.values.reduce(0) { $0 + $1.pending + $1.delivered + $1.dead + $1.discarded } }

    /// Those that no pruning before its time removes: all but the delivered ones.
    var kept: Int { counts.values.reduce(0) { $0 + $1.pending + $1.dead + $1.discarded } }

    /// A delivery went from one state to another; nil: it was not there before, or is gone.
    mutating func moved(of destination: Int64, from old: DeliveryState?, to new: DeliveryState?) {
        if let old { counts[destination, default: DeliveryCounts()][old] -= 1 }
        if let new { counts[destination, default: DeliveryCounts()][new] += 1 }
        changed.insert(destination)
        switch (old, new) {
        case (nil, _?): turns[destination, default: DeliveryTurns()].accepted += 1
        case (_, .delivered?): turns[destination, default: DeliveryTurns()].delivered += 1
        case (_, .dead?): turns[destination, default: DeliveryTurns()].dead += 1
        case (_, .discarded?): turns[destination, default: DeliveryTurns()].discarded += 1
        // Brought back by an operator, or removed.
        case (_, .pending?), (_, nil): break
        }
    }

    /// What came and ended, by destination; `names` are those of all destinations.
    mutating func takeTurns(_ names: [Int64: String]) -> [String: DeliveryTurns] {
        defer { turns.removeAll(keepingCapacity: true) }
        var result: [String: DeliveryTurns] = [:]
        for (number, turns) in turns { if let name = names[number] { result[name] = turns } }
        return result
    }

    /// Writes what changed; within the transaction that changed it.
    mutating func save(_ database: Database) throws {
        guard !changed.isEmpty else { return }
        let update = try database.cachedStatement(sql: Queries.updateTally)
        for number in changed {
            let counts = counts[number] ?? DeliveryCounts()
            try update.run { values in
                for state in DeliveryState.allCases { values.add(counts[state]) }
                values.add(number)
            }
        }
        changed.removeAll(keepingCapacity: true)
    }

    /// Counts all once, by an index alone, and writes what is otherwise than it was kept: someone may have edited the file.
    mutating func countOnce(_ database: Database) throws {
        guard !isCounted else { return }
        var counted: [Int64: DeliveryCounts] = [:]
        let rows = try Row.fetchCursor(try database.cachedStatement(sql: Queries.counts))
        while let row = try rows.next() {
            counted[try row.decode(atIndex: 0), default: DeliveryCounts()][try row.state(1)] = try row.decode(
                atIndex: 2)
        }
        for number in Set(counts.keys).union(counted.keys) {
            let new = counted[number] ?? DeliveryCounts()
            guard counts[number] != new else { continue }
            counts[number] = new
            changed.insert(number)
        }
        try save(database)
        isCounted = true
    }
}

extension DeliveryCounts {
    /// From the columns of `Queries.tallies`; without the oldest that waits.
    init(_ row: Row) throws {
        self.init()
        for (index, state) in DeliveryState.allCases.enumerated() { self[state] = try row.decode(atIndex: index + 2) }
    }

    /// How many are in a state.
    subscript(state: DeliveryState) -> Int {
        get {
            switch state {
            case .pending: pending
            case .delivered: delivered
            case .dead: dead
            case .discarded: discarded
            }
        }
        set {
            switch state {
            case .pending: pending = newValue
            case .delivered: delivered = newValue
            case .dead: dead = newValue
            case .discarded: discarded = newValue
            }
        }
    }
}
