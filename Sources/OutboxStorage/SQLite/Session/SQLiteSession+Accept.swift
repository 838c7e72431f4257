import GRDB
import RelayModel

extension SQLiteSession {
    /// Writes an event and those of its deliveries whose destination does not have it yet; returns the destinations that do.
    func accept(
        _ accepted: AcceptedEvent, changes database: Database, to commit: inout OutboxCommit
    ) throws -> Set<String> {
        let event = accepted.event
        let id = event.id.bytes
        let seq = lastEvent + 1
        try insertEvent.run { values in
            values.add(seq)
            values.add(id)
            values.add(event.feed)
            values.addFeedText(event.type)
            values.add(event.timestamp.milliseconds)
            values.add(event.receivedAt.milliseconds)
            values.addFeedText(event.sender)
            values.addFeedText(event.recipient)
            values.addFeedText(event.amount)
            values.add(event.payment)
            values.add(event.data)
        }
        let before = commit.added
        var repeats: Set<String> = []
        for new in accepted.deliveries {
            let isNew = try add(new, of: accepted, id: id, seq: seq, changes: database, to: &commit)
            if !isNew { repeats.insert(new.destination) }
        }
        if commit.added > before { lastEvent = seq } else { try deleteEvent.run { $0.add(seq) } }
        return repeats
    }

    /// False where the destination has the event already.
    private func add(
        _ new: NewDelivery, of accepted: AcceptedEvent, id eventID: [UInt8], seq: Int64, changes database: Database,
        to commit: inout OutboxCommit
    ) throws -> Bool {
        let event = accepted.event
        let destination = try destination(new.destination)
        let isReady = try new.lanes.allSatisfy { try first(in: $0.rawValue, of: destination) == nil }
        let id = lastDelivery + 1
        try insertDelivery.run { values in
            values.add(id)
            values.add(seq)
            values.add(eventID)
            values.add(destination)
            values.add(isReady)
            values.add(event.receivedAt.milliseconds)
            values.add(new.format.rawValue)
            values.add(rules.text(new.rules))
            values.add(accepted.marks.rawValue)
        }
        guard database.changesCount > 0 else { return false }
        lastDelivery = id
        commit.added += 1
        waits(from: event.receivedAt)
        received(id, at: event.receivedAt.milliseconds)
        tally.moved(of: destination, from: nil, to: .pending)
        for lane in new.lanes {
            try insertLane.run { values in
                values.add(destination)
                values.add(lane.rawValue)
                values.add(id)
            }
        }
        guard isReady else { return true }
        commit.ready.append(
            Delivery(
                id: DeliveryID(id), event: event, destination: new.destination, rules: new.rules, format: new.format,
                notBefore: event.receivedAt))
        return true
    }

    /// The oldest pending delivery of a lane.
    func first(in lane: Int64, of destination: Int64) throws -> Int64? {
        try firstInLane.firstInteger { values in
            values.add(destination)
            values.add(lane)
        }
    }

    private func received(_ delivery: Int64, at moment: Int64) {
        let block = delivery >> Migrations.blockBits
        let known = periods[block] ?? moment...moment
        periods[block] = min(known.lowerBound, moment)...max(known.upperBound, moment)
    }
}
