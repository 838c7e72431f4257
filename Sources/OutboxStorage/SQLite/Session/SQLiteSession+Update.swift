import GRDB
import RelayModel

extension SQLiteSession {
    /// Writes what an attempt changed; returns the numbers of deliveries that waited only for this one's end.
    func apply(_ update: DeliveryUpdate, changes database: Database) throws -> [Int64] {
        let id = update.id.number
        let attempt = update.attempt
        let endedAt = (attempt.startedAt + attempt.duration).milliseconds
        if update.state == .pending {
            waits(from: Timestamp(milliseconds: endedAt))
            try postpone.run { values in
                values.add(update.attempts)
                values.add(attempt.number)
                values.add(update.notBefore.milliseconds)
                values.add(update.failedByOutage)
                values.add(endedAt)
                values.add(id)
            }
        } else {
            try end.run { values in
                values.add(update.state.rawValue)
                values.add(update.attempts)
                values.add(attempt.number)
                values.add(endedAt)
                values.add(endedAt)
                values.add(id)
            }
        }
        let wasPending = database.changesCount > 0
        if !wasPending {
            try recordLateAttempt.run { values in
                values.add(attempt.number)
                values.add(endedAt)
                values.add(id)
            }
            // The delivery is gone (pruned, or taken out by hand), and its attempts with it.
            guard database.changesCount > 0 else { return [] }
        }
        try record(attempt, of: id)
        guard wasPending, update.state != .pending else { return [] }
        guard let destination = try destinationOfDelivery.firstInteger({ $0.add(id) }) else { return [] }
        tally.moved(of: destination, from: .pending, to: update.state)
        return try unblockSuccessors(of: id, destination: destination, changes: database)
    }

    private func record(_ attempt: AttemptRecord, of id: Int64) throws {
        try insertAttempt.run { values in
            values.add(id)
            values.add(attempt.number)
            values.add(attempt.startedAt.milliseconds)
            values.add(attempt.duration.wholeMilliseconds)
            values.add(attempt.status.map(Int64.init))
            values.add(attempt.error)
            values.add(attempt.answer)
            values.add(attempt.signedAt)
        }
    }

    /// Takes an ended delivery out of its lanes; returns the numbers of those that waited only for its end.
    func unblockSuccessors(of id: Int64, destination: Int64, changes database: Database) throws -> [Int64] {
        let left = try lanes.integers { $0.add(id) }
        for lane in left {
            try leaveLane.run { values in
                values.add(destination)
                values.add(lane)
                values.add(id)
            }
        }
        var unblocked: [Int64] = []
        for lane in left {
            guard let next = try first(in: lane, of: destination) else { continue }
            try unblock.run { $0.add(next) }
            if database.changesCount > 0 { unblocked.append(next) }
        }
        return unblocked
    }

    /// Writes what is to be remembered of a destination.
    func update(_ name: String, _ standing: DestinationStanding) throws {
        let number = try destination(name)
        try updateStanding.run { values in
            values.add(standing.stop?.rawValue)
            values.add(standing.reason)
            values.add(standing.since?.milliseconds)
            values.add(standing.failingSince?.milliseconds)
            values.add(standing.downSince?.milliseconds)
            let failures = standing.recentFailures.map { String($0.milliseconds) }
            values.add(failures.isEmpty ? nil : failures.joined(separator: ","))
            values.add(number)
        }
    }
}
