import GRDB
import RelayModel

extension SQLiteSession {
    /// Takes back what pending deliveries and waits got from a clock that was ahead; within a transaction.
    ///
    /// `latest` says whether any delivery can be concerned, however many wait. What is not ready was never attempted, and is due
    /// when its event was received: `period` says where such events are.
    func began(at now: Timestamp, _ database: Database) throws {
        try database.cachedStatement(sql: Queries.cutWaits).run { values in
            values.add((now + JoinWait.limit).milliseconds)
            values.add((now + JoinWait.limit).milliseconds)
        }
        guard latest == nil || latest.map({ $0 > now.milliseconds }) ?? false else { return }
        let ready = try database.cachedStatement(sql: Queries.pullReady)
        for destination in destinations.values {
            try ready.run { values in
                values.add(now.milliseconds)
                values.add(now.milliseconds)
                values.add(now.milliseconds)
                values.add(destination)
                values.add(now.milliseconds)
                values.add(now.milliseconds)
            }
        }
        let queued = try database.cachedStatement(sql: Queries.pullQueued)
        for block in try database.cachedStatement(sql: Queries.blocksAfter).integers({ $0.add(now.milliseconds) }) {
            try queued.run { values in
                values.add(now.milliseconds)
                values.add(block << Migrations.blockBits)
                values.add((block + 1) << Migrations.blockBits - 1)
                values.add(now.milliseconds)
            }
        }
        latest = now.milliseconds
        isLatestNew = true
    }

    /// A delivery waits from this moment on.
    func waits(from moment: Timestamp) {
        guard moment.milliseconds > latest ?? .min else { return }
        latest = moment.milliseconds
        isLatestNew = true
    }

    /// Writes the latest moment where it is a new one.
    func saveLatest(_ database: Database) throws {
        guard isLatestNew, let latest else { return }
        try database.cachedStatement(sql: Queries.setCounter).run { values in
            values.add(Self.latestCounter)
            values.add(latest)
        }
        isLatestNew = false
    }
}
