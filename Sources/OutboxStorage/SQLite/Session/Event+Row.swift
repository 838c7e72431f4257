import FoundationEssentials
import GRDB
import RelayModel

/// What the constraints rule out, and yet was read.
enum OutboxDamage: String, Error {
    case eventID = "an event id that has not 16 bytes"
    case paymentKey = "a payment key that has not 16 bytes"
    case format = "an unknown format"
    case state = "an unknown state"
    case ledgerState = "a payment in an unknown state"
    case purpose = "a payment for an unknown purpose"
    case number = "an amount or a block height that is no number of 64 bits, or has too many decimals"
}

extension Event {
    /// From ten columns: id, feed, type, timestamp, received_at, sender, recipient, amount, payment, data.
    ///
    /// The feed's texts come as bytes (`Queries.insertEvent`).
    convenience init(_ row: Row, from first: Int) throws {
        self.init(
            id: try row.eventID(first), feed: try row.decode(atIndex: first + 1), type: try row.text(first + 2) ?? "",
            timestamp: Timestamp(milliseconds: try row.decode(atIndex: first + 3)),
            receivedAt: Timestamp(milliseconds: try row.decode(atIndex: first + 4)), sender: try row.text(first + 5),
            recipient: try row.text(first + 6), amount: try row.text(first + 7),
            payment: try row.optionalBytes(first + 8), data: try row.bytes(first + 9))
    }
}

extension Row {
    /// A text that was read as bytes; nil for NULL.
    func text(_ index: Int) throws -> String? {
        try decode(Data?.self, atIndex: index).map { String(decoding: $0, as: UTF8.self) }
    }

    func bytes(_ index: Int) throws -> [UInt8] { [UInt8](try decode(Data.self, atIndex: index)) }

    func optionalBytes(_ index: Int) throws -> [UInt8]? { try decode(Data?.self, atIndex: index).map { [UInt8]($0) } }

    func eventID(_ index: Int) throws -> EventID {
        guard let id = EventID(bytes: try decode(Data.self, atIndex: index)) else { throw OutboxDamage.eventID }
        return id
    }

    func timestamp(_ index: Int) throws -> Timestamp { Timestamp(milliseconds: try decode(atIndex: index)) }

    func state(_ index: Int) throws -> DeliveryState {
        guard let state = DeliveryState(rawValue: try decode(atIndex: index)) else { throw OutboxDamage.state }
        return state
    }

    func format(_ index: Int) throws -> BodyFormat {
        guard let format = BodyFormat(rawValue: try decode(atIndex: index)) else { throw OutboxDamage.format }
        return format
    }
}
