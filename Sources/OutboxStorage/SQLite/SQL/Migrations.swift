/// The schema, as steps from one version to the next.
///
/// `PRAGMA user_version` says how many of them a file has had.
///
/// One number in the file's header rather than a table of names: it is read before anything else of the file is trusted, a
/// newer file is recognised by it, and the `sqlite3` shell shows it. A step that was shipped never changes; a change of the
/// schema is a new step at the end.
enum Migrations {
    /// `PRAGMA application_id`: "x402".
    ///
    /// A database with another one is not an outbox.
    static let applicationID: Int64 = 0x7834_3032

    static let steps = [eventsAndDeliveries, joinAndControl, ledgerOfPayments, searchAndCounts]

    /// What this build writes.
    static var version: Int64 { Int64(steps.count) }

    /// Times are milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// Event ids are their 16 bytes; the views write them as `evt_…`.
    ///
    /// The bytes of an event lie in `event` and are written once; what changes with each attempt is in `delivery`, whose
    /// rows are narrow, since an update rewrites its whole row. Two messages may share an id and differ in their bytes, and
    /// then reach different destinations: so `event` has a number of its own and `delivery` is unique by id and destination.
    ///
    /// `counter` has the numbers that events and deliveries were given last: none is given twice, also when the newest rows
    /// are gone. AUTOINCREMENT would keep such a table, too, but write it for each row.
    ///
    /// Constraints name alternatives with OR: for a list of more than two SQLite builds a table each time it looks, which was
    /// two fifths of the instructions of a write (callgrind, SQLite 3.40.1).
    ///
    /// `lane` holds what pending deliveries queue behind, nothing for those that are free. `delivery.ready` says whether a
    /// delivery is first in all its lanes: so what is due is one range of `delivery_due`, however many wait.
    private static let eventsAndDeliveries = """
        CREATE TABLE destination (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            stop TEXT CHECK (stop IN ('paused', 'disabled')),
            reason TEXT,
            since INTEGER,
            failing_since INTEGER,
            down_since INTEGER
        ) STRICT;

        CREATE TABLE event (
            seq INTEGER PRIMARY KEY,
            id BLOB NOT NULL CHECK (length(id) = 16),
            feed TEXT,
            type TEXT NOT NULL,
            timestamp INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            sender TEXT,
            recipient TEXT,
            amount TEXT,
            payment BLOB,
            data BLOB NOT NULL
        ) STRICT;

        CREATE TABLE delivery (
            id INTEGER PRIMARY KEY,
            event INTEGER NOT NULL REFERENCES event (seq),
            event_id BLOB NOT NULL CHECK (length(event_id) = 16),
            destination INTEGER NOT NULL REFERENCES destination (id),
            state TEXT NOT NULL CHECK (
                state = 'pending' OR state = 'delivered' OR state = 'dead' OR state = 'discarded'
            ),
            ready INTEGER NOT NULL CHECK (ready IN (0, 1)),
            not_before INTEGER NOT NULL,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            recorded_attempts INTEGER NOT NULL CHECK (recorded_attempts >= 0),
            failed_by_outage INTEGER NOT NULL CHECK (failed_by_outage IN (0, 1)),
            attempted_at INTEGER,
            ended_at INTEGER,
            format TEXT NOT NULL CHECK (format = 'standard' OR format = 'cloudevents' OR format = 'raw'),
            rules TEXT NOT NULL,
            UNIQUE (event_id, destination),
            CHECK (ready <= (state = 'pending')),
            CHECK (failed_by_outage <= ready),
            CHECK ((ended_at IS NULL) = (state = 'pending'))
        ) STRICT;
        CREATE INDEX delivery_event ON delivery (event);
        CREATE INDEX delivery_due ON delivery (destination, ready, not_before, id) WHERE ready = 1;
        CREATE INDEX delivery_outage ON delivery (destination, id) WHERE failed_by_outage = 1;

        CREATE TABLE counter (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES ('event', 0), ('delivery', 0);

        CREATE TABLE lane (
            destination INTEGER NOT NULL,
            lane INTEGER NOT NULL,
            delivery INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
            PRIMARY KEY (destination, lane, delivery)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX lane_delivery ON lane (delivery);

        CREATE TABLE attempt (
            delivery INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number >= 1),
            started_at INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL,
            status INTEGER,
            error TEXT,
            answer BLOB,
            PRIMARY KEY (delivery, number)
        ) STRICT, WITHOUT ROWID;

        CREATE VIEW events AS
            SELECT seq, 'evt_' || lower(hex(id)) AS id, feed, type,
                strftime('%Y-%m-%dT%H:%M:%fZ', timestamp / 1000.0, 'unixepoch') AS timestamp,
                strftime('%Y-%m-%dT%H:%M:%fZ', received_at / 1000.0, 'unixepoch') AS received,
                sender, recipient, amount, CAST(payment AS TEXT) AS payment, CAST(data AS TEXT) AS data
            FROM event;

        CREATE VIEW deliveries AS
            SELECT delivery.id, 'evt_' || lower(hex(event_id)) AS event, destination.name AS destination, state, ready,
                attempts, failed_by_outage,
                iif(state = 'pending', strftime('%Y-%m-%dT%H:%M:%fZ', not_before / 1000.0, 'unixepoch'), NULL) AS next,
                strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1000.0, 'unixepoch') AS ended, format, rules
            FROM delivery JOIN destination ON destination.id = delivery.destination;
        """
}
