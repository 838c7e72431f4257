import DeliveryPlanning
import Logging
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

struct OutboxWriterTests {
    private let script = ScriptedOutbox.Script()
    private let log = ReportLog()
    private let lines = LogLines()

    private func start(_ limits: WriterLimits = .standard, log: ReportLog? = nil) throws -> OutboxWriter {
        var limits = limits
        (limits.retryInitial, limits.retryMax) = (.milliseconds(1), .milliseconds(2))
        let (script, log) = (script, log ?? self.log)
        return try OutboxWriter.start(
            limits: limits, retention: .sample, logger: lines.logger, clock: { Timestamp(milliseconds: 1000) },
            judge: { ScriptedJudge() }, reports: log.reports,
            open: { () throws(OutboxError) in ScriptedOutbox(script) })
    }

    private func samples(_ numbers: ClosedRange<UInt64>) -> [Arrival] {
        numbers.map { .accepted(.sample($0, for: ["a"])) }
    }

    private func load(_ destination: String = "a", limit: Int = 100) -> LoadRequest {
        LoadRequest(destination: destination, kind: .due, limit: limit, byteLimit: .max, excluding: [])
    }

    @Test func `what comes while a commit is written is written by the next, in one`() async throws {
        let writer = try start()
        script.hold()
        writer.accept(samples(1...1))
        script.waitForBatch(1)
        for number in 2...50 { writer.accept(samples(UInt64(number)...UInt64(number))) }
        writer.record([.sample(1, .delivered)])
        script.letGo()
        await log.wait { $0.count == 2 }
        #expect(log.entries == [.committed([1]), .committed(Array(2...50))])
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
    }

    @Test func `a load is told after the commits before it, and sees them`() async throws {
        let writer = try start()
        writer.accept(samples(1...2))
        await log.wait(for: .committed([1, 2]))
        writer.record([.sample(1, .delivered)])
        writer.load([load()])
        await log.wait(for: .loaded("a", [2]))
        #expect(log.entries == [.committed([1, 2]), .committed([]), .loaded("a", [2])])
        _ = await writer.stop(within: .seconds(60))
    }

    @Test func `a load that fails is told as such, and the next one works`() async throws {
        let writer = try start()
        script.failLoads(1)
        writer.load([load("a"), load("b")])
        await log.wait(for: .loaded("b", []))
        #expect(log.entries == [.loadFailed("a"), .loaded("b", [])])
        _ = await writer.stop(within: .seconds(60))
    }

    @Test func `a commit that fails is tried until it works; feeds rest, outcomes and loads wait`() async throws {
        let writer = try start()
        writer.accept(samples(1...1))
        await log.wait(for: .committed([1]))
        script.fail(.full)
        writer.record([.sample(1, .delivered)])
        writer.load([load()])
        script.waitForBatch(5)
        writer.accept(samples(2...2))
        script.fail(nil)
        await log.wait {
            $0.contains(.committed([2])) && $0.contains(.loaded("a", [])) || $0.contains(.loaded("a", [2]))
        }
        let stoppedAt = Array(log.entries.prefix { $0 != .trouble(nil) })
        #expect(stoppedAt == [.committed([1]), .pressure(true), .trouble(.full)])
        #expect(log.entries.filter { $0 == .pressure(false) }.count == 1)
        #expect(!log.entries.contains(.loaded("a", [1])))
        #expect(lines.count(.error) == 1)
        #expect(lines.count(.notice) == 1)
        _ = await writer.stop(within: .seconds(60))
    }

    @Test func `what is newly on disk is told before its deliveries, and repeats and failed tries are not`()
        async throws
    {
        let log = ReportLog(hasAll: true)
        let writer = try start(log: log)
        writer.accept(samples(1...2))
        await log.wait(for: .committed([1, 2]))
        script.fail(.failed)
        writer.accept(samples(1...3))
        await log.wait(for: .trouble(.failed))
        script.fail(nil)
        await log.wait(for: .committed([3]))
        writer.accept(samples(2...3))
        writer.raise(feedsSeen: ["payments": Timestamp(milliseconds: 1)])
        try await writer.settled()
        let told = log.entries.filter { entry in
            switch entry {
            case .taken, .wrote, .committed: true
            default: false
            }
        }
        let first: [ReportLog.Entry] = [
            .wrote, .taken([1, 2]), .committed([1, 2]), .wrote, .taken([3]), .committed([3]),
        ]
        #expect(Array(told.prefix(6)) == first)
        #expect(told.dropFirst(6).allSatisfy { $0 == .wrote || $0 == .committed([]) })
        #expect(told.count > 6)
        _ = await writer.stop(within: .seconds(60))
    }

    @Test func `an event that comes again for more is told with its further destinations alone`() async throws {
        let writer = try start()
        for destinations in [["b"], ["a", "b", "c"], ["c", "a"]] {
            writer.accept([.accepted(.sample(1, for: destinations))])
            try await writer.settled()
        }
        #expect(log.takenFor == [["b"], ["a", "c"]])
        _ = await writer.stop(within: .seconds(60))
    }

    @Test func `of what is refused as a whole only the parts that are written are told`() async throws {
        let log = ReportLog(hasAll: true)
        let writer = try start(log: log)
        script.refuse([2])
        writer.accept(samples(1...3))
        try await writer.settled()
        let entries = log.entries
        #expect(entries.filter { $0 == .wrote }.count == 2)
        #expect(entries.contains(.taken([1])) && entries.contains(.taken([3])))
        _ = await writer.stop(within: .seconds(60))
    }

    @Test func `an operator's action counts as written where it changed something`() async throws {
        let log = ReportLog(hasAll: true)
        let writer = try start(log: log)
        _ = try await writer.perform(.retry(DeliveryID(1)))
        script.answer(.success(OperatorOutcome(changed: 1)))
        _ = try await writer.perform(.retry(DeliveryID(1)))
        let performed = ReportLog.Entry.performed(ready: [], withdrawn: [])
        #expect(log.entries == [performed, .wrote, performed])
        _ = await writer.stop(within: .seconds(60))
    }

    @Test func `another kind of failure is told anew`() async throws {
        let writer = try start()
        script.fail(.full)
        writer.accept(samples(1...1))
        await log.wait(for: .trouble(.full))
        script.fail(.failed)
        await log.wait(for: .trouble(.failed))
        script.fail(nil)
        await log.wait(for: .trouble(nil))
        #expect(lines.count(.error) == 2)
        _ = await writer.stop(within: .seconds(60))
    }

    @Test func `one event that can never be written is left out loudly, all others are written in order`() async throws
    {
        let writer = try start()
        script.hold()
        writer.accept(samples(1...1))
        script.waitForBatch(1)
        script.refuse([5])
        writer.accept(samples(2...9))
        writer.record([.sample(1, .delivered)])
        script.letGo()
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
        let ready = log.entries.flatMap { entry -> [Int64] in
            if case .committed(let ids) = entry { ids } else { [] }
        }
        #expect(ready == Array(1...8))
        #expect(lines.count(.critical) == 1)
        #expect(lines.text.contains("evt_00000000000000000000000000000005"))
        #expect(!log.entries.contains(.pressure(true)))
    }

    @Test func `feeds rest once above the high mark and are read again once below the low one`() async throws {
        var limits = WriterLimits()
        limits.highWaterEvents = 40
        limits.eventsPerCommit = 10
        let writer = try start(limits)
        script.hold()
        for number in 1...60 { writer.accept(samples(UInt64(number)...UInt64(number))) }
        #expect(log.entries == [.pressure(true)])
        script.letGo()
        await log.wait(for: .pressure(false))
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
        #expect(log.entries.filter { $0 == .pressure(true) || $0 == .pressure(false) }.count == 2)
    }

    @Test func `stopping writes what waits and closes the outbox`() async throws {
        let writer = try start()
        script.hold()
        writer.accept(samples(1...3000))
        script.letGo()
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
        #expect(script.batches.map(\.accepted.count).reduce(0, +) == 3000)
        #expect(!script.isOpen)
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
    }

    @Test func `stopping gives up after its time and says what is not written`() async throws {
        let writer = try start()
        script.fail(.full)
        writer.accept(samples(1...3))
        await log.wait(for: .trouble(.full))
        writer.accept(samples(4...5))
        writer.record([.sample(1, .delivered)])
        #expect(await writer.stop(within: .zero) == OutboxWriter.Remainder(events: 5, updates: 1))
        #expect(!script.isOpen)
    }

    @Test func `an outbox that does not open is an error of the start`() {
        let error = #expect(throws: OutboxError.self) {
            try OutboxWriter.start(
                retention: .sample, logger: lines.logger, clock: { Timestamp(milliseconds: 0) },
                judge: { ScriptedJudge() }, reports: log.reports,
                open: { () throws(OutboxError) in throw OutboxError(kind: .newer, reason: "planted") })
        }
        #expect(error?.kind == .newer)
    }

    @Test(.enabled(if: MountedFolder.isAllowed, "only root may mount a file system"))
    func `a full disk stops the reading, and all goes on by itself when there is room`() async throws {
        let disk = try MountedFolder(size: "2m")
        let path = disk.path("outbox.sqlite")
        var limits = WriterLimits()
        (limits.retryInitial, limits.retryMax) = (.milliseconds(1), .milliseconds(2))
        // More than all of it: else the outbox is full by its own measure once it is looked at.
        var retention = RetentionPolicy.sample
        retention.maxSize = 1 << 30
        let writer = try OutboxWriter.start(
            limits: limits, retention: retention, logger: lines.logger, clock: { Timestamp(milliseconds: 1000) },
            judge: { ScriptedJudge() }, reports: log.reports,
            open: { () throws(OutboxError) in try SQLiteOutbox(path: path) })
        let data = String(repeating: "x", count: 10_000)
        let events = (1...400).map { Arrival.accepted(.sample($0, for: ["a"], data: data)) }
        for event in events { writer.accept([event]) }
        await log.wait(for: .trouble(.full))
        #expect(log.entries.contains(.pressure(true)))
        try disk.resize("32m")
        await log.wait(for: .pressure(false))
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
        let outbox = try SQLiteOutbox(path: path)
        #expect(try outbox.load(load(limit: 1000), now: Timestamp(milliseconds: 1)).deliveries.count == 400)
    }
}
