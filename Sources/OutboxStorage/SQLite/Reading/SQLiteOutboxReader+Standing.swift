import GRDB
package import RelayModel

/// How the outbox stands, for who looks at it while its relay is down.
extension SQLiteOutboxReader {
    /// What is remembered of each destination; one of which nothing is is left out.
    package func standings() throws(OutboxError) -> [String: DestinationStanding] {
        try look { try SQLiteSession.standings($0) }
    }

    /// Bytes in use, free pages not counted.
    package func size() throws(OutboxError) -> Int64 {
        try look { database in
            func number(_ pragma: String) throws -> Int64 {
                try Int64.fetchOne(database, sql: "PRAGMA \(pragma)") ?? 0
            }
            return try (number("page_count") - number("freelist_count")) * number("page_size")
        }
    }

    private func look<Result>(_ work: (Database) throws -> Result) throws(OutboxError) -> Result {
        do {
            return try connection.inDatabase(work)
        } catch {
            throw OutboxError(reading: error, path: connection.path)
        }
    }
}
