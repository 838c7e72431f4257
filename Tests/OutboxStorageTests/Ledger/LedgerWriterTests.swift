import DeliveryPlanning
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// What the writer does with payments: on disk before it returns, before whatever else waits, or never.
struct LedgerWriterTests {
    private let script = ScriptedOutbox.Script()
    private let log = ReportLog()
    private let lines = LogLines()
    private let time = ManualTime(1000)

    private func start(
        own: [String] = [], limits: WriterLimits = WriterLimits(), log: ReportLog? = nil
    ) throws -> OutboxWriter {
        var limits = limits
        (limits.retryInitial, limits.retryMax) = (.milliseconds(1), .milliseconds(2))
        let (script, time, log) = (script, time, log ?? self.log)
        return try OutboxWriter.start(
            limits: limits, retention: .sample, logger: lines.logger, clock: { time.now },
            judge: { ScriptedJudge(own: own) }, reports: log.reports,
            open: { () throws(OutboxError) in ScriptedOutbox(script) })
    }

    private func stop(_ writer: OutboxWriter) async {
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
    }

    private func change(_ number: Int64, own: [OwnEvent] = []) -> LedgerChange {
        LedgerChange(entries: [.sample(number)], own: own)
    }

    /// Hands over a change, which waits when this returns; the task ends when the writer has answered.
    private func handOver(_ change: LedgerChange, to writer: OutboxWriter) -> Task<OutboxError?, Never> {
        Task.immediate {
            do throws(OutboxError) {
                try await writer.keep(change)
                return nil
            } catch {
                return error
            }
        }
    }

    /// The own events that were tried, failed ones included, each with its number.
    private var numbers: [Int64] { script.kept.compactMap(\.judged.ownEvents) }

    @Test func `what the ledger remembers is told once, when the outbox is opened`() async throws {
        let memory = LedgerMemory(before: TokenAmount("1.5") ?? .zero, open: [.sample(3)], lastID: PaymentID(3))
        script.remember(memory)
        let writer = try start()
        #expect(writer.ledger == memory)
        await stop(writer)
    }

    @Test func `a payment is kept with the own events about it, under the next numbers, and these are told`()
        async throws
    {
        script.remember(OutboxMemory(ownEvents: 41))
        let writer = try start(own: ["ops"])
        let change = change(1, own: [.sample(1)])
        try await writer.keep(change)
        #expect(log.entries == [.committed([1])])
        #expect(script.kept.map(\.change) == [change])
        let judged = try #require(script.kept.last?.judged)
        #expect(judged.accepted.map(\.event.data) == [OwnEvent.sample(1).data(number: 42)])
        #expect(judged.ownEvents == 42)
        writer.raise(own: [.sample(2)])
        try await writer.settled()
        #expect(script.batches.last?.ownEvents == 43)
        await stop(writer)
    }

    @Test func `own events about a payment are told as taken, and its transaction as written, unless it fails`()
        async throws
    {
        let log = ReportLog(hasAll: true)
        let writer = try start(own: ["ops"], log: log)
        try await writer.keep(change(1, own: [.sample(1)]))
        let taken = log.entries.compactMap { if case .taken(let ids) = $0 { ids.count } else { nil } }
        #expect(taken == [1])
        #expect(log.entries.first == .wrote)
        #expect(log.entries.last == .committed([1]))
        script.fail(.full)
        await #expect(throws: OutboxError.self) { try await writer.keep(change(1, own: [.sample(2)])) }
        #expect(log.entries.count == 3)
        script.fail(nil)
        try await writer.keep(change(1))
        #expect(log.entries.suffix(2) == [.wrote, .committed([])])
        await stop(writer)
    }

    @Test func `what cannot be written is told, never tried again, and its numbers are given to the next`() async throws
    {
        let writer = try start(own: ["ops"])
        for kind in [OutboxError.Kind.full, .failed, .refused] {
            script.fail(kind)
            await #expect(throws: OutboxError(kind: kind, reason: "planted")) {
                try await writer.keep(change(1, own: [.sample(1)]))
            }
        }
        script.fail(nil)
        try await writer.keep(change(2, own: [.sample(2), .sample(3)]))
        await stop(writer)
        #expect(script.kept.map(\.change.entries.first?.id.number) == [1, 1, 1, 2])
        #expect(numbers == [1, 1, 1, 2])
        #expect(log.entries == [.committed([1])])
    }

    @Test func `while nothing can be written a payment is refused, and not written when that is over`() async throws {
        let writer = try start()
        script.fail(.full)
        writer.raise(own: [.sample(1)])
        await log.wait(for: .trouble(.full))
        await #expect(throws: OutboxError(kind: .full, reason: "planted")) { try await writer.keep(change(1)) }
        script.fail(nil)
        try await writer.settled()
        try await writer.keep(change(2))
        await stop(writer)
        #expect(script.kept.map(\.change) == [change(2)])
    }

    @Test func `payments are kept in their order, after the transaction under way and before all that waits`()
        async throws
    {
        var limits = WriterLimits()
        (limits.eventsPerCommit, limits.updatesPerCommit) = (10, 1)
        let writer = try start(own: ["ops"], limits: limits)
        script.hold()
        writer.accept([.event(1, at: 1000, for: "a")])
        script.waitForBatch(1)
        writer.accept((2...50).map { .event($0, at: 1000, for: "a") })
        for number in 1...5 as ClosedRange<Int64> { writer.record([.sample(number, .delivered)], own: [.sample(7)]) }
        writer.load([LoadRequest(destination: "a", kind: .due, limit: 1, byteLimit: 1, excluding: [])])
        let tasks = (1...3 as ClosedRange<Int64>).map { handOver(change($0, own: [.sample($0)]), to: writer) }
        script.letGo()
        for task in tasks { #expect(await task.value == nil) }
        await stop(writer)
        #expect(script.kept.map(\.change.entries.first?.id.number) == [1, 2, 3])
        // The second to the fourth of all that was written.
        #expect(script.batches.prefix(5).map(\.ownEvents) == [nil, 1, 2, 3, 4])
        #expect(script.batches.prefix(5).map(\.accepted.count) == [1, 1, 1, 1, 11])
    }

    @Test func `a payment comes between two transactions of one piece of work, and the release under way goes on`()
        async throws
    {
        var limits = WriterLimits()
        limits.join.waits = 1
        let writer = try start(own: ["ops"], limits: limits)
        writer.accept(try (1...3).map { try .settlement($0, of: 1, at: 1000, with: ["a"]) })
        try await writer.settled()
        let before = script.batches.count
        script.hold()
        writer.accept([.payment(1, at: 1001), .event(9, at: 1002, for: "a")])
        script.waitForBatch(before + 1)
        let task = handOver(change(1, own: [.sample(1)]), to: writer)
        script.letGo()
        #expect(await task.value == nil)
        try await writer.settled()
        await stop(writer)
        let written = script.batches[before...].map { $0.ownEvents == nil ? $0.accepted.map(\.words) : ["own"] }
        #expect(written.prefix(2) == [["1 to a with 1"], ["own"]])
        #expect(
            written.flatMap { $0 }.filter { $0 != "own" }
                == ["1 to a with 1", "2 to a with 1", "3 to a with 1", "9 to a"])
    }

    @Test func `a change that comes while the writer stops is answered, and kept where nothing fails`() async throws {
        let writer = try start()
        script.hold()
        writer.accept([.event(1, at: 1000, for: "a")])
        script.waitForBatch(1)
        let stopped = Task.immediate { await writer.stop(within: .seconds(60)) }
        let kept = handOver(change(1), to: writer)
        script.letGo()
        #expect(await kept.value == nil)
        #expect(await stopped.value == OutboxWriter.Remainder())
        #expect(script.kept.map(\.change) == [change(1)])
        let late = await handOver(change(2), to: writer).value
        #expect(late?.reason.contains("the relay is stopping") == true)
        #expect(script.kept.count == 1)
    }

    @Test func `a writer that has to give up answers what waits, and keeps none of it`() async throws {
        let writer = try start()
        script.fail(.full)
        writer.accept([.event(1, at: 1000, for: "a")])
        await log.wait(for: .trouble(.full))
        let kept = handOver(change(1), to: writer)
        #expect(await writer.stop(within: .zero) == OutboxWriter.Remainder(events: 1))
        #expect(await kept.value != nil)
        #expect(script.kept.isEmpty)
    }

    @Test func `what was kept outlives the relay`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("outbox.sqlite")
        func start() throws -> OutboxWriter {
            try OutboxWriter.start(
                retention: .sample, logger: lines.logger, clock: { Timestamp(milliseconds: 5000) },
                judge: { ScriptedJudge(own: ["ops"]) }, reports: log.reports,
                open: { () throws(OutboxError) in try SQLiteOutbox(path: path) })
        }
        let first = try start()
        #expect(first.ledger == LedgerMemory())
        let standing = StreamStanding(feed: "solana", resource: .sample(), token: Secret("token"), unservedInRow: 1)
        try await first.keep(
            LedgerChange(entries: [.sample(1, at: 4000)], standings: [standing], own: [.sample(1)]))
        // Before anything else, as another connection sees it.
        #expect(try SQLiteOutboxReader(path: path).payment(PaymentID(1)) == .sample(1, at: 4000))
        let reader = OutboxReader(path: path)
        #expect(try await reader.payment(PaymentID(1)) == .sample(1, at: 4000))
        let page = try await reader.payments(LedgerFilter(), order: .newestFirst, cursor: nil, limit: 1)
        #expect(page == LedgerPage(payments: [.sample(1, at: 4000)], cursor: nil))
        await reader.close()
        await stop(first)
        let second = try start()
        #expect(second.ledger.open == [.sample(1, at: 4000)])
        #expect(second.ledger.standings == [standing])
        #expect(second.ledger.recent.map(\.units.description) == ["0.03"])
        #expect(second.ledger.lastID == PaymentID(1))
        #expect(second.memory.ownEvents == 1)
        await stop(second)
    }

    @Test(.enabled(if: MountedFolder.isAllowed, "only root may mount a file system"))
    func `on a full disk a payment is refused whole, and the next is kept when there is room`() async throws {
        let disk = try MountedFolder(size: "2m")
        let path = disk.path("outbox.sqlite")
        let writer = try OutboxWriter.start(
            retention: .sample, logger: lines.logger, clock: { Timestamp(milliseconds: 5000) },
            judge: { ScriptedJudge(own: ["ops"]) }, reports: log.reports,
            open: { () throws(OutboxError) in try SQLiteOutbox(path: path) })
        var large = change(1, own: [.sample(1)])
        large.entries[0].payload = Array(repeating: 1, count: 4 << 20)
        let refused = await handOver(large, to: writer).value
        #expect(refused?.kind == .full)
        #expect(try SQLiteOutboxReader(path: path).payment(PaymentID(1)) == nil)
        try disk.resize("32m")
        try await writer.keep(change(2, own: [.sample(2)]))
        await stop(writer)
        let outbox = try SQLiteOutbox(path: path)
        #expect(try outbox.ledger(now: Timestamp(milliseconds: 5000)).open == [.sample(2)])
        #expect(try outbox.memory().ownEvents == 1)
    }
}
