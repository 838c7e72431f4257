import DeliveryPlanning
import Logging
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// What the writer does beside writing deliveries: joins, own events, operators' actions, and pruning in between.
struct WriterDutyTests {
    private let script = ScriptedOutbox.Script()
    private let log = ReportLog()
    private let lines = LogLines()
    private let time = ManualTime(1000)

    private func start(own: [String] = [], retention: RetentionPolicy = .sample) throws -> OutboxWriter {
        var limits = WriterLimits()
        (limits.retryInitial, limits.retryMax) = (.milliseconds(1), .milliseconds(2))
        let (script, time) = (script, time)
        return try OutboxWriter.start(
            limits: limits, retention: retention, logger: lines.logger, clock: { time.now },
            judge: { ScriptedJudge(own: own) }, reports: log.reports,
            open: { () throws(OutboxError) in ScriptedOutbox(script) })
    }

    /// A try that began before the failures ended may still tell of one.
    private func settleAtLast(_ writer: OutboxWriter) async {
        while (try? await writer.settled()) == nil {}
    }

    private func stop(_ writer: OutboxWriter) async {
        #expect(await writer.stop(within: .seconds(60)) == OutboxWriter.Remainder())
    }

    /// Lets the clock stand at `moment`; returns when the writer has done what was due by then.
    ///
    /// A load that it answers in between shows that it has looked at the clock since.
    private func pass(to moment: Int64, _ writer: OutboxWriter) async {
        await answered("before \(moment)", by: writer)
        time.move(to: moment)
        await answered("at \(moment)", by: writer)
        await answered("after \(moment)", by: writer)
    }

    private func answered(_ name: String, by writer: OutboxWriter) async {
        writer.load([LoadRequest(destination: name, kind: .due, limit: 1, byteLimit: 1, excluding: [])])
        await log.wait(for: .loaded(name, []))
    }

    private var told: [ReportLog.Entry] {
        log.entries.filter { if case .loaded = $0 { false } else { true } }
    }

    // MARK: Own events

    @Test func `an own event is written with the outcome that it tells of, under the next number`() async throws {
        script.remember(OutboxMemory(ownEvents: 41))
        let writer = try start(own: ["ops"])
        #expect(writer.memory.ownEvents == 41)
        writer.record([.sample(1, .dead)], own: [.sample(1)])
        try await writer.settled()
        let batch = try #require(script.batches.last)
        #expect(batch.updates.map(\.id.number) == [1])
        #expect(batch.accepted.map(\.event.data) == [OwnEvent.sample(1).data(number: 42)])
        #expect(batch.ownEvents == 42)
        await stop(writer)
    }

    @Test func `a retried batch keeps the numbers of its own events`() async throws {
        let writer = try start(own: ["ops"])
        script.fail(.full)
        writer.raise(own: [.sample(1), .sample(2)], feedsSeen: ["f": time.now], forgottenFeeds: ["g"])
        script.waitForBatch(4)
        script.fail(nil)
        await settleAtLast(writer)
        writer.raise(own: [.sample(3)])
        try await writer.settled()
        #expect(script.batches.dropLast().allSatisfy { $0.ownEvents == 2 && $0.accepted.count == 2 })
        #expect(script.batches.first?.feedsSeen == ["f": time.now])
        #expect(script.batches.first?.forgottenFeeds == ["g"])
        #expect(script.batches.last?.ownEvents == 3)
        await stop(writer)
    }

    // MARK: Joins

    @Test func `a wait ends by itself when its time comes`() async throws {
        let writer = try start()
        writer.accept([try .settlement(7, of: 1, at: 1000, with: ["a"], without: ["b"])])
        try await writer.settled()
        #expect(script.batches.last?.waits.count == 1)
        time.move(to: 10_999)
        writer.raise(feedsSeen: ["f": time.now])
        try await writer.settled()
        #expect(script.batches.last?.accepted.isEmpty == true)
        time.move(to: 11_000)
        // Wakes the writer, which would look by the machine's clock otherwise.
        writer.load([])
        await log.wait(for: .committed([1]))
        #expect(script.batches.last?.accepted.map(\.words) == ["7 to b"])
        await stop(writer)
    }

    @Test func `a batch with a join stays right however often it is tried`() async throws {
        let writer = try start()
        writer.accept([try .settlement(7, of: 1, at: 1000, with: ["a"])])
        try await writer.settled()
        let before = script.batches.count
        script.fail(.full)
        writer.accept([.payment(1, at: 1001, for: "a")])
        script.waitForBatch(before + 3)
        script.fail(nil)
        await settleAtLast(writer)
        for batch in script.batches[before...] {
            #expect(batch.accepted.map(\.words) == ["1001 to a", "7 to a with 1"])
            #expect(batch.payments.count == 1)
            #expect(batch.endedWaits.count == 1)
        }
        #expect(log.entries.last { if case .committed = $0 { true } else { false } } == .committed([1, 2]))
        await stop(writer)
    }

    // MARK: Operators

    @Test func `what an operator did is told once, before the operator`() async throws {
        let writer = try start()
        let delivery = Delivery(
            id: DeliveryID(5), event: AcceptedEvent.sample(5, for: ["a"]).event, destination: "a", rules: [],
            format: .standard, notBefore: time.now)
        script.answer(.success(OperatorOutcome(ready: [delivery], withdrawn: [DeliveryID(4)], changed: 1)))
        let outcome = try await writer.perform(.retry(DeliveryID(5)))
        #expect(outcome.changed == 1)
        #expect(log.entries == [.performed(ready: [5], withdrawn: [4])])
        await stop(writer)
    }

    @Test func `an operator is told what fails, also while nothing can be written and after the end`() async throws {
        let writer = try start()
        script.answer(.failure(OutboxError(kind: .failed, reason: "planted")))
        await #expect(throws: OutboxError(kind: .failed, reason: "planted")) {
            try await writer.perform(.discard(DeliveryID(1)))
        }
        script.fail(.full)
        writer.raise(own: [.sample(1)])
        await log.wait(for: .trouble(.full))
        await #expect(throws: OutboxError(kind: .full, reason: "planted")) {
            try await writer.perform(.discard(DeliveryID(1)))
        }
        script.fail(nil)
        await stop(writer)
        await #expect(throws: OutboxError.self) { try await writer.perform(.discard(DeliveryID(1))) }
        await #expect(throws: OutboxError.self) { try await writer.settled() }
    }

    // MARK: Pruning

    @Test func `the outbox is pruned from its start, step by step, and then rests`() async throws {
        func left(_ hasMore: Bool) -> Result<PruneOutcome, OutboxError> {
            .success(PruneOutcome(removed: 1, hasMore: hasMore, size: 10, keptSize: 1))
        }
        script.prunings([left(true), left(true), left(false)])
        let writer = try start()
        script.waitForPruning(1)
        await pass(to: 2000, writer)
        script.waitForPruning(2)
        await pass(to: 3000, writer)
        script.waitForPruning(3)
        await pass(to: 62_999, writer)
        #expect(script.pruned.count == 3)
        await pass(to: 63_000, writer)
        script.waitForPruning(4)
        await stop(writer)
    }

    @Test func `feeds rest while the outbox is full of what has to be kept, deliveries go on, and room is told`()
        async throws
    {
        func kept(_ size: Int64) -> Result<PruneOutcome, OutboxError> {
            .success(PruneOutcome(removed: 0, hasMore: false, size: size, keptSize: size))
        }
        script.prunings([kept(1_000_000), kept(990_000), kept(850_000), kept(10)])
        let writer = try start()
        await log.wait(for: .fill(.full))
        #expect(log.entries == [.pressure(true), .fill(.full)])
        writer.record([.sample(1, .delivered)])
        await log.wait(for: .committed([]))
        await pass(to: 2000, writer)
        script.waitForPruning(2)
        await pass(to: 3000, writer)
        script.waitForPruning(3)
        await pass(to: 70_000, writer)
        await log.wait(for: .fill(.roomy))
        #expect(
            told.filter { $0 != .committed([]) }
                == [.pressure(true), .fill(.full), .pressure(false), .fill(.nearlyFull), .fill(.roomy)])
        #expect(lines.count(.error) == 1 && lines.count(.warning) == 1 && lines.count(.notice) == 1)
        await stop(writer)
    }

    @Test func `payments that are forgotten before their time are told, with their number`() async throws {
        script.prunings([
            .success(PruneOutcome(removed: 0, forgottenEarly: 3, hasMore: false, size: 10, keptSize: 1)),
            .success(PruneOutcome(removed: 0, hasMore: false, size: 10, keptSize: 1)),
        ])
        let writer = try start()
        script.waitForPruning(1)
        await pass(to: 61_000, writer)
        script.waitForPruning(2)
        #expect(lines.count(.warning) == 1)
        #expect(lines.text.contains("forgotten before their 24 hours"))
        #expect(lines.text.contains(": 3]"))
        await stop(writer)
    }

    @Test func `a step of pruning counts as written where it removed something`() async throws {
        script.prunings([
            .success(PruneOutcome(removed: 1, hasMore: false, size: 10, keptSize: 1)),
            .success(PruneOutcome(removed: 0, forgotten: 2, hasMore: false, size: 10, keptSize: 1)),
            .success(PruneOutcome(removed: 0, hasMore: false, size: 10, keptSize: 1)),
        ])
        let writer = try start()
        for step in 1...3 {
            script.waitForPruning(step)
            await pass(to: Int64(step) * 70_000, writer)
        }
        await stop(writer)
        #expect(log.writes == 2)
    }

    @Test func `pruning that fails is logged and disturbs nothing`() async throws {
        script.prunings([.failure(OutboxError(kind: .failed, reason: "planted"))])
        let writer = try start()
        script.waitForPruning(1)
        writer.accept([.event(1, at: 1000, for: "a")])
        await log.wait(for: .committed([1]))
        #expect(lines.count(.error) == 1)
        #expect(!log.entries.contains(.pressure(true)))
        await stop(writer)
    }

    @Test func `a new policy holds from the next step on, which comes at once`() async throws {
        let writer = try start()
        script.waitForPruning(1)
        await answered("first", by: writer)
        writer.retain(RetentionPolicy(retention: .seconds(1), deadRetention: .seconds(2), maxSize: 77))
        script.waitForPruning(2)
        let step = try #require(script.pruned.last)
        #expect(step.deliveredBefore == Timestamp(milliseconds: 0))
        #expect(step.deadBefore == Timestamp(milliseconds: -1000))
        #expect(step.maxSize == 77)
        await stop(writer)
    }
}
