import DeliveryPlanning
import RelayModel
import OutboxTestKit
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

    private func numbers(_ batch: OutboxBatch?) -> [UInt64]? { batch?.accepted.map(\.event.id.low) }

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
        let batch = try #require(queue.take())
        #expect(batch.accepted.map(\.event.id.low) == [1, 2, 3, 4, 5])
        #expect(batch.updates.map(\.id.number) == [7, 8])
        #expect(batch.standings == ["a": DestinationStanding(stop: .disabled), "b": DestinationStanding()])
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
        queue.record((1...7).map { .sample($0, .delivered) }, [:])
        #expect(queue.take()?.updates.count == 5)
        #expect(queue.take()?.updates.count == 2)
    }

    @Test func `a load waits for the outcomes recorded before it, not for those after`() throws {
        let queue = QueueUnderTest(limits)
        queue.record((1...7).map { .sample($0, .delivered) }, [:])
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

    @Test func `halving a batch ends at single things and keeps all of them in order`() {
        func leaves(_ batch: OutboxBatch) -> [OutboxBatch] {
            guard let (first, second) = batch.halves else { return [batch] }
            return leaves(first) + leaves(second)
        }
        let batch = OutboxBatch(
            accepted: events(1...5), updates: (1...3).map { .sample($0, .delivered) },
            standings: ["a": DestinationStanding(), "b": DestinationStanding(), "c": DestinationStanding()])
        let parts = leaves(batch)
        #expect(parts.count == 11)
        #expect(parts.flatMap { $0.standings.keys } == ["a", "b", "c"])
        #expect(parts.flatMap { $0.updates.map(\.id.number) } == [1, 2, 3])
        #expect(parts.flatMap { $0.accepted.map(\.event.id.low) } == [1, 2, 3, 4, 5])
        #expect(parts.allSatisfy { $0.accepted.count + $0.updates.count + $0.standings.count == 1 })
    }
}

/// The queue by reference: `#expect` does not call what mutates a value.
private final class QueueUnderTest {
    private var value: WriterQueue

    init(_ limits: WriterLimits) { value = WriterQueue(limits: limits) }

    var isPressed: Bool { value.isPressed }
    var unwrittenEvents: Int { value.unwrittenEvents }

    func accept(_ accepted: [AcceptedEvent]) { value.accept(accepted) }
    func record(_ updates: [DeliveryUpdate], _ standings: [String: DestinationStanding]) {
        value.record(updates, standings)
    }
    func load(_ request: LoadRequest) { value.load(request) }
    func take() -> OutboxBatch? { value.take() }
    func takeLoads() -> [LoadRequest] { value.takeLoads() }
    func finish(_ batch: OutboxBatch) { value.finish(batch) }
    func fail() { value.fail() }
}
