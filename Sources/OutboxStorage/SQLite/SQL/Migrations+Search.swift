extension Migrations {
    /// What searching and counting a million deliveries need, and the moment that each attempt was signed for.
    ///
    /// `delivery.marks` is `SearchMarks.rawValue`; NULL where the delivery was accepted by an older version: it may be of any
    /// wallet and payment. It is not indexed: a look at each row passes over a million in a fifth of a second, and an index
    /// would be a write for each delivery. That is so of events with few wallets; of those with dozens about half cannot be
    /// passed over and are read (`SearchMarks`).
    ///
    /// The counts of `destination` change in the transaction that changes its deliveries. To count a million rows of an index
    /// takes a tenth of a second, and status, page and metrics ask every few seconds.
    ///
    /// `delivery.revived` says that an operator brought it back after it had ended: what it takes from then on is no latency.
    static let searchAndCounts = """
        ALTER TABLE delivery ADD COLUMN marks INTEGER;
        ALTER TABLE delivery ADD COLUMN revived INTEGER NOT NULL DEFAULT 0 CHECK (revived IN (0, 1));
        ALTER TABLE attempt ADD COLUMN signed_at INTEGER;

        ALTER TABLE destination ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE destination ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE destination ADD COLUMN dead INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE destination ADD COLUMN discarded INTEGER NOT NULL DEFAULT 0;
        UPDATE destination SET
            pending = (
                SELECT count(*) FROM delivery WHERE delivery.destination = destination.id AND state = 'pending'),
            delivered = (
                SELECT count(*) FROM delivery WHERE delivery.destination = destination.id AND state = 'delivered'),
            dead = (
                SELECT count(*) FROM delivery WHERE delivery.destination = destination.id AND state = 'dead'),
            discarded = (
                SELECT count(*) FROM delivery WHERE delivery.destination = destination.id AND state = 'discarded');

        CREATE VIEW attempts AS
            SELECT delivery, number, strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0, 'unixepoch') AS started,
                duration_ms, status, error, CAST(answer AS TEXT) AS answer,
                strftime('%Y-%m-%dT%H:%M:%SZ', signed_at, 'unixepoch') AS signed
            FROM attempt;
        """
}
