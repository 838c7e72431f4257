import DeliveryPlanning
import FoundationEssentials
import GRDB
import RelayModel

extension SQLiteSession {
    /// Walks one index in its order and reads what is wanted, until a limit is reached.
    func load(_ request: LoadRequest, now: Timestamp) throws -> DueDeliveries {
        var result = DueDeliveries(destination: request.destination, deliveries: [], next: nil)
        guard let destination = destinations[request.destination] else { return result }
        let cursor =
            switch request.kind {
            case .due: try due.rows([destination.databaseValue])
            case .outageFailures: try outageFailures.rows([destination.databaseValue])
            }
        var bytes = 0
        while let row = try cursor.next() {
            let id: Int64 = row[0]
            if request.excluding.contains(DeliveryID(id)) { continue }
            let moment = Timestamp(milliseconds: row[1] ?? 0)
            let isFull = result.deliveries.count >= request.limit || bytes >= request.byteLimit && bytes > 0
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

    /// A delivery with its event; nil where there is none of the number.
    func read(_ id: Int64) throws -> Delivery? {
        guard let row = try delivery.rows([id.databaseValue]).next() else { return nil }
        let event = Event(
            id: EventID(bytes: row[8] as Data) ?? EventID(high: 0, low: 0), feed: row[9], type: row[10],
            timestamp: Timestamp(milliseconds: row[11]), receivedAt: Timestamp(milliseconds: row[12]), sender: row[13],
            recipient: row[14], amount: row[15], payment: (row[16] as Data?).map { [UInt8]($0) },
            data: [UInt8](row[17] as Data))
        return Delivery(
            id: DeliveryID(row[0]), event: event, destination: row[1], rules: rules.names(row[2]),
            format: BodyFormat(rawValue: row[3]) ?? .standard, attempts: row[4], recordedAttempts: row[5],
            notBefore: Timestamp(milliseconds: row[6]), failedByOutage: row[7])
    }

    /// The destinations of which something is remembered.
    static func standings(_ database: Database) throws -> [String: DestinationStanding] {
        var result: [String: DestinationStanding] = [:]
        let rows = try Row.fetchCursor(database, sql: Queries.destinations)
        while let row = try rows.next() {
            let standing = DestinationStanding(
                stop: (row[2] as String?).flatMap(DestinationStanding.Stop.init), reason: row[3],
                since: (row[4] as Int64?).map(Timestamp.init), failingSince: (row[5] as Int64?).map(Timestamp.init))
            if standing != DestinationStanding() { result[row[1]] = standing }
        }
        return result
    }
}
