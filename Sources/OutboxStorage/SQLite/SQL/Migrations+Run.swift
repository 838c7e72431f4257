import GRDB

extension Migrations {
    /// Throws unless the file is new or an outbox of this version or an older one.
    ///
    /// Writes nothing.
    static func check(_ database: Database) throws {
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        if application == applicationID {
            guard version <= self.version else { throw Refusal.newer(version) }
        } else {
            // A file that exists and holds nothing is as good as a new one.
            let isEmpty = try Int64.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
            guard application == 0, version == 0, isEmpty else { throw Refusal.foreign }
        }
    }

    /// Throws unless the file is an outbox of exactly this version: one that is only looked into is not brought up to date.
    static func checkCurrent(_ database: Database) throws {
        try check(database)
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version == self.version else { throw Refusal.older(version) }
    }

    /// Takes the steps that the file has not had, each in a transaction of its own.
    static func run(_ database: Database) throws {
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        for (index, step) in steps.enumerated() where index >= version {
            try database.inTransaction(.exclusive) {
                try database.execute(sql: step)
                try database.execute(
                    sql: """
                        PRAGMA application_id = \(applicationID);
                        PRAGMA user_version = \(index + 1);
                        """)
                return .commit
            }
        }
    }

    /// A file that is not opened.
    enum Refusal: Error {
        case newer(Int64)
        /// Only for who cannot bring it up to date.
        case older(Int64)
        case foreign
    }
}
