import GRDB
package import RelayModel

/// The ledger of payments.
extension SQLiteOutboxReader {
    package func payments(
        _ filter: LedgerFilter, order: ListingOrder, cursor: PaymentID?, limit: Int
    ) throws(OutboxError) -> LedgerPage {
        try read { database in
            guard let range = try numbers(filter, order: order, after: cursor?.number, database) else {
                return LedgerPage(payments: [], cursor: nil)
            }
            let sql = Queries.entries(ofFeed: filter.feed != nil, inState: filter.state != nil, order: order)
            let limit = max(1, limit)
            let rows = try database.cachedStatement(sql: sql).rows { values in
                if let feed = filter.feed { values.add(feed) }
                if let state = filter.state { values.add(state.rawValue) }
                values.add(range.lowerBound)
                values.add(range.upperBound)
                values.add(filter.since?.milliseconds ?? .min)
                values.add(filter.until?.milliseconds ?? .max)
                // One more tells whether there is another page.
                values.add(limit < .max ? limit + 1 : limit)
            }
            var payments: [LedgerEntry] = []
            while let row = try rows.next() {
                guard payments.count < limit else { return LedgerPage(payments: payments, cursor: payments.last?.id) }
                payments.append(try LedgerEntry(row))
            }
            return LedgerPage(payments: payments, cursor: nil)
        }
    }

    package func payment(_ id: PaymentID) throws(OutboxError) -> LedgerEntry? {
        try read { database in
            try database.cachedStatement(sql: Queries.entry).firstRow({ $0.add(id.number) }, { try LedgerEntry($0) })
        }
    }

    package func ledgerCounts() throws(OutboxError) -> [LedgerEntry.State: Int] {
        try read { database in
            var counts: [LedgerEntry.State: Int] = [:]
            let rows = try Row.fetchCursor(try database.cachedStatement(sql: Queries.entryCounts))
            while let row = try rows.next() { counts[try row.ledgerState(0)] = try row.decode(atIndex: 1) }
            return counts
        }
    }

    /// The numbers among which the page can be; nil where there are none.
    ///
    /// Numbers go with time as long as the clock is not set back: so of a time that is asked for little else is looked at.
    private func numbers(
        _ filter: LedgerFilter, order: ListingOrder, after cursor: Int64?, _ database: Database
    ) throws -> ClosedRange<Int64>? {
        var (low, high) = (Int64.min, Int64.max)
        if filter.since != nil || filter.until != nil {
            let ends = try database.cachedStatement(sql: Queries.entriesOfTime).firstRow(
                { values in
                    values.add(filter.since?.milliseconds ?? .min)
                    values.add(filter.until?.milliseconds ?? .max)
                }, { row in (row[0] as Int64?, row[1] as Int64?) })
            guard case (let first?, let last?)? = ends else { return nil }
            (low, high) = (first, last)
        }
        if let cursor {
            switch order {
            case .newestFirst:
                guard cursor > low else { return nil }
                high = min(high, cursor - 1)
            case .oldestFirst:
                guard cursor < high else { return nil }
                low = max(low, cursor + 1)
            }
        }
        return low <= high ? low...high : nil
    }
}
