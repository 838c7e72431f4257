import GRDB
import RelayModel

extension SQLiteSession {
    /// Writes what a batch says of payments, waits, feeds and own events.
    func remember(_ batch: OutboxBatch, _ database: Database) throws {
        for payment in batch.payments {
            try insertPayment.run { values in
                values.add(payment.key.bytes)
                values.add(payment.receivedAt.milliseconds)
                values.add(payment.data)
            }
        }
        for id in batch.endedWaits { try deleteWait.run { $0.add(id) } }
        for wait in batch.waits { try begin(wait) }
        if !batch.waits.isEmpty { try saveLastWait() }
        try remember(feeds: batch, database)
        if let number = batch.ownEvents {
            lastOwnEvent = number
            try saveLastOwnEvent()
        }
    }

    private func begin(_ wait: JoinWait) throws {
        lastWait += 1
        let id = lastWait
        try insertWait.run { values in
            values.add(id)
            values.add(wait.key.bytes)
            values.add(wait.feed)
            values.add(wait.receivedAt.milliseconds)
            values.add(wait.wallTime.milliseconds)
            values.add(wait.endsAt.milliseconds)
            values.add(wait.data)
        }
    }

    private func remember(feeds batch: OutboxBatch, _ database: Database) throws {
        if !batch.forgottenFeeds.isEmpty {
            let delete = try database.cachedStatement(sql: Queries.deleteFeed)
            for name in batch.forgottenFeeds { try delete.run { $0.add(name) } }
        }
        if !batch.feedsSeen.isEmpty {
            let update = try database.cachedStatement(sql: Queries.updateFeed)
            for (name, moment) in batch.feedsSeen {
                try update.run { values in
                    values.add(name)
                    values.add(moment.milliseconds)
                }
            }
        }
    }

    func memory(_ database: Database) throws -> OutboxMemory {
        var memory = OutboxMemory(ownEvents: lastOwnEvent, nextWaitEnd: try firstWaitEnd())
        let rows = try Row.fetchCursor(try database.cachedStatement(sql: Queries.feeds))
        while let row = try rows.next() { memory.feedsSeen[try row.decode(atIndex: 0)] = try row.timestamp(1) }
        return memory
    }

    func firstWaitEnd() throws -> Timestamp? {
        try nextWaitEnd.firstInteger { _ in }.map(Timestamp.init(milliseconds:))
    }

    func waits(for key: PaymentKey, limit: Int, byteLimit: Int) throws -> [JoinWait] {
        let rows = try waits.rows { values in
            values.add(key.bytes)
            values.add(limit)
        }
        return try Self.waits(rows, byteLimit: byteLimit)
    }

    func endedWaits(now: Timestamp, limit: Int, byteLimit: Int) throws -> [JoinWait] {
        let rows = try endedWaits.rows { values in
            values.add(now.milliseconds)
            values.add(limit)
        }
        return try Self.waits(rows, byteLimit: byteLimit)
    }

    private static func waits(_ rows: RowCursor, byteLimit: Int) throws -> [JoinWait] {
        var waits: [JoinWait] = []
        var bytes = 0
        while bytes < byteLimit, let row = try rows.next() {
            guard let key = PaymentKey(bytes: try row.bytes(1)) else { throw OutboxDamage.paymentKey }
            let wait = JoinWait(
                id: try row.decode(atIndex: 0), key: key, feed: try row.decode(atIndex: 2),
                receivedAt: try row.timestamp(3), wallTime: try row.timestamp(4), endsAt: try row.timestamp(5),
                data: try row.bytes(6))
            bytes += wait.data.count
            waits.append(wait)
        }
        return waits
    }
}

extension Statement {
    /// `Queries.payment`: the payment remembered last under the key, if it was received at `since` or later.
    func payment(_ key: PaymentKey, since: Timestamp) throws -> [UInt8]? {
        try firstRow({ $0.add(key.bytes) }) { row in
            try row.timestamp(0) >= since ? try row.bytes(1) : nil
        } ?? nil
    }
}
