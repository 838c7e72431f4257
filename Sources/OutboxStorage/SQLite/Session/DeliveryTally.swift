import GRDB
import RelayModel

/// How many deliveries there are, kept up to date by every transaction of this process.
///
/// What others do to the file meanwhile it does not see: good enough for an estimate of sizes.
struct DeliveryTally {
    var total = 0
    /// Those that no pruning before its time removes: all but the delivered ones.
    var kept = 0

    /// Counts them, by an index alone.
    init(_ database: Database) throws {
        let rows = try Row.fetchCursor(try database.cachedStatement(sql: Queries.counts))
        while let row = try rows.next() {
            let count: Int = try row.decode(atIndex: 2)
            total += count
            if try row.state(1) != .delivered { kept += count }
        }
    }
}
