import GRDB

extension OutboxError {
    /// What an error of the database means, and what an operator can do about it.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as OutboxError: self = error
        case Migrations.Refusal.newer(let version):
            self.init(
                kind: .newer,
                reason: "the outbox \(path) has schema version \(version), this x402-relay knows versions up to "
                    + "\(Migrations.version): run the newer x402-relay that wrote it, or name another outbox.path")
        case Migrations.Refusal.older(let version):
            self.init(
                kind: .failed,
                reason: "the outbox \(path) has schema version \(version), this x402-relay reads version "
                    + "\(Migrations.version): run the relay once, which brings it up to date")
        case Migrations.Refusal.foreign:
            self.init(
                kind: .corrupt,
                reason: "\(path) is a SQLite database of another program, not an outbox: name another outbox.path")
        case let error as DatabaseError: self.init(error, path: path)
        case let error as OutboxDamage: self = .corrupt(path, error.rawValue)
        // Its description holds the row, and so an event.
        case is RowDecodingError: self = .corrupt(path, "a value of another type than its column has")
        default: self.init(kind: .failed, reason: "the outbox \(path) failed: \(error)")
        }
    }

    /// As above, for who only reads the file: what concerns writing is told in other words.
    init(reading error: any Error, path: String) {
        guard let failure = error as? DatabaseError else {
            self.init(error, path: path)
            return
        }
        switch failure.extendedResultCode.primaryResultCode {
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_CANTOPEN:
            self.init(
                kind: .failed,
                reason: "the outbox \(path) cannot be read: \(Self.told(failure)). Give this user the right to read "
                    + "the file and to write its folder, where SQLite shares its log between programs")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                kind: .failed, reason: "another program keeps the outbox \(path) locked: \(Self.told(failure)). End it")
        default: self.init(failure, path: path)
        }
    }

    /// The message alone: an error's full description may hold a statement's values, and so an event.
    private static func told(_ error: DatabaseError) -> String {
        "\(error.message ?? "no message") (SQLite error \(error.extendedResultCode.rawValue))"
    }

    private init(_ error: DatabaseError, path: String) {
        let code = error.extendedResultCode
        let told = Self.told(error)
        switch code.primaryResultCode {
        case .SQLITE_FULL: self = .full(path, told)
        // The memory-mapped index of the log could not grow: that is the disk, too.
        case .SQLITE_IOERR where code == .SQLITE_IOERR_SHMSIZE: self = .full(path, told)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: self = .readOnly(path, told)
        case .SQLITE_CANTOPEN: self = .readOnly(path, told)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path, told)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                kind: .failed,
                reason: "another program holds a write lock on the outbox \(path) for more than "
                    + "\(Int(SQLiteSettings.busyTimeout)) s: \(told). End it, or its transaction")
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_RANGE:
            self.init(kind: .refused, reason: "the outbox \(path) refuses a row: \(told)")
        default:
            self.init(
                kind: .failed,
                reason: "the outbox \(path) failed: \(told). Look at the disk and at the system's log")
        }
    }

    private static func full(_ path: String, _ told: String) -> OutboxError {
        OutboxError(
            kind: .full, reason: "no room for the outbox \(path): \(told). Make room on its disk; it goes on by itself")
    }

    private static func corrupt(_ path: String, _ told: String) -> OutboxError {
        OutboxError(
            kind: .corrupt,
            reason:
                "the outbox \(path) is damaged or no database: \(told). Keep a copy of it with its -wal file; then put "
                + "back a backup, or save what can be read with `sqlite3 \(path) .recover | sqlite3 NEW`, or move it away "
                + "to start with an empty one")
    }

    static func readOnly(_ path: String, _ told: String) -> OutboxError {
        OutboxError(
            kind: .readOnly,
            reason: "the outbox \(path) cannot be written: \(told). Give this user the right to write the file and its "
                + "folder, or name another outbox.path")
    }
}
