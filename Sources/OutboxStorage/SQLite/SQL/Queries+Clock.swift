/// Taking back what was written while the clock was ahead.
extension Queries {
    static let cutWaits = "UPDATE wait SET ends_at = ? WHERE ends_at > ?"

    /// As long as it had to wait after its last attempt, from now on.
    static let pullReady = """
        UPDATE delivery
        SET not_before = iif(attempted_at IS NULL, ?, ? + (not_before - attempted_at)),
            attempted_at = iif(attempted_at IS NULL, NULL, ?)
        WHERE destination = ? AND ready = 1 AND not_before > ? AND (attempted_at IS NULL OR attempted_at > ?)
        """

    static let blocksAfter = "SELECT block FROM period WHERE latest > ?"

    static let pullQueued = """
        UPDATE delivery SET not_before = ?
        WHERE id BETWEEN ? AND ? AND state = 'pending' AND ready = 0 AND not_before > ?
        """

    static let setCounter = """
        INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """
}
