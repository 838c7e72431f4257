import FoundationEssentials
import GRDB
import Glibc
import OutboxStorage
import OutboxTestKit
import Testing

@testable import OutboxStorage

struct OutboxFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("outbox.sqlite") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    /// The error that opening gives.
    private func refusal(_ path: String) -> OutboxError? {
        do throws(OutboxError) {
            _ = try SQLiteOutbox(path: path)
            return nil
        } catch {
            return error
        }
    }

    @Test func `each commit is synced: WAL and synchronous FULL are what the connection says`() throws {
        let outbox = try SQLiteOutbox(path: path)
        try outbox.connection.inDatabase { database throws in
            #expect(try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2)
            #expect(try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal")
            #expect(try Int.fetchOne(database, sql: "PRAGMA foreign_keys") == 1)
            #expect(try Int.fetchOne(database, sql: "PRAGMA page_size") == SQLiteSettings.pageSize)
            #expect(try Int.fetchOne(database, sql: "PRAGMA wal_autocheckpoint") == SQLiteSettings.checkpointPages)
            #expect(try Int.fetchOne(database, sql: "PRAGMA secure_delete") == 0)
        }
    }

    @Test func `the same settings hold when the file is opened again`() throws {
        _ = try SQLiteOutbox(path: path)
        let outbox = try SQLiteOutbox(path: path)
        try outbox.connection.inDatabase { database throws in
            #expect(try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2)
            #expect(try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal")
        }
    }

    @Test func `the file, its log and its lock are for the owner alone`() throws {
        let outbox = try SQLiteOutbox(path: path)
        _ = try outbox.commit(OutboxBatch(accepted: [.sample(1, for: ["a"])]))
        for name in ["", "-wal", "-shm", ".lock"] { #expect(mode(path + name) == 0o600, "\(name)") }
    }

    @Test func `a file that others may read is closed to them`() throws {
        _ = try SQLiteOutbox(path: path)
        chmod(path, 0o644)
        _ = try SQLiteOutbox(path: path)
        #expect(mode(path) == 0o600)
    }

    @Test func `a missing folder is made for the owner alone, a missing folder above it is an error`() throws {
        _ = try SQLiteOutbox(path: folder.path("data/outbox.sqlite"))
        #expect(mode(folder.path("data")) == 0o700)
        let error = try #require(refusal(folder.path("no/such/outbox.sqlite")))
        #expect(error.kind == .failed)
        #expect(error.reason.contains("\(folder.path)/no/such"))
    }

    @Test func `a second holder is refused and told the process of the first`() throws {
        let outbox = try SQLiteOutbox(path: path)
        let error = try #require(refusal(path))
        #expect(error.kind == .locked)
        #expect(error.reason.contains("process \(getpid())"))
        withExtendedLifetime(outbox) {}
    }

    @Test func `a symbolic link is the same outbox`() throws {
        let outbox = try SQLiteOutbox(path: path)
        let link = folder.path("link.sqlite")
        symlink(path, link)
        #expect(refusal(link)?.kind == .locked)
        withExtendedLifetime(outbox) {}
    }

    @Test func `the lock goes with its holder, a lock file left behind holds nobody up`() throws {
        _ = try SQLiteOutbox(path: path)
        #expect(FileManager.default.fileExists(atPath: path + ".lock"))
        #expect(refusal(path) == nil)
    }

    @Test func `the lock of a process that was killed is gone`() throws {
        let (reading, writing) = try descriptors()
        let holder = try spawn(
            "/usr/bin/flock", ["flock", "--no-fork", path + ".lock", "sh", "-c", "echo held; exec sleep 1000"], writing)
        close(writing)
        var byte: UInt8 = 0
        #expect(read(reading, &byte, 1) == 1)
        #expect(refusal(path)?.kind == .locked)
        kill(holder, SIGKILL)
        waitpid(holder, nil, 0)
        close(reading)
        #expect(refusal(path) == nil)
    }

    private func descriptors() throws -> (CInt, CInt) {
        var pair: [CInt] = [0, 0]
        try #require(pipe(&pair) == 0)
        return (pair[0], pair[1])
    }

    private func spawn(_ program: String, _ arguments: [String], _ output: CInt) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var copies = arguments.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        var process = pid_t()
        try #require(posix_spawn(&process, program, &actions, nil, &copies, environ) == 0)
        return process
    }

    @Test func `a file of a newer version is refused and left as it is`() throws {
        _ = try SQLiteOutbox(path: path)
        try edit("PRAGMA user_version = 99")
        let before = FileManager.default.contents(atPath: path)
        let error = try #require(refusal(path))
        #expect(error.kind == .newer)
        #expect(error.reason.contains("99"))
        #expect(error.reason.contains("\(Migrations.version)"))
        #expect(FileManager.default.contents(atPath: path) == before)
    }

    @Test func `the version and the application are in the header`() throws {
        _ = try SQLiteOutbox(path: path)
        let header = try #require(FileManager.default.contents(atPath: path)).prefix(72)
        #expect(Array(header[60..<64]) == [0, 0, 0, UInt8(Migrations.version)])
        #expect(Array(header[68..<72]) == Array("x402".utf8))
    }

    @Test func `a database of another program is refused and left as it is`() throws {
        try edit("CREATE TABLE theirs (x)")
        let before = FileManager.default.contents(atPath: path)
        let error = try #require(refusal(path))
        #expect(error.kind == .corrupt)
        #expect(error.reason.contains("another program"))
        #expect(FileManager.default.contents(atPath: path) == before)
    }

    @Test func `a file that is no database is refused with a remedy and left as it is`() throws {
        let text = Data("{\"feeds\": {}}\n".utf8) + Data(repeating: 32, count: 4096)
        try text.write(to: URL(filePath: path))
        let error = try #require(refusal(path))
        #expect(error.kind == .corrupt)
        #expect(error.reason.contains(path))
        #expect(error.reason.contains("backup"))
        #expect(FileManager.default.contents(atPath: path) == text)
    }

    @Test func `an empty file is a new outbox`() throws {
        try Data().write(to: URL(filePath: path))
        #expect(try SQLiteOutbox(path: path).standings().isEmpty)
    }

    @Test func `damage met while running is told as damage`() throws {
        var outbox: SQLiteOutbox? = try SQLiteOutbox(path: path)
        let samples = (1...200).map {
            AcceptedEvent.sample(UInt64($0), for: ["a"], data: String(repeating: "x", count: 500))
        }
        _ = try outbox?.commit(OutboxBatch(accepted: samples))
        outbox = nil
        var bytes = try #require(FileManager.default.contents(atPath: path))
        // All pages but the first, which holds the schema.
        for index in SQLiteSettings.pageSize..<bytes.count { bytes[index] = 0xA5 }
        try bytes.write(to: URL(filePath: path))
        let error = try #require(throws: OutboxError.self) {
            let damaged = try SQLiteOutbox(path: path)
            _ = try damaged.commit(OutboxBatch(accepted: [.sample(1000, for: ["a"])]))
        }
        #expect(error.kind == .corrupt)
    }

    @Test func `a folder in the place of the file is an error that names it`() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let error = try #require(refusal(path))
        #expect(error.kind == .failed)
        #expect(error.reason.contains(path))
    }

    @Test(.enabled(if: MountedFolder.isAllowed, "only root may mount a file system"))
    func `a read-only disk is told as such, whether the file exists or not`() throws {
        let disk = try MountedFolder(size: "4m")
        _ = try SQLiteOutbox(path: disk.path("outbox.sqlite"))
        try disk.makeReadOnly()
        for name in ["outbox.sqlite", "new.sqlite", "folder/new.sqlite"] {
            let error = try #require(refusal(disk.path(name)))
            #expect(error.kind == .readOnly)
            #expect(error.reason.contains("outbox.path"))
        }
    }

    /// Runs SQL on the file with a connection of another kind.
    private func edit(_ sql: String) throws {
        try DatabaseQueue(path: path).inDatabase { try $0.execute(sql: sql) }
    }
}
