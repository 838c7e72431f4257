/// Every statement that runs while the relay runs.
///
/// Placeholders are plain `?`: GRDB looks up numbered ones by name.
enum Queries {
    // MARK: Accepting

    static let counters = "SELECT name, value FROM counter"

    static let updateCounter = "UPDATE counter SET value = ? WHERE name = ?"

    /// Texts of a feed may hold U+0000, at which a bound text ends: those are bound as bytes, and read as bytes.
    static let insertEvent = """
        INSERT INTO event (seq, id, feed, type, timestamp, received_at, sender, recipient, amount, payment, data)
        VALUES (?, ?, ?, CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), ?, ?)
        """

    static let deleteEvent = "DELETE FROM event WHERE seq = ?"

    static let insertDelivery = """
        INSERT INTO delivery (
            id, event, event_id, destination, state, ready, not_before, attempts, recorded_attempts, failed_by_outage,
            format, rules, marks
        ) VALUES (?, ?, ?, ?, 'pending', ?, ?, 0, 0, 0, ?, ?, ?)
        ON CONFLICT (event_id, destination) DO NOTHING
        """

    static let insertLane = "INSERT INTO lane (destination, lane, delivery) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

    // MARK: Updating

    static let postpone = """
        UPDATE delivery
        SET attempts = ?, recorded_attempts = ?, not_before = ?, failed_by_outage = ?, attempted_at = ?
        WHERE id = ? AND state = 'pending'
        """

    static let end = """
        UPDATE delivery
        SET state = ?, ready = 0, attempts = ?, recorded_attempts = ?, failed_by_outage = 0, attempted_at = ?, ended_at = ?
        WHERE id = ? AND state = 'pending'
        """

    static let recordLateAttempt = """
        UPDATE delivery SET recorded_attempts = max(recorded_attempts, ?), attempted_at = max(coalesce(attempted_at, 0), ?)
        WHERE id = ?
        """

    static let insertAttempt = """
        INSERT INTO attempt (delivery, number, started_at, duration_ms, status, error, answer, signed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """

    static let destinationOfDelivery = "SELECT destination FROM delivery WHERE id = ?"

    static let lanes = "SELECT lane FROM lane WHERE delivery = ?"

    /// By the whole key: SQLite gathers the rows in a table of its own before it deletes by part of one.
    static let leaveLane = "DELETE FROM lane WHERE destination = ? AND lane = ? AND delivery = ?"

    static let firstInLane = "SELECT delivery FROM lane WHERE destination = ? AND lane = ? ORDER BY delivery LIMIT 1"

    /// Makes a delivery ready that is first in all its lanes; no row is changed for one that is ready already.
    static let unblock = """
        UPDATE delivery SET ready = 1
        WHERE id = ? AND ready = 0 AND state = 'pending' AND NOT EXISTS (
            SELECT 1 FROM lane AS own
            JOIN lane AS other ON other.destination = own.destination AND other.lane = own.lane
                AND other.delivery < own.delivery
            WHERE own.delivery = delivery.id
        )
        """

    // MARK: Destinations

    static let insertDestination = "INSERT INTO destination (name) VALUES (?) RETURNING id"

    static let destinations = """
        SELECT id, name, stop, reason, since, failing_since, down_since, recent_failures FROM destination
        """

    static let updateStanding = """
        UPDATE destination SET stop = ?, reason = ?, since = ?, failing_since = ?, down_since = ?,
            recent_failures = ?
        WHERE id = ?
        """

    /// Names and counts, the states in the order of `DeliveryState.allCases`.
    static let tallies = "SELECT id, name, pending, delivered, dead, discarded FROM destination"

    static let updateTally = """
        UPDATE destination SET pending = ?, delivered = ?, dead = ?, discarded = ? WHERE id = ?
        """

    // MARK: Loading

    static let due = """
        SELECT id, not_before FROM delivery WHERE destination = ? AND ready = 1 ORDER BY not_before, id
        """

    static let outageFailures = """
        SELECT id, attempted_at FROM delivery WHERE destination = ? AND failed_by_outage = 1 ORDER BY id
        """

    /// Of a ready delivery; no row for any other.
    static let delivery = """
        SELECT delivery.id, destination.name, rules, format, attempts, recorded_attempts, not_before, failed_by_outage,
            event.id, feed, CAST(type AS BLOB), timestamp, received_at, CAST(sender AS BLOB), CAST(recipient AS BLOB),
            CAST(amount AS BLOB), payment, data, revived
        FROM delivery
        JOIN event ON event.seq = delivery.event
        JOIN destination ON destination.id = delivery.destination
        WHERE delivery.id = ? AND ready = 1
        """
}
