import OutboxStorage
import OutboxTestKit
import Testing

struct OutboxConformanceTests {
    @Test(arguments: OutboxConformance.checks)
    func `in memory`(check: OutboxConformance) throws {
        let disk = MemoryOutbox.Disk()
        try check.run(OutboxUnderTest { MemoryOutbox(disk: disk) })
    }

    @Test(arguments: OutboxConformance.checks)
    func `in SQLite`(check: OutboxConformance) throws {
        let folder = try TemporaryFolder()
        try check.run(OutboxUnderTest { try SQLiteOutbox(path: folder.path("outbox.sqlite")) })
    }
}
