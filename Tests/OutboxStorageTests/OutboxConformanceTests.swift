import OutboxStorage
import OutboxTestKit
import Testing

struct OutboxConformanceTests {
    @Test(arguments: OutboxConformance.checks)
    func `in memory`(check: OutboxConformance) throws {
        let disk = MemoryOutbox.Disk()
        try check.run(OutboxUnderTest(disk: disk))
    }

    @Test(arguments: OutboxConformance.checks)
    func `in SQLite`(check: OutboxConformance) throws {
        let folder = try TemporaryFolder()
        try check.run(OutboxUnderTest(path: folder.path("outbox.sqlite")))
    }
}

extension OutboxUnderTest {
    convenience init(disk: MemoryOutbox.Disk) throws {
        try self.init(open: { MemoryOutbox(disk: disk) }, read: { _ in MemoryOutbox(disk: disk) })
    }

    convenience init(path: String) throws {
        try self.init(open: { try SQLiteOutbox(path: path) }, read: { _ in try SQLiteOutboxReader(path: path) })
    }
}
