extension Migrations {
    /// What the join, operators, listings and pruning need.
    ///
    /// `payment` is only ever appended to, and loses its oldest rows: so the number of its rows is the distance of its ends.
    /// A payment that comes again is another row, and the last one counts.
    ///
    /// `delivery_state` is what listings walk and counts count. `delivery_ended` holds only what has ended, in the order in
    /// which it is pruned.
    ///
    /// `period` says when the events of 1,024 deliveries were received: a listing by time passes over all others. An index of
    /// `event` by that time would be a row for each event, and could not say where in the order of acceptance the matching
    /// ones begin and end, since the clock may have been set back between two runs and a join brings an event in late.
    /// `recent_failures` has the moments of a destination's last failures, separated by commas.
    static let joinAndControl = """
        ALTER TABLE destination ADD COLUMN recent_failures TEXT;

        CREATE TABLE payment (
            seq INTEGER PRIMARY KEY,
            key BLOB NOT NULL CHECK (length(key) = 16),
            received_at INTEGER NOT NULL,
            data BLOB NOT NULL
        ) STRICT;
        CREATE INDEX payment_key ON payment (key);

        CREATE TABLE wait (
            id INTEGER PRIMARY KEY,
            key BLOB NOT NULL CHECK (length(key) = 16),
            feed TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            wall_time INTEGER NOT NULL,
            ends_at INTEGER NOT NULL,
            data BLOB NOT NULL
        ) STRICT;
        CREATE INDEX wait_key ON wait (key);
        CREATE INDEX wait_end ON wait (ends_at);

        CREATE TABLE feed (
            name TEXT PRIMARY KEY,
            seen_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        INSERT INTO counter VALUES ('wait', 0), ('own event', 0);

        CREATE INDEX delivery_state ON delivery (destination, state, id);
        CREATE INDEX delivery_ended ON delivery (state, ended_at) WHERE ended_at IS NOT NULL;

        CREATE TABLE period (
            block INTEGER PRIMARY KEY,
            earliest INTEGER NOT NULL,
            latest INTEGER NOT NULL
        ) STRICT;
        INSERT INTO period
            SELECT delivery.id >> 10, min(event.received_at), max(event.received_at)
            FROM delivery JOIN event ON event.seq = delivery.event
            GROUP BY delivery.id >> 10;

        CREATE VIEW payments AS
            SELECT seq, lower(hex(key)) AS key, strftime('%Y-%m-%dT%H:%M:%fZ', received_at / 1000.0, 'unixepoch') AS received,
                CAST(data AS TEXT) AS data
            FROM payment;

        CREATE VIEW waits AS
            SELECT id, lower(hex(key)) AS key, feed,
                strftime('%Y-%m-%dT%H:%M:%fZ', received_at / 1000.0, 'unixepoch') AS received,
                strftime('%Y-%m-%dT%H:%M:%fZ', ends_at / 1000.0, 'unixepoch') AS ends, CAST(data AS TEXT) AS data
            FROM wait;

        CREATE VIEW feeds AS
            SELECT name, strftime('%Y-%m-%dT%H:%M:%fZ', seen_at / 1000.0, 'unixepoch') AS seen FROM feed;
        """

    /// The block of a delivery in `period`: its number without so many bits.
    ///
    /// Stored on disk: never changes.
    static let blockBits: Int64 = 10
}
