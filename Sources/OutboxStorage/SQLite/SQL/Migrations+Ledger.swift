extension Migrations {
    /// The payments that were signed, and what is remembered of each paid feed.
    ///
    /// `payment` and `payments` are those of the join; what the relay itself pays is in `ledger`. Nothing of it is ever removed.
    /// Amounts and block heights are of 64 bits without a sign, which an INTEGER does not hold: they are TEXT, in digits.
    ///
    /// `ledger_open` holds only what is not final. `ledger_time` has all that the limits count, so that the whole ledger is
    /// summed without its rows, which are wide. `ledger_stream` finds the last price of each stream.
    static let ledgerOfPayments = """
        CREATE TABLE ledger (
            id INTEGER PRIMARY KEY,
            feed TEXT NOT NULL,
            origin TEXT NOT NULL,
            version TEXT NOT NULL,
            stream TEXT NOT NULL,
            purpose TEXT NOT NULL CHECK (purpose = 'purchase' OR purpose = 'renewal' OR purpose = 'inband'),
            signed_at INTEGER NOT NULL,
            network TEXT NOT NULL,
            asset TEXT NOT NULL,
            decimals INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 18),
            amount TEXT NOT NULL CHECK (
                amount NOT GLOB '*[^0-9]*' AND (amount = '0' OR amount GLOB '[1-9]*')
                AND (length(amount) < 20 OR length(amount) = 20 AND amount <= '18446744073709551615')
            ),
            recipient TEXT NOT NULL,
            payer TEXT NOT NULL,
            source_account TEXT NOT NULL,
            memo TEXT NOT NULL,
            blockhash TEXT NOT NULL,
            last_valid_block_height TEXT CHECK (last_valid_block_height NOT GLOB '*[^0-9]*'),
            client_signature TEXT NOT NULL,
            renewed_token TEXT,
            payload BLOB NOT NULL,
            requirements BLOB NOT NULL,
            state TEXT NOT NULL CHECK (
                state = 'signed' OR state = 'sent' OR state = 'settled' OR state = 'refused' OR state = 'unknown'
                OR state = 'expired'
            ),
            served INTEGER CHECK (served IN (0, 1)),
            reason TEXT,
            sends INTEGER NOT NULL CHECK (sends >= 0),
            sent_at INTEGER,
            ended_at INTEGER,
            transaction_id TEXT
        ) STRICT;
        CREATE INDEX ledger_open ON ledger (id) WHERE state <> 'settled' AND state <> 'expired';
        CREATE INDEX ledger_feed ON ledger (feed);
        CREATE INDEX ledger_state ON ledger (state);
        CREATE INDEX ledger_feed_state ON ledger (feed, state);
        CREATE INDEX ledger_time ON ledger (signed_at, state, decimals, amount);
        CREATE INDEX ledger_stream ON ledger (feed, origin, version, stream);

        CREATE TABLE stream (
            feed TEXT PRIMARY KEY,
            origin TEXT NOT NULL,
            version TEXT NOT NULL,
            stream TEXT NOT NULL,
            token TEXT,
            slice_seconds INTEGER,
            paid_until INTEGER,
            unserved_in_row INTEGER NOT NULL CHECK (unserved_in_row >= 0)
        ) STRICT, WITHOUT ROWID;

        CREATE VIEW ledger_entries AS
            SELECT id, strftime('%Y-%m-%dT%H:%M:%fZ', signed_at / 1000.0, 'unixepoch') AS time, feed, stream, purpose,
                rtrim(rtrim(
                    coalesce(nullif(ltrim(substr(digits, 1, length(digits) - decimals), '0'), ''), '0') || '.'
                        || substr(digits, length(digits) - decimals + 1), '0'), '.') AS amount,
                asset, recipient, state, iif(served IS NULL, NULL, iif(served = 1, 'yes', 'no')) AS served,
                transaction_id AS "transaction", reason
            FROM (SELECT *, '000000000000000000' || amount AS digits FROM ledger);

        CREATE VIEW streams AS
            SELECT feed, origin || '/' || version || '/stream/' || stream AS url,
                iif(token IS NULL, 'no', 'yes') AS has_token, slice_seconds,
                strftime('%Y-%m-%dT%H:%M:%fZ', paid_until / 1000.0, 'unixepoch') AS paid_until, unserved_in_row
            FROM stream;
        """
}
