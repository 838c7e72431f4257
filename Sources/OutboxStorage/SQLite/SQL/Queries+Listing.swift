/// Looking for deliveries in the order of acceptance, and counting them.
///
/// What an operator asks for is found by walking one range of an index for each destination and state that is asked for, from
/// one bound of numbers to the other.
extension Queries {
    static let deliveriesUp = "SELECT id FROM delivery WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"

    static let deliveriesDown = "SELECT id FROM delivery WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?"

    static let deliveriesOfStateUp = """
        SELECT id FROM delivery WHERE destination = ? AND state = ? AND id BETWEEN ? AND ? ORDER BY id LIMIT ?
        """

    static let deliveriesOfStateDown = """
        SELECT id FROM delivery WHERE destination = ? AND state = ? AND id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?
        """

    /// At most one for each destination.
    static let deliveriesOfEvent = "SELECT id FROM delivery WHERE event_id = ?"

    /// Blocks of deliveries of which some may have been received in a time.
    static let periodsUp = """
        SELECT block FROM period WHERE block BETWEEN ? AND ? AND latest >= ? AND earliest < ? ORDER BY block
        """

    static let periodsDown = """
        SELECT block FROM period WHERE block BETWEEN ? AND ? AND latest >= ? AND earliest < ? ORDER BY block DESC
        """

    static let numberRange = "SELECT (SELECT min(id) FROM delivery), (SELECT max(id) FROM delivery)"

    static let candidate = "SELECT destination, state, rules, event, event_id FROM delivery WHERE id = ?"

    static let receivedAt = "SELECT received_at FROM event WHERE seq = ?"

    /// Without the event's bytes.
    static let summary = """
        SELECT delivery.id, event_id, CAST(type AS BLOB), feed, destination.name, rules, format, state, attempts, received_at,
            not_before, ended_at,
            (SELECT error FROM attempt WHERE attempt.delivery = delivery.id ORDER BY number DESC LIMIT 1)
        FROM delivery
        JOIN event ON event.seq = delivery.event
        JOIN destination ON destination.id = delivery.destination
        WHERE delivery.id = ?
        """

    static let eventOfDelivery = """
        SELECT event.id, feed, CAST(type AS BLOB), timestamp, received_at, CAST(sender AS BLOB), CAST(recipient AS BLOB),
            CAST(amount AS BLOB), payment, data
        FROM event WHERE seq = (SELECT event FROM delivery WHERE id = ?)
        """

    static let attempts = """
        SELECT number, started_at, duration_ms, status, error, answer FROM attempt WHERE delivery = ? ORDER BY number
        """

    static let counts = "SELECT destination, state, count(*) FROM delivery GROUP BY destination, state"

    static let oldestPending = """
        SELECT received_at FROM event WHERE seq = (
            SELECT event FROM delivery WHERE destination = ? AND state = 'pending' ORDER BY id LIMIT 1
        )
        """
}
