/// Removing what need not be kept.
extension Queries {
    /// What ended first of a state, before a moment.
    static let ended = "SELECT id FROM delivery WHERE state = ? AND ended_at < ? ORDER BY ended_at LIMIT ?"

    static let firstEnd = """
        SELECT ended_at FROM delivery WHERE state = ? AND ended_at IS NOT NULL ORDER BY ended_at LIMIT 1
        """

    static let eventNumber = "SELECT event, destination FROM delivery WHERE id = ?"

    /// Never one that waits.
    static let deleteDelivery = "DELETE FROM delivery WHERE id = ? AND state <> 'pending'"

    static let deleteUnusedEvent = """
        DELETE FROM event WHERE seq = ? AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.event = event.seq)
        """

    static let paymentRange = "SELECT (SELECT min(seq) FROM payment), (SELECT max(seq) FROM payment)"

    static let oldestPayments = "SELECT seq, received_at FROM payment ORDER BY seq LIMIT ?"

    static let paymentReceipt = "SELECT received_at FROM payment WHERE seq = ?"

    /// The oldest ones, down to a number that goes, too.
    static let deletePayments = "DELETE FROM payment WHERE seq <= ?"

    /// About how many bytes a remembered payment has.
    static let paymentSize = """
        SELECT CAST(coalesce(avg(length(data)), 0) AS INTEGER)
        FROM (SELECT data FROM payment ORDER BY seq DESC LIMIT 64)
        """

    static let firstDelivery = "SELECT min(id) FROM delivery"

    static let deletePeriods = """
        DELETE FROM period WHERE block IN (SELECT block FROM period WHERE block < ? ORDER BY block LIMIT ?)
        """

    static let updatePeriod = """
        INSERT INTO period (block, earliest, latest) VALUES (?, ?, ?)
        ON CONFLICT (block) DO UPDATE
        SET earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)
        """

}
