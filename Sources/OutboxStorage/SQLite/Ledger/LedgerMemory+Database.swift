import GRDB
import RelayModel

extension LedgerMemory {
    /// What the ledger remembers at `now`; within a transaction.
    ///
    /// Amounts are added here and not by SQLite, whose sums are of 63 bits or of floating point.
    init(_ database: Database, now: Timestamp) throws {
        self.init()
        try readSpends(database, after: now - Self.window)
        try readPrices(database)
        let rows = try Row.fetchCursor(try database.cachedStatement(sql: Queries.openEntries))
        while let row = try rows.next() { open.append(try LedgerEntry(row)) }
        let streams = try Row.fetchCursor(try database.cachedStatement(sql: Queries.streams))
        while let row = try streams.next() { standings.append(try StreamStanding(row)) }
        lastID = PaymentID(try Int64.fetchOne(try database.cachedStatement(sql: Queries.lastEntry)) ?? 0)
    }

    private mutating func readSpends(_ database: Database, after moment: Timestamp) throws {
        let rows = try Row.fetchCursor(try database.cachedStatement(sql: Queries.spends))
        while let row = try rows.next() {
            let (at, units) = (try row.timestamp(1), try row.units(2))
            if at > moment {
                recent.append(Spend(id: PaymentID(try row.decode(atIndex: 0)), at: at, units: units))
            } else {
                before = before + units
            }
        }
        // The index has those of one moment by their state.
        recent.sort { ($0.at, $0.id) < ($1.at, $1.id) }
    }

    /// From one stream that was ever paid to the next: as many steps as there are streams.
    private mutating func readPrices(_ database: Database) throws {
        let next = try database.cachedStatement(sql: Queries.nextPaidStream)
        let lastPrice = try database.cachedStatement(sql: Queries.lastPrice)
        let firstRecipient = try database.cachedStatement(sql: Queries.firstRecipient)
        var last = (feed: "", resource: StreamResource(origin: "", version: "", stream: ""))
        while let (feed, resource) = try next.firstRow(
            { values in
                values.add(last.feed)
                values.add(last.resource)
            }, { row in (try row.decode(String.self, atIndex: 0), try StreamResource(row, from: 1)) })
        {
            last = (feed, resource)
            let price = try lastPrice.firstRow(
                { values in
                    values.add(feed)
                    values.add(resource)
                },
                { row in
                    Price(feed: feed, resource: resource, asset: try row.decode(atIndex: 0), units: try row.units(1))
                })
            if let price { prices.append(price) }
            guard firstRecipients[feed] == nil else { continue }
            firstRecipients[feed] = try firstRecipient.firstRow({ $0.add(feed) }) { try $0.decode(atIndex: 0) }
        }
    }
}
