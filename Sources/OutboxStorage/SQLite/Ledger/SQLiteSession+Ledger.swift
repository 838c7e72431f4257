import GRDB
import RelayModel

extension SQLiteSession {
    /// Writes entries and standings; within a transaction.
    func keep(_ change: LedgerChange, _ database: Database) throws {
        let keepEntry = try database.cachedStatement(sql: Queries.keepEntry)
        for entry in change.entries { try keepEntry.run { $0.add(entry) } }
        let keepStream = try database.cachedStatement(sql: Queries.keepStream)
        for standing in change.standings { try keepStream.run { $0.add(standing) } }
    }

    /// About how many bytes the ledger takes: each entry as many as the newest.
    func ledgerSize(_ database: Database) throws -> Int64 {
        let range = try database.cachedStatement(sql: Queries.entryRange).firstRow({ _ in }) { row in
            (row[0] as Int64?, row[1] as Int64?)
        }
        guard case (let first?, let last?)? = range else { return 0 }
        let size = try database.cachedStatement(sql: Queries.entrySize).firstInteger { _ in } ?? 0
        return (last - first + 1) * (size + Self.entryOverhead)
    }

    /// Bytes of an entry's rows beside its texts: numbers and their indexes, half-filled pages.
    private static let entryOverhead: Int64 = 200
}

extension StatementValues {
    /// As `Queries.keepEntry` has them.
    fileprivate mutating func add(_ entry: LedgerEntry) {
        add(entry.id.number)
        add(entry.feed)
        add(entry.resource)
        add(entry.purpose.rawValue)
        add(entry.signedAt.milliseconds)
        add(entry.network)
        add(entry.asset)
        add(Int64(entry.decimals))
        add(String(entry.amount))
        add(entry.recipient)
        add(entry.payer)
        add(entry.sourceAccount)
        addFeedText(entry.memo)
        add(entry.blockhash)
        add(entry.lastValidBlockHeight.map { String($0) })
        add(entry.clientSignature)
        addFeedText(entry.renewedToken?.revealed)
        add(entry.payload)
        add(entry.requirements)
        add(entry.state.rawValue)
        add(entry.served.map { $0 ? 1 : 0 as Int64 })
        addFeedText(entry.reason)
        add(entry.sends)
        add(entry.sentAt?.milliseconds)
        add(entry.endedAt?.milliseconds)
        addFeedText(entry.transaction)
    }

    /// As `Queries.keepStream` has them.
    fileprivate mutating func add(_ standing: StreamStanding) {
        add(standing.feed)
        add(standing.resource)
        addFeedText(standing.token?.revealed)
        add(standing.sliceSeconds.map(Int64.init))
        add(standing.paidUntil?.milliseconds)
        add(standing.unservedInRow)
    }

    /// Origin, version and stream.
    mutating func add(_ resource: StreamResource) {
        add(resource.origin)
        add(resource.version)
        addFeedText(resource.stream)
    }
}
