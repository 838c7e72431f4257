import GRDB
import RelayModel

/// Finds the deliveries that a filter takes, in the order of acceptance, by the index that serves the filter best.
///
/// Named deliveries and those of one event are looked up; with a destination or states asked for, one range of
/// `delivery_state` for each destination and state is walked, merged by number; else all deliveries are. A time asked for
/// leaves out the blocks of deliveries that hold none of it. What no index knows, the rule above all, is asked of each row,
/// and so many rows are looked at in one go and no more: what matches nothing among millions costs no more than that.
struct DeliveryWalk {
    /// Rows looked at for one page of a listing: 40 ms of CPU.
    static let pageLimit = 20_000
    /// Rows looked at for one step of a replay, which holds up the writer: 8 ms of CPU.
    static let replayLimit = 4_000

    /// What was found, in the walk's order.
    struct Found {
        var ids: [Int64]
        /// The number up to which all was looked at; nil when there is nothing beyond.
        var last: Int64?
    }

    private let database: Database
    private let filter: DeliveryFilter
    private let states: Set<DeliveryState>?
    private let order: ListingOrder
    /// The destination that is asked for.
    private let destination: Int64?
    /// What is walked, without its bounds; nothing where the filter can take nothing.
    private let sources: [Source]

    private var isTimed: Bool { filter.since != nil || filter.until != nil }

    /// The source knows no more than numbers: whatever else is asked for is asked of the row.
    private var isLookedUp: Bool {
        if case .numbers? = sources.first { true } else { false }
    }

    private enum Source {
        case all
        case state(DeliveryState, destination: Int64)
        case numbers([Int64])
    }

    /// With `states` only deliveries in one of them, beside what the filter asks.
    init(_ database: Database, filter: DeliveryFilter, states: [DeliveryState]? = nil, order: ListingOrder) throws {
        self.database = database
        self.filter = filter
        self.order = order
        let states = (states ?? DeliveryState.allCases).filter { filter.state == nil || filter.state == $0 }
        self.states = states.count == DeliveryState.allCases.count ? nil : Set(states)
        var destinations: [Int64] = []
        var wanted: Int64?
        let rows = try Row.fetchCursor(try database.cachedStatement(sql: Queries.destinations))
        while let row = try rows.next() {
            let number: Int64 = try row.decode(atIndex: 0)
            destinations.append(number)
            if let name = filter.destination, try row.decode(String.self, atIndex: 1) == name { wanted = number }
        }
        destination = wanted
        if filter.destination != nil, wanted == nil {
            sources = []
        } else if let delivery = filter.delivery {
            sources = [.numbers([delivery.number])]
        } else if let event = filter.event {
            let ids = try database.cachedStatement(sql: Queries.deliveriesOfEvent).integers { $0.add(event.bytes) }
            sources = [.numbers(ids.sorted())]
        } else if wanted != nil || self.states != nil {
            sources = (wanted.map { [$0] } ?? destinations).flatMap { number in
                states.map { .state($0, destination: number) }
            }
        } else {
            sources = [.all]
        }
    }

    /// At most `limit` of them, beyond `last` in the walk's order.
    func find(after last: Int64?, limit: Int, examining scanLimit: Int, rules: inout RuleNames) throws -> Found {
        var found = Found(ids: [], last: last)
        var examined = 0
        for range in try ranges(after: last) {
            if examined >= scanLimit { return found }
            examined += 1
            var strands = sources.map { strand($0, in: range) }
            while let id = try next(of: &strands) {
                if found.ids.count >= limit || examined >= scanLimit { return found }
                examined += 1
                found.last = id
                if try takes(id, rules: &rules) { found.ids.append(id) }
            }
            found.last = order == .newestFirst ? range.lowerBound : range.upperBound
        }
        found.last = nil
        return found
    }

    private func strand(_ source: Source, in range: ClosedRange<Int64>) -> DeliveryStrand {
        switch source {
        case .all: DeliveryStrand(nil, in: range, order)
        case .state(let state, let destination): DeliveryStrand((destination, state), in: range, order)
        case .numbers(let ids):
            DeliveryStrand(numbers: order == .newestFirst ? ids.reversed() : ids, in: range, order)
        }
    }

    private func next(of strands: inout [DeliveryStrand]) throws -> Int64? {
        var best: (index: Int, id: Int64)?
        for index in strands.indices {
            guard let id = try strands[index].head(database) else { continue }
            if let known = best, order == .newestFirst ? known.id > id : known.id < id { continue }
            best = (index, id)
        }
        if let best { strands[best.index].drop() }
        return best?.id
    }

    /// Whether a delivery is all that is asked for.
    private func takes(_ id: Int64, rules: inout RuleNames) throws -> Bool {
        guard isLookedUp || isTimed || filter.rule != nil else { return true }
        return try database.cachedStatement(sql: Queries.candidate).firstRow({ $0.add(id) }) { row in
            if let destination, try row.decode(Int64.self, atIndex: 0) != destination { return false }
            if let states, try !states.contains(row.state(1)) { return false }
            if let event = filter.event, try row.eventID(4) != event { return false }
            if let rule = filter.rule, try !rules.names(row.decode(atIndex: 2)).contains(rule) { return false }
            guard isTimed else { return true }
            let event: Int64 = try row.decode(atIndex: 3)
            let moment = try database.cachedStatement(sql: Queries.receivedAt).firstInteger { $0.add(event) } ?? 0
            return (filter.since.map { moment >= $0.milliseconds } ?? true)
                && (filter.until.map { moment < $0.milliseconds } ?? true)
        } ?? false
    }

    // MARK: Ranges

    /// The numbers among which there can be some, in the walk's order.
    private func ranges(after last: Int64?) throws -> [ClosedRange<Int64>] {
        guard !sources.isEmpty, let all = try numberRange() else { return [] }
        var (low, high) = (all.lowerBound, all.upperBound)
        switch (order, last) {
        case (_, nil): break
        case (.oldestFirst, let last?):
            guard last < high else { return [] }
            low = max(low, last + 1)
        case (.newestFirst, let last?):
            guard last > low else { return [] }
            high = min(high, last - 1)
        }
        return isTimed && !isLookedUp ? try periods(in: low...high) : [low...high]
    }

    private func numberRange() throws -> ClosedRange<Int64>? {
        try database.cachedStatement(sql: Queries.numberRange).firstRow({ _ in }) { row in
            guard let first: Int64 = row[0], let last: Int64 = row[1] else { return nil }
            return first...last
        } ?? nil
    }

    /// The parts of `bounds` in which something was received in the time asked for; neighbours are one.
    private func periods(in bounds: ClosedRange<Int64>) throws -> [ClosedRange<Int64>] {
        let bits = Migrations.blockBits
        let sql = order == .newestFirst ? Queries.periodsDown : Queries.periodsUp
        let blocks = try database.cachedStatement(sql: sql).integers { values in
            values.add(bounds.lowerBound >> bits)
            values.add(bounds.upperBound >> bits)
            values.add(filter.since?.milliseconds ?? .min)
            values.add(filter.until?.milliseconds ?? .max)
        }
        var ranges: [ClosedRange<Int64>] = []
        for block in blocks {
            let range = (block << bits...(block << bits | (1 << bits - 1))).clamped(to: bounds)
            if let known = ranges.last, known.upperBound + 1 == range.lowerBound {
                ranges[ranges.count - 1] = known.lowerBound...range.upperBound
            } else if let known = ranges.last, range.upperBound + 1 == known.lowerBound {
                ranges[ranges.count - 1] = range.lowerBound...known.upperBound
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }
}
