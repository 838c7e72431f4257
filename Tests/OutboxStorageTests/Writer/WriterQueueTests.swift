import DeliveryPlanning
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// What is written next, what is read when, and when the feeds rest: without a thread.
struct WriterQueueTests {
    private var limits: WriterLimits {
        var limits = WriterLimits()
        limits.eventsPerCommit = 10
        limits.bytesPerCommit = 100_000
        limits.updatesPerCommit = 5
        limits.highWaterEvents = 40
        limits.highWaterBytes = 1_000_000
        return limits
    }

    private func events(_ numbers: ClosedRange<UInt64>, bytes: Int = 0) -> [AcceptedEvent] {
        numbers.map { .sample($0, for: ["a"], data: String(repeating: "x", count: bytes)) }
    }

    private func load(_ destination: String = "a") -> LoadRequest {
        LoadRequest(destination: destination, kind: .due, limit: 1, byteLimit: 1, excluding: [])
    }

    private func numbers(_ work: WriterWork?) -> [UInt64]? { work?.input.arrivals.compactMap(\.accepted?.event.id.low) }

    @Test func `nothing is nothing to do`() {
        let queue = QueueUnderTest(limits)
        #expect(queue.take() == nil)
        #expect(queue.takeLoads().isEmpty)
        #expect(!queue.isPressed)
    }

    @Test func `all that came meanwhile goes into one transaction, in its order`() throws {
        let queue = QueueUnderTest(limits)
        queue.accept(events(1...3))
        queue.accept(events(4...5))
        queue.record([.sample(7, .delivered)], ["a": DestinationStanding(stop: .paused)])
        queue.record([.sample(8, .dead)], ["a": DestinationStanding(stop: .disabled), "b": DestinationStanding()])
        let work = try #require(queue.take())
        #expect(numbers(work) == [1, 2, 3, 4, 5])
        #expect(work.input.updates.map(\.id.number) == [7, 8])
        #expect(work.input.standings == ["a": DestinationStanding(stop: .disabled), "b": DestinationStanding()])
        #expect(queue.take() == nil)
    }

    @Test func `a transaction is bounded in events, bytes and outcomes`() {
        let queue = QueueUnderTest(limits)
        queue.accept(events(1...12))
        #expect(numbers(queue.take()) == Array(1...10))
        #expect(numbers(queue.take()) == [11, 12])
        queue.accept(events(21...24, bytes: 45_000))
        #expect(numbers(queue.take()) == [21, 22])
        #expect(numbers(queue.take()) == [23, 24])
        queue.accept(events(31...32, bytes: 500_000))
        #expect(numbers(queue.take()) == [31])
        #expect(numbers(queue.take()) == [32])
        for number in Int64(1)...7 { queue.record([.sample(number, .delivered)], [:]) }
        #expect(queue.take()?.input.updates.count == 5)
        #expect(queue.take()?.input.updates.count == 2)
    }

    @Test func `what was recorded together is written together, whatever its size`() throws {
        let queue = QueueUnderTest(limits)
        queue.record([.sample(1, .dead)], [:], own: [.sample(1)])
        queue.record((2...8).map { .sample($0, .dead) }, [:], own: (2...8).map { .sample($0) })
        let first = try #require(queue.take())
        #expect(first.input.updates.map(\.id.number) == [1])
        #expect(first.input.own == [.sample(1)])
        let second = try #require(queue.take())
        #expect(second.input.updates.map(\.id.number) == Array(2...8))
        #expect(second.input.own == (2...8).map { .sample($0) })
        #expect(queue.unwrittenUpdates == 7)
    }

    @Test func `a wait is over when what was received before its end is taken, not before`() throws {
        let queue = QueueUnderTest(limits)
        queue.accept((1...15).map { .sample($0, at: Int64($0) * 10, for: ["a"]) })
        #expect(queue.take(at: 1000)?.input.horizon == Timestamp(milliseconds: 100))
        #expect(queue.take(at: 1000)?.input.horizon == Timestamp(milliseconds: 1000))
    }

    @Test func `settled means: all that came before is written, what came after is not waited for`() throws {
        let queue = QueueUnderTest(limits)
        queue.settle("nothing")
        queue.accept(events(1...12))
        queue.settle("events")
        queue.record([.sample(1, .delivered)], [:])
        queue.settle("outcome")
        queue.accept(events(21...22))
        #expect(queue.settled == ["nothing"])
        queue.finish(try #require(queue.take()))
        #expect(queue.settled == ["nothing"])
        queue.finish(try #require(queue.take()))
        #expect(queue.settled == ["nothing", "events", "outcome"])
        queue.accept(events(31...31))
        queue.settle("never")
        _ = queue.take()
        queue.fail()
        queue.settle("late")
        queue.end()
        #expect(queue.settled == ["nothing", "events", "outcome", "never: planted", "late: planted"])
    }

    @Test func `an operator's action waits for the outcomes before it, and is refused while nothing can be written`()
        throws
    {
        let queue = QueueUnderTest(limits)
        queue.record([.sample(1, .delivered)], [:])
        queue.perform(.retry(DeliveryID(1)))
        #expect(queue.takeOperation() == nil)
        queue.finish(try #require(queue.take()))
        #expect(queue.takeOperation() == .retry(DeliveryID(1)))
        queue.record([.sample(2, .delivered)], [:])
        queue.perform(.discard(DeliveryID(2)))
        _ = queue.take()
        #expect(queue.refused == 0)
        queue.fail()
        #expect(queue.refused == 1)
        #expect(queue.takeOperation() == nil)
    }

    @Test func `an outcome that comes before an operation's turn counts first, and those after it do not hold it up`()
        throws
    {
        let queue = QueueUnderTest(limits)
        queue.perform(.retry(DeliveryID(1)))
        // While the transaction before was written.
        queue.record([.sample(1, .delivered)], [:])
        #expect(queue.takeOperation() == nil)
        let outcome = try #require(queue.take())
        queue.record([.sample(2, .delivered)], [:])
        queue.finish(outcome)
        #expect(queue.takeOperation() == .retry(DeliveryID(1)))
    }

    @Test
    func `what a feed has brought is written down after the events before it, which may take several transactions`() {
        let queue = QueueUnderTest(limits)
        queue.accept(events(1...15))
        queue.record(WriterRecord(feedsSeen: ["f": Timestamp(milliseconds: 5)]))
        func notices(_ work: WriterWork?) -> Int {
            work?.input.arrivals.filter { if case .notice = $0 { true } else { false } }.count ?? 0
        }
        #expect(notices(queue.take()) == 0)
        #expect(notices(queue.take()) == 1)
    }

    @Test func `feeds rest while what has to be kept fills the outbox`() {
        let queue = QueueUnderTest(limits)
        queue.fill(isFull: true)
        #expect(queue.isPressed)
        queue.accept(events(1...2))
        #expect(queue.take() != nil)
        queue.fill(isFull: false)
        #expect(!queue.isPressed)
    }

    @Test func `a load waits for the outcomes recorded before it, not for those after`() throws {
        let queue = QueueUnderTest(limits)
        for number in Int64(1)...7 { queue.record([.sample(number, .delivered)], [:]) }
        queue.load(load("a"))
        queue.record([.sample(8, .delivered)], [:])
        queue.load(load("b"))
        #expect(queue.takeLoads().isEmpty)
        let first = try #require(queue.take())
        queue.finish(first)
        #expect(queue.takeLoads().isEmpty)
        let second = try #require(queue.take())
        queue.finish(second)
        #expect(queue.takeLoads().map(\.destination) == ["a", "b"])
        queue.record([.sample(9, .delivered)], [:])
        queue.load(load("c"))
        #expect(queue.takeLoads().isEmpty)
    }

    @Test func `a load does not wait for events`() {
        let queue = QueueUnderTest(limits)
        queue.accept(events(1...5))
        queue.load(load())
        #expect(queue.takeLoads().count == 1)
    }

    @Test func `feeds rest above the high mark and until the low one, what is being written counted`() throws {
        let queue = QueueUnderTest(limits)
        queue.accept(events(1...40))
        #expect(!queue.isPressed)
        queue.accept(events(41...41))
        #expect(queue.isPressed)
        for left in [31, 21, 11] {
            let batch = try #require(queue.take())
            #expect(queue.isPressed)
            queue.finish(batch)
            #expect(queue.unwrittenEvents == left)
            #expect(queue.isPressed)
        }
        let batch = try #require(queue.take())
        queue.finish(batch)
        #expect(!queue.isPressed)
    }

    @Test func `feeds rest above a mark of bytes, too`() throws {
        let queue = QueueUnderTest(limits)
        queue.accept(events(1...3, bytes: 400_000))
        #expect(queue.isPressed)
        while let batch = queue.take() { queue.finish(batch) }
        #expect(!queue.isPressed)
    }

    @Test func `feeds rest while writing fails, and no longer`() throws {
        let queue = QueueUnderTest(limits)
        queue.accept(events(1...2))
        let batch = try #require(queue.take())
        queue.fail()
        #expect(queue.isPressed)
        #expect(queue.unwrittenEvents == 2)
        queue.finish(batch)
        #expect(!queue.isPressed)
        #expect(queue.unwrittenEvents == 0)
    }

    @Test func `halving a batch ends at single things and keeps all of them in order`() throws {
        func leaves(_ batch: OutboxBatch) -> [OutboxBatch] {
            guard let (first, second) = batch.halves else { return [batch] }
            return leaves(first) + leaves(second)
        }
        let batch = OutboxBatch(
            accepted: events(1...5), updates: (1...3).map { .sample($0, .delivered) },
            standings: ["a": DestinationStanding(), "b": DestinationStanding(), "c": DestinationStanding()],
            payments: [.arrived(1, at: 0), .arrived(2, at: 0)], waits: [.begun(3, at: 0)], endedWaits: [8, 9],
            feedsSeen: ["f": Timestamp(milliseconds: 1)], forgottenFeeds: ["g"], ownEvents: 17)
        let parts = leaves(batch)
        #expect(parts.count == 19)
        #expect(parts.flatMap { $0.standings.keys } == ["a", "b", "c"])
        #expect(parts.flatMap { $0.updates.map(\.id.number) } == [1, 2, 3])
        #expect(parts.flatMap { $0.accepted.map(\.event.id.low) } == [1, 2, 3, 4, 5])
        #expect(parts.flatMap { $0.payments.map(\.key.low) } == [1, 2])
        #expect(parts.flatMap { $0.waits.map(\.key.low) } == [3])
        #expect(parts.flatMap(\.endedWaits) == [8, 9])
        #expect(parts.compactMap(\.ownEvents) == [17])
        #expect(parts.flatMap(\.feedsSeen.keys) == ["f"])
        #expect(parts.flatMap(\.forgottenFeeds) == ["g"])
        let numbered = try #require(parts.firstIndex { $0.ownEvents != nil })
        let accepted = try #require(parts.lastIndex { !$0.accepted.isEmpty })
        let ended = try #require(parts.firstIndex { !$0.endedWaits.isEmpty })
        #expect(numbered < accepted && accepted < ended)
    }
}

/// The queue by reference: `#expect` does not call what mutates a value.
private final class QueueUnderTest {
    private var value: WriterQueue

    init(_ limits: WriterLimits) { value = WriterQueue(limits: limits) }

    var isPressed: Bool { value.isPressed }
    var unwrittenEvents: Int { value.unwrittenEvents }

    var unwrittenUpdates: Int { value.unwrittenUpdates }
    var refused: Int { refusals.withLock { $0 } }
    private let settlements = Monitor([String]())
    var settled: [String] { settlements.withLock { $0 } }
    private let refusals = Monitor(0)

    func accept(_ accepted: [AcceptedEvent]) { value.accept(accepted.map { .accepted($0) }) }
    func record(_ updates: [DeliveryUpdate], _ standings: [String: DestinationStanding], own: [OwnEvent] = []) {
        value.record(WriterRecord(updates: updates, standings: standings, own: own))
    }
    func record(_ record: WriterRecord) { value.record(record) }
    func load(_ request: LoadRequest) { value.load(request) }
    func perform(_ action: OperatorAction) {
        value.perform(action) { [refusals] in if case .failure = $0 { refusals.withLock { $0 += 1 } } }
    }
    func takeOperation() -> OperatorAction? { value.takeOperation()?.action }
    func settle(_ name: String) {
        value.settle { [settlements] fault in
            settlements.withLock { $0.append(fault.map { "\(name): \($0)" } ?? name) }
        }
    }
    func take(at now: Int64 = 0) -> WriterWork? { value.take(now: Timestamp(milliseconds: now)) }
    func takeLoads() -> [LoadRequest] { value.takeLoads() }
    func finish(_ work: WriterWork) { value.finish(work.input.arrivals, records: work.records) }
    func fail() { value.fail(OutboxError(kind: .full, reason: "planted")) }
    func fill(isFull: Bool) { value.fill(isFull: isFull) }
    func end() { value.end(OutboxError(kind: .failed, reason: "planted")) }
}
