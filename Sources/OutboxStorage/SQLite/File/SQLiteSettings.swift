import GRDB

/// How the file is opened.
enum SQLiteSettings {
    /// Bytes of a page, for a new file.
    ///
    /// Event ids are random, so each event writes to another page of the index that keeps them unique. With half a million
    /// rows, in SQLite alone, pages of 16 KiB took about a third more CPU at ten events a commit than these, and no less at a
    /// thousand.
    static let pageSize = 4096
    /// Pages in the write-ahead log after which a commit copies them into the file: 64 MiB of log at most, as a rule.
    static let checkpointPages = 16384
    /// KiB of pages kept in memory.
    static let cacheSize = 16384
    /// How long a commit waits for another program that writes (a shell, a backup) before it fails and is tried again.
    static let busyTimeout = 5.0

    static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "outbox"
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { database in
            // Before anything is written: a file that is not ours is left as it is.
            try Migrations.check(database)
            // Of no effect on a file that has pages already.
            try database.execute(sql: "PRAGMA page_size = \(pageSize)")
            guard try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL") == "wal" else {
                throw DatabaseError(resultCode: .SQLITE_READONLY, message: "the file cannot be switched to WAL mode")
            }
            // GRDB's own way into WAL mode lowers `synchronous` to NORMAL, which may lose the last commits with the power.
            // FULL syncs the log at each commit. Debian builds SQLite with `secure_delete`, which writes zeros over what
            // is pruned: that is work without a use here.
            try database.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA wal_autocheckpoint = \(checkpointPages);
                    PRAGMA journal_size_limit = \(checkpointPages * pageSize);
                    PRAGMA cache_size = -\(cacheSize);
                    PRAGMA temp_store = MEMORY;
                    PRAGMA secure_delete = OFF;
                    """)
        }
        return configuration
    }

    /// KiB of pages that a reader keeps in memory.
    static let readerCacheSize = 4096

    /// For a connection that only looks.
    static func readingConfiguration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "outbox reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA query_only = ON;
                    PRAGMA cache_size = -\(readerCacheSize);
                    PRAGMA temp_store = MEMORY;
                    """)
        }
        return configuration
    }
}
