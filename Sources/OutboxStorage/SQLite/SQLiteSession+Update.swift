import GRDB
import RelayModel

extension SQLiteSession {
    /// Writes what an attempt changed; returns the numbers of deliveries that waited only for this one's end.
    func apply(_ update: DeliveryUpdate, changes database: Database) throws -> [Int64] {
        let id = update.id.number.databaseValue
        let attempt = update.attempt
        let number = attempt.number.databaseValue
        let endedAt = (attempt.startedAt + attempt.duration).milliseconds.databaseValue
        let attempts = update.attempts.databaseValue
        if update.state == .pending {
            try postpone.run([
                attempts, number, update.notBefore.milliseconds.databaseValue, update.failedByOutage.databaseValue,
                endedAt, id,
            ])
        } else {
            try end.run([update.state.rawValue.databaseValue, attempts, number, endedAt, endedAt, id])
        }
        let wasPending = database.changesCount > 0
        if !wasPending {
            try recordLateAttempt.run([number, endedAt, id])
            // The delivery is gone (pruned, or taken out by hand), and its attempts with it.
            guard database.changesCount > 0 else { return [] }
        }
        try insertAttempt.run([
            id, number, attempt.startedAt.milliseconds.databaseValue,
            attempt.duration.wholeMilliseconds.databaseValue, attempt.status.databaseValue,
            attempt.error.databaseValue, DatabaseValue(attempt.answer),
        ])
        return wasPending && update.state != .pending ? try unblockSuccessors(of: id, changes: database) : []
    }

    private func unblockSuccessors(of id: DatabaseValue, changes database: Database) throws -> [Int64] {
        let left = try leaveLanes.rows([id]).map { row in (row[0] as DatabaseValue, row[1] as DatabaseValue) }
        var unblocked: [Int64] = []
        for (destination, lane) in try Array(left) {
            guard let next = try firstInLane.firstInteger([destination, lane]) else { continue }
            try unblock.run([next.databaseValue])
            if database.changesCount > 0 { unblocked.append(next) }
        }
        return unblocked
    }

    /// Writes what is to be remembered of a destination.
    func update(_ name: String, _ standing: DestinationStanding) throws {
        try updateStanding.run([
            (standing.stop?.rawValue).databaseValue, standing.reason.databaseValue,
            (standing.since?.milliseconds).databaseValue, (standing.failingSince?.milliseconds).databaseValue,
            try destination(name).databaseValue,
        ])
    }
}
