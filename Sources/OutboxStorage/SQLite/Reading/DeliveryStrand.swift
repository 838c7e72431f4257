import GRDB
import RelayModel

/// One sorted run of delivery numbers within bounds, of which those that can match are read some rows at a time.
struct DeliveryStrand {
    /// Rows of the first chunk of a walk's strands together, and those that later ones grow to: a page of what matches often ends
    /// with the first, and what matches seldom is passed over in few queries.
    private static let (firstChunks, lastChunk) = (256, 16_384)
    /// The fewest rows of a chunk.
    private static let leastChunk = 16

    /// What is known of the next number.
    enum Head {
        case number(Int64)
        /// None comes before this one.
        case notBefore(Int64)

        var number: Int64 {
            switch self {
            case .number(let number), .notBefore(let number): number
            }
        }
    }

    /// The range of the index; nil for all deliveries.
    private let source: (destination: Int64, state: DeliveryState)?
    private let conditions: DeliveryConditions
    private let order: ListingOrder
    /// What was not read yet; nil when there is nothing more.
    private var bounds: ClosedRange<Int64>?
    /// What was read and not dropped yet.
    private var read: ArraySlice<Int64> = []
    /// Rows of the next chunk.
    private var chunk: Int

    /// One of `count` strands of a walk.
    init(
        _ source: (Int64, DeliveryState)?, in bounds: ClosedRange<Int64>, where conditions: DeliveryConditions,
        _ order: ListingOrder, of count: Int
    ) {
        chunk = max(Self.leastChunk, Self.firstChunks / max(1, count))
        self.source = source
        self.conditions = conditions
        self.bounds = bounds
        self.order = order
    }

    /// Of known numbers, in the order of the walk.
    init(numbers: [Int64], in bounds: ClosedRange<Int64>, _ order: ListingOrder) {
        source = nil
        conditions = DeliveryConditions()
        chunk = 0
        self.order = order
        read = numbers.filter(bounds.contains)[...]
    }

    /// Nil at the end.
    var head: Head? {
        if let first = read.first { return .number(first) }
        return bounds.map { .notBefore(order == .newestFirst ? $0.upperBound : $0.lowerBound) }
    }

    /// Goes on behind the head, which is a number.
    mutating func drop() { read = read.dropFirst() }

    /// Reads the next chunk.
    mutating func fetch(_ database: Database, _ budget: inout WalkBudget) throws {
        guard let bounds else { return }
        let count = max(Self.leastChunk, min(chunk, budget.rows))
        chunk = min(chunk * 2, Self.lastChunk)
        if conditions.isEmpty {
            let ids = try numbers(in: bounds, limit: count, database)
            budget.query(rows: ids.count, .row)
            read = ids[...]
            self.bounds = ids.count < count ? nil : ids.last.flatMap { rest(of: bounds, behind: $0) }
        } else {
            // Where so many rows end: what the conditions take of them may be anything from none to all.
            let end = try numbers(in: bounds, limit: 1, offset: count - 1, database).first
            let part = end.map { order == .newestFirst ? $0...bounds.upperBound : bounds.lowerBound...$0 } ?? bounds
            let rows = end == nil ? min(count, Int(clamping: part.upperBound - part.lowerBound + 1)) : count
            budget.query(rows: rows, conditions.time != nil ? .event : source != nil ? .lookup : .row)
            read = try numbers(in: part, where: conditions, limit: count, database)[...]
            self.bounds = end.flatMap { rest(of: bounds, behind: $0) }
        }
    }

    private func numbers(
        in range: ClosedRange<Int64>, where conditions: DeliveryConditions = DeliveryConditions(), limit: Int,
        offset: Int = 0, _ database: Database
    ) throws -> [Int64] {
        let sql = Queries.deliveries(ofState: source != nil, where: conditions.kinds, order: order)
        return try database.cachedStatement(sql: sql).integers { values in
            if let source {
                values.add(source.destination)
                values.add(source.state.rawValue)
            }
            values.add(range.lowerBound)
            values.add(range.upperBound)
            conditions.add(to: &values)
            values.add(limit)
            values.add(offset)
        }
    }

    private func rest(of range: ClosedRange<Int64>, behind last: Int64) -> ClosedRange<Int64>? {
        switch order {
        case .newestFirst: last > range.lowerBound ? range.lowerBound...(last - 1) : nil
        case .oldestFirst: last < range.upperBound ? (last + 1)...range.upperBound : nil
        }
    }
}
