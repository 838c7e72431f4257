/// Payments that are remembered, events that wait for theirs, feeds.
extension Queries {
    static let insertPayment = "INSERT INTO payment (key, received_at, data) VALUES (?, ?, ?)"

    /// The last of its key.
    static let payment = "SELECT received_at, data FROM payment WHERE key = ? ORDER BY seq DESC LIMIT 1"

    static let insertWait = """
        INSERT INTO wait (id, key, feed, received_at, wall_time, ends_at, data) VALUES (?, ?, ?, ?, ?, ?, ?)
        """

    static let deleteWait = "DELETE FROM wait WHERE id = ?"

    static let waits = """
        SELECT id, key, feed, received_at, wall_time, ends_at, data FROM wait WHERE key = ? ORDER BY id LIMIT ?
        """

    /// Only so many as are wanted are sorted.
    static let endedWaits = """
        SELECT id, key, feed, received_at, wall_time, ends_at, data FROM wait
        WHERE id IN (SELECT id FROM wait WHERE ends_at <= ? ORDER BY ends_at, id LIMIT ?)
        ORDER BY id
        """

    static let nextWaitEnd = "SELECT ends_at FROM wait ORDER BY ends_at LIMIT 1"

    static let feeds = "SELECT name, seen_at FROM feed"

    static let updateFeed = """
        INSERT INTO feed (name, seen_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
        """

    static let deleteFeed = "DELETE FROM feed WHERE name = ?"
}
