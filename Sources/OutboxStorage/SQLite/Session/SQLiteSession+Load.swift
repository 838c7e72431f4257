import DeliveryPlanning
import GRDB
import RelayModel

extension SQLiteSession {
    /// Walks one index in its order and reads what is wanted, until a limit is reached.
    func load(_ request: LoadRequest, now: Timestamp) throws -> DueDeliveries {
        var result = DueDeliveries(destination: request.destination, deliveries: [], next: nil)
        guard let destination = destinations[request.destination] else { return result }
        let cursor =
            switch request.kind {
            case .due: try due.rows { $0.add(destination) }
            case .outageFailures: try outageFailures.rows { $0.add(destination) }
            }
        var bytes = 0
        while let row = try cursor.next() {
            let id: Int64 = row[0]
            if request.excluding.contains(DeliveryID(id)) { continue }
            let moment = Timestamp(milliseconds: row[1] ?? 0)
            let isFull =
                result.deliveries.count >= request.limit || !result.deliveries.isEmpty && bytes >= request.byteLimit
            switch request.kind {
            case .due:
                if isFull || moment > now {
                    result.next = moment
                    return result
                }
            case .outageFailures(let endedBefore):
                if isFull { return result }
                if moment >= endedBefore { continue }
            }
            guard let delivery = try read(id) else { continue }
            bytes += delivery.event.data.count + (delivery.event.payment?.count ?? 0)
            result.deliveries.append(delivery)
        }
        return result
    }

    /// A ready delivery with its event; nil where there is none of the number.
    func read(_ id: Int64) throws -> Delivery? {
        try delivery.firstRow({ $0.add(id) }) { row in
            let event = try Event(row, from: 8)
            guard let format = BodyFormat(rawValue: try row.decode(atIndex: 3)) else { throw OutboxDamage.format }
            return Delivery(
                id: DeliveryID(try row.decode(atIndex: 0)), event: event, destination: try row.decode(atIndex: 1),
                rules: rules.names(try row.decode(atIndex: 2)), format: format,
                attempts: try row.decode(atIndex: 4), recordedAttempts: try row.decode(atIndex: 5),
                notBefore: Timestamp(milliseconds: try row.decode(atIndex: 6)),
                failedByOutage: try row.decode(atIndex: 7), isRevived: try row.decode(atIndex: 18))
        }
    }

    /// The destinations of which something is remembered.
    static func standings(_ database: Database) throws -> [String: DestinationStanding] {
        var result: [String: DestinationStanding] = [:]
        let rows = try Row.fetchCursor(database, sql: Queries.destinations)
        while let row = try rows.next() {
            let standing = DestinationStanding(
                stop: (row[2] as String?).flatMap(DestinationStanding.Stop.init), reason: row[3],
                since: (row[4] as Int64?).map(Timestamp.init), failingSince: (row[5] as Int64?).map(Timestamp.init),
                recentFailures: (row[7] as String? ?? "").split(separator: ",").compactMap {
                    Int64($0).map(Timestamp.init)
                },
                downSince: (row[6] as Int64?).map(Timestamp.init))
            if standing != DestinationStanding() { result[row[1]] = standing }
        }
        return result
    }
}
