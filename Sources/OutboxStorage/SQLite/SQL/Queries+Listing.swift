/// Looking for deliveries in the order of acceptance, and counting them.
///
/// What an operator asks for is found by walking one range of an index for each destination and state that is asked for, from
/// one bound of numbers to the other. What the index does not know is asked of the row by SQLite itself: so a million rows of
/// which none matches take a fifth of a second, and not three.
extension Queries {
    /// Numbers of all, or of one destination and state, within two numbers.
    ///
    /// Its values: the destination and the state where they are asked for, the two numbers, those of `conditions`, the limit and
    /// how many to pass over.
    static func deliveries(ofState: Bool, where conditions: RowConditions = [], order: ListingOrder) -> String {
        """
        SELECT id FROM delivery
        WHERE \(ofState ? "destination = ? AND state = ? AND " : "")id BETWEEN ? AND ?\(conditions.sql)
        ORDER BY id\(order == .newestFirst ? " DESC" : "") LIMIT ? OFFSET ?
        """
    }

    /// What SQLite asks of a row itself, so that what cannot match is passed over without a word of Swift.
    struct RowConditions: OptionSet {
        let rawValue: Int

        /// Two values: the marks that are asked for, twice.
        static let marks = RowConditions(rawValue: 1)
        /// One value: the name as a JSON string.
        static let rule = RowConditions(rawValue: 2)
        /// Two values: the first and the last moment of receipt.
        static let time = RowConditions(rawValue: 4)

        private static let moment = "SELECT received_at FROM event WHERE seq = delivery.event"

        fileprivate var sql: String {
            (contains(.marks) ? " AND (marks IS NULL OR marks & ? = ?)" : "")
                + (contains(.rule) ? " AND instr(rules, ?)" : "")
                + (contains(.time) ? " AND (\(Self.moment)) BETWEEN ? AND ?" : "")
        }
    }

    /// At most one for each destination.
    static let deliveriesOfEvent = "SELECT id FROM delivery WHERE event_id = ?"

    /// Blocks of deliveries of which some may have been received in a time, and whether all of them were.
    static let periodsUp = """
        SELECT block, earliest >= ? AND latest < ? FROM period WHERE block BETWEEN ? AND ? AND latest >= ? AND earliest < ? ORDER BY block
        """

    static let periodsDown = """
        SELECT block, earliest >= ? AND latest < ? FROM period WHERE block BETWEEN ? AND ? AND latest >= ? AND earliest < ? ORDER BY block DESC
        """

    static let numberRange = "SELECT (SELECT min(id) FROM delivery), (SELECT max(id) FROM delivery)"

    static let candidate = "SELECT destination, state, rules, event, event_id, marks FROM delivery WHERE id = ?"

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

    /// The newest first.
    static let attempts = """
        SELECT number, started_at, duration_ms, status, error, answer, signed_at FROM attempt WHERE delivery = ?
        ORDER BY number DESC LIMIT ?
        """

    /// The number of the last one: as many as there are, without a look at their rows, which are wide.
    static let recordedAttempts = "SELECT recorded_attempts FROM delivery WHERE id = ?"

    static let counts = "SELECT destination, state, count(*) FROM delivery GROUP BY destination, state"

    static let oldestPending = """
        SELECT received_at FROM event WHERE seq = (
            SELECT event FROM delivery WHERE destination = ? AND state = 'pending' ORDER BY id LIMIT 1
        )
        """
}
