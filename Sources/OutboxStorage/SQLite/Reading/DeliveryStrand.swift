import GRDB
import RelayModel

/// One sorted run of delivery numbers within bounds, read from its index some at a time.
struct DeliveryStrand {
    /// Numbers read at a time.
    private static let chunk = 256

    /// The range of the index; nil for all deliveries.
    private let source: (destination: Int64, state: DeliveryState)?
    private let order: ListingOrder
    /// What was not read yet; nil when there is nothing more.
    private var bounds: ClosedRange<Int64>?
    /// What was read and not dropped yet.
    private var read: ArraySlice<Int64> = []

    init(_ source: (Int64, DeliveryState)?, in bounds: ClosedRange<Int64>, _ order: ListingOrder) {
        self.source = source
        self.bounds = bounds
        self.order = order
    }

    /// Of known numbers, in the order of the walk.
    init(numbers: [Int64], in bounds: ClosedRange<Int64>, _ order: ListingOrder) {
        source = nil
        self.order = order
        read = numbers.filter(bounds.contains)[...]
    }

    /// The next number; nil at the end.
    mutating func head(_ database: Database) throws -> Int64? {
        if read.isEmpty, let bounds { try fetch(bounds, database) }
        return read.first
    }

    /// Goes on behind the head.
    mutating func drop() { read = read.dropFirst() }

    private mutating func fetch(_ range: ClosedRange<Int64>, _ database: Database) throws {
        let sql =
            switch (source == nil, order) {
            case (true, .newestFirst): Queries.deliveriesDown
            case (true, .oldestFirst): Queries.deliveriesUp
            case (false, .newestFirst): Queries.deliveriesOfStateDown
            case (false, .oldestFirst): Queries.deliveriesOfStateUp
            }
        let ids = try database.cachedStatement(sql: sql).integers { values in
            if let source {
                values.add(source.destination)
                values.add(source.state.rawValue)
            }
            values.add(range.lowerBound)
            values.add(range.upperBound)
            values.add(Self.chunk)
        }
        read = ids[...]
        bounds = nil
        guard ids.count == Self.chunk, let last = ids.last else { return }
        switch order {
        case .newestFirst: if last > range.lowerBound { bounds = range.lowerBound...(last - 1) }
        case .oldestFirst: if last < range.upperBound { bounds = (last + 1)...range.upperBound }
        }
    }
}
