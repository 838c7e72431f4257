import RelayModel

/// Payments that were signed, and what is remembered of paid feeds.
extension Queries {
    // MARK: Writing

    /// Texts that come from a server may hold U+0000, like those of events (`insertEvent`).
    static let keepEntry = """
        INSERT OR REPLACE INTO ledger (
            id, feed, origin, version, stream, purpose, signed_at, network, asset, decimals, amount, recipient, payer,
            source_account, memo, blockhash, last_valid_block_height, client_signature, renewed_token, payload,
            requirements, state, served, reason, sends, sent_at, ended_at, transaction_id
        ) VALUES (
            ?, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?, ?,
            ?, CAST(? AS TEXT), ?, ?, ?, CAST(? AS TEXT), ?,
            ?, ?, ?, CAST(? AS TEXT), ?, ?, ?, CAST(? AS TEXT)
        )
        """

    static let keepStream = """
        INSERT OR REPLACE INTO stream (
            feed, origin, version, stream, token, slice_seconds, paid_until, unserved_in_row
        ) VALUES (?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?)
        """

    // MARK: Remembering

    /// All that counts as spent, by an index alone: a million of them are read in about a second, of 800 MiB of rows.
    static let spends = """
        SELECT id, signed_at, decimals, amount FROM ledger INDEXED BY ledger_time
        WHERE state <> 'expired' ORDER BY signed_at
        """

    static let openEntries = """
        SELECT \(entryColumns) FROM ledger WHERE state <> 'settled' AND state <> 'expired' ORDER BY id
        """

    /// The stream after this one, of all that were ever paid.
    static let nextPaidStream = """
        SELECT feed, origin, version, CAST(stream AS BLOB) FROM ledger
        WHERE (feed, origin, version, stream) > (?, ?, ?, CAST(? AS TEXT))
        ORDER BY feed, origin, version, stream LIMIT 1
        """

    static let lastPrice = """
        SELECT asset, decimals, amount FROM ledger
        WHERE feed = ? AND origin = ? AND version = ? AND stream = CAST(? AS TEXT) AND +state <> 'expired'
        ORDER BY id DESC LIMIT 1
        """

    static let firstRecipient = """
        SELECT recipient FROM ledger WHERE feed = ? AND +state <> 'expired' ORDER BY id LIMIT 1
        """

    static let streams = """
        SELECT feed, origin, version, CAST(stream AS BLOB), CAST(token AS BLOB), slice_seconds, paid_until, unserved_in_row
        FROM stream ORDER BY feed
        """

    static let lastEntry = "SELECT max(id) FROM ledger"

    // MARK: Listing

    /// As `LedgerEntry.init(_: Row)` reads them.
    private static let entryColumns = """
        id, feed, origin, version, CAST(stream AS BLOB), purpose, signed_at, network, asset, decimals, amount, recipient,
            payer, source_account, CAST(memo AS BLOB), blockhash, last_valid_block_height, client_signature,
            CAST(renewed_token AS BLOB), payload, requirements, state, served, CAST(reason AS BLOB), sends, sent_at,
            ended_at, CAST(transaction_id AS BLOB)
        """

    static let entry = "SELECT \(entryColumns) FROM ledger WHERE id = ?"

    /// Its values: the feed and the state where they are asked for, the ends of the numbers and of the time, the limit.
    ///
    /// The `+` keeps SQLite from walking the time, which would have to be sorted.
    static func entries(ofFeed: Bool, inState: Bool, order: ListingOrder) -> String {
        """
        SELECT \(entryColumns) FROM ledger
        WHERE \(ofFeed ? "feed = ? AND " : "")\(inState ? "state = ? AND " : "")id BETWEEN ? AND ?
            AND +signed_at >= ? AND +signed_at < ?
        ORDER BY id\(order == .newestFirst ? " DESC" : "") LIMIT ?
        """
    }

    /// Among which numbers those of a time are.
    static let entriesOfTime = "SELECT min(id), max(id) FROM ledger WHERE signed_at >= ? AND signed_at < ?"

    static let entryCounts = "SELECT state, count(*) FROM ledger GROUP BY state"

    // MARK: Size

    static let entryRange = "SELECT (SELECT min(id) FROM ledger), (SELECT max(id) FROM ledger)"

    /// About how many bytes an entry has.
    static let entrySize = """
        SELECT CAST(coalesce(avg(
            3 * length(feed) + 2 * length(origin) + length(version) + 2 * length(stream) + length(network) + length(asset)
                + length(recipient) + length(payer) + length(source_account) + length(memo) + length(blockhash)
                + length(client_signature) + coalesce(length(renewed_token), 0) + length(payload) + length(requirements)
                + coalesce(length(reason), 0) + coalesce(length(transaction_id), 0)
        ), 0) AS INTEGER) FROM (SELECT * FROM ledger ORDER BY id DESC LIMIT 64)
        """
}
