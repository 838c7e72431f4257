import GRDB
import RelayModel

/// Finds the deliveries that a filter takes, in the order of acceptance, by the index that serves the filter best.
///
/// Named deliveries and those of one event are looked up; with a destination or states asked for, one range of
/// `delivery_state` for each destination and state is walked, merged by number; else all deliveries are. A time asked for
/// leaves out the blocks of deliveries that hold none of it. What no index knows, a rule, marks or a time within a block, SQLite
/// asks of each row; what it lets pass is looked at again, and of a search its event is read. All that within a budget: what
/// matches nothing among millions costs no more than that.
struct DeliveryWalk {
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
    private let search: EventSearch?

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
        search = EventSearch(filter)
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

    /// At most `limit` of them, beyond `last` in the walk's order, as far as the budget goes.
    ///
    /// Something is looked at however small the budget is.
    func find(
        after last: Int64?, limit: Int, budget: inout WalkBudget, rules: inout RuleNames
    ) throws -> Found {
        var found = Found(ids: [], last: last)
        var start: Int64?
        for range in try ranges(after: last) {
            if start != nil, budget.isSpent { return found }
            var strands = sources.map { strand($0, in: range) }
            while let (index, head) = first(of: strands) {
                if found.ids.count >= limit { return found }
                if budget.isSpent, let start, head.number != start {
                    found.last = order == .newestFirst ? head.number + 1 : head.number - 1
                    return found
                }
                start = start ?? head.number
                switch head {
                case .notBefore: try strands[index].fetch(database, &budget)
                case .number(let id):
                    strands[index].drop()
                    found.last = id
                    if try takes(id, &budget, rules: &rules) { found.ids.append(id) }
                }
            }
            found.last = order == .newestFirst ? range.bounds.lowerBound : range.bounds.upperBound
            start = start ?? found.last
        }
        found.last = nil
        return found
    }

    private func strand(_ source: Source, in range: Stretch) -> DeliveryStrand {
        if case .numbers(let ids) = source {
            return DeliveryStrand(
                numbers: order == .newestFirst ? ids.reversed() : ids, in: range.bounds, order)
        }
        let state: (Int64, DeliveryState)? =
            if case .state(let state, let destination) = source { (destination, state) } else { nil }
        let conditions = DeliveryConditions(
            marks: search?.marks, rule: filter.rule.map(JSONEscapes.quoted), time: range.time)
        return DeliveryStrand(state, in: range.bounds, where: conditions, order, of: sources.count)
    }

    /// The strand that comes first: nothing comes before its head.
    private func first(of strands: [DeliveryStrand]) -> (index: Int, head: DeliveryStrand.Head)? {
        var best: (index: Int, head: DeliveryStrand.Head)?
        for index in strands.indices {
            guard let head = strands[index].head else { continue }
            if let known = best?.head.number, order == .newestFirst ? known >= head.number : known <= head.number {
                continue
            }
            best = (index, head)
        }
        return best
    }

    /// Whether a delivery is all that is asked for.
    private func takes(_ id: Int64, _ budget: inout WalkBudget, rules: inout RuleNames) throws -> Bool {
        guard isLookedUp || isTimed || filter.rule != nil || search != nil else { return true }
        let isTaken = try database.cachedStatement(sql: Queries.candidate).firstRow({ $0.add(id) }) { row in
            if let destination, try row.decode(Int64.self, atIndex: 0) != destination { return false }
            if let states, try !states.contains(row.state(1)) { return false }
            if let event = filter.event, try row.eventID(4) != event { return false }
            if let rule = filter.rule, try !rules.names(row.decode(atIndex: 2)).contains(rule) { return false }
            if let search, let marks = try row.decode(Int64?.self, atIndex: 5) {
                guard SearchMarks(rawValue: marks).mayHold(search.marks) else { return false }
            }
            guard isTimed else { return true }
            let event: Int64 = try row.decode(atIndex: 3)
            let moment = try database.cachedStatement(sql: Queries.receivedAt).firstInteger { $0.add(event) } ?? 0
            return (filter.since.map { moment >= $0.milliseconds } ?? true)
                && (filter.until.map { moment < $0.milliseconds } ?? true)
        }
        guard isTaken == true, let search else { return isTaken ?? false }
        return try database.cachedStatement(sql: Queries.eventOfDelivery).firstRow({ $0.add(id) }) { row in
            let event = try Event(row, from: 0)
            budget.read(bytes: event.data.count + (event.payment?.count ?? 0))
            return search.takes(event)
        } ?? false
    }

    // MARK: Ranges

    /// Numbers among which there can be some, and what is to be asked of their moments; nil where all are of the time asked for.
    private struct Stretch {
        var bounds: ClosedRange<Int64>
        var time: ClosedRange<Int64>?
    }

    /// The numbers among which there can be some, in the walk's order.
    private func ranges(after last: Int64?) throws -> [Stretch] {
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
        return isTimed && !isLookedUp ? try periods(in: low...high) : [Stretch(bounds: low...high)]
    }

    private func numberRange() throws -> ClosedRange<Int64>? {
        try database.cachedStatement(sql: Queries.numberRange).firstRow({ _ in }) { row in
            guard let first: Int64 = row[0], let last: Int64 = row[1] else { return nil }
            return first...last
        } ?? nil
    }

    /// The parts of `numbers` in which something was received in the time asked for; neighbours of a kind are one.
    private func periods(in numbers: ClosedRange<Int64>) throws -> [Stretch] {
        let (since, until) = (filter.since?.milliseconds ?? .min, filter.until?.milliseconds ?? .max)
        guard since < until else { return [] }
        let bits = Migrations.blockBits
        let sql = order == .newestFirst ? Queries.periodsDown : Queries.periodsUp
        let blocks = try database.cachedStatement(sql: sql).rows { values in
            values.add(since)
            values.add(until)
            values.add(numbers.lowerBound >> bits)
            values.add(numbers.upperBound >> bits)
            values.add(since)
            values.add(until)
        }
        var ranges: [Stretch] = []
        while let row = try blocks.next() {
            let block: Int64 = try row.decode(atIndex: 0)
            let bounds = (block << bits...(block << bits | (1 << bits - 1))).clamped(to: numbers)
            let range = Stretch(bounds: bounds, time: try row.decode(Bool.self, atIndex: 1) ? nil : since...(until - 1))
            if let known = ranges.last, known.time == range.time {
                if known.bounds.upperBound + 1 == bounds.lowerBound {
                    ranges[ranges.count - 1].bounds = known.bounds.lowerBound...bounds.upperBound
                    continue
                }
                if bounds.upperBound + 1 == known.bounds.lowerBound {
                    ranges[ranges.count - 1].bounds = bounds.lowerBound...known.bounds.upperBound
                    continue
                }
            }
            ranges.append(range)
        }
        return ranges
    }
}
