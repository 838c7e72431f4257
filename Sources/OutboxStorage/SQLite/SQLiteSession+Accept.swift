import FoundationEssentials
import GRDB
import RelayModel

extension SQLiteSession {
    /// Writes an event and those of its deliveries whose destination does not have it yet.
    func accept(_ accepted: AcceptedEvent, changes database: Database, to commit: inout OutboxCommit) throws {
        let event = accepted.event
        let id = DatabaseValue(event.id)
        let seq = lastEvent + 1
        try insertEvent.run([
            seq.databaseValue, id, event.feed.databaseValue, DatabaseValue(text: event.type),
            event.timestamp.milliseconds.databaseValue, event.receivedAt.milliseconds.databaseValue,
            DatabaseValue(text: event.sender), DatabaseValue(text: event.recipient), DatabaseValue(text: event.amount),
            DatabaseValue(event.payment), DatabaseValue(event.data),
        ])
        var isNew = false
        for new in accepted.deliveries {
            if let delivery = try add(new, of: event, id: id, seq: seq, changes: database) {
                isNew = true
                commit.added += 1
                if let ready = delivery { commit.ready.append(ready) }
            } else {
                commit.repeated += 1
            }
        }
        if isNew {
            lastEvent = seq
        } else {
            try deleteEvent.run([seq.databaseValue])
        }
    }

    /// Nil where the destination has the event already; else the delivery, in its turn nil where it queues behind another.
    private func add(_ new: NewDelivery, of event: Event, id eventID: DatabaseValue, seq: Int64, changes: Database)
        throws
        -> Delivery??
    {
        let destination = try destination(new.destination).databaseValue
        var isReady = true
        for lane in new.lanes where isReady {
            isReady = try laneIsTaken.firstInteger([destination, lane.rawValue.databaseValue]) == 0
        }
        let id = lastDelivery + 1
        try insertDelivery.run([
            id.databaseValue, seq.databaseValue, eventID, destination, isReady.databaseValue,
            event.receivedAt.milliseconds.databaseValue, new.format.rawValue.databaseValue,
            rules.text(new.rules).databaseValue,
        ])
        guard changes.changesCount > 0 else { return nil }
        lastDelivery = id
        for lane in new.lanes {
            try insertLane.run([destination, lane.rawValue.databaseValue, id.databaseValue])
        }
        guard isReady else { return .some(nil) }
        return Delivery(
            id: DeliveryID(id), event: event, destination: new.destination, rules: new.rules, format: new.format,
            notBefore: event.receivedAt)
    }
}

extension DatabaseValue {
    /// The id's 16 bytes.
    init(_ id: EventID) {
        self.init(id.bytes)
    }

    /// For `CAST(? AS TEXT)`: a text with U+0000 as its bytes.
    init(text: String?) {
        guard let text else {
            self = .null
            return
        }
        self = text.utf8.contains(0) ? DatabaseValue(Array(text.utf8)) : text.databaseValue
    }

    init(_ bytes: [UInt8]) {
        self = Data(bytes).databaseValue
    }

    init(_ bytes: [UInt8]?) {
        self = bytes.map { DatabaseValue($0) } ?? .null
    }
}
