import DeliveryPlanning
import RelayModel
import Testing

@Suite struct FlightBytesTests {
    private static let kilobyte = 1000 - 512

    private func limits(flight: Int = 1 << 20, total: Int = 1 << 20) -> PlannerLimits {
        var limits = PlannerLimits()
        limits.flightBytes = flight
        limits.totalFlightBytes = total
        return limits
    }

    @Test func `bytes in flight are bounded, and what is held back goes when others end`() {
        var talk = PlannerConversation(limits: limits(flight: 3000))
        talk.offer(1...7, size: Self.kilobyte)
        #expect(talk.advance() == [1, 2, 3])
        #expect(talk.advance(by: .seconds(60)) == [])
        #expect(talk.wake == nil)
        talk.answer(2, 200)
        #expect(talk.advance() == [4])
        for number in [Int64(1), 3, 4] { talk.answer(number, 500) }
        #expect(talk.advance() == [5, 6, 7])
    }

    @Test func `one attempt is made whatever its size, and smaller ones do not pass a large one`() {
        var talk = PlannerConversation(limits: limits(flight: 3000))
        talk.offer([1], size: Self.kilobyte)
        talk.offer([2], size: 1_000_000)
        talk.offer([3], size: Self.kilobyte)
        #expect(talk.advance() == [1])
        talk.answer(1, 200)
        #expect(talk.advance() == [2])
        #expect(talk.advance() == [])
        talk.answer(2, 200)
        #expect(talk.advance() == [3])
    }

    /// Several destinations, each with so many deliveries of 1000 bytes, whose ids begin at 100, at 200 and so on.
    private func planner(_ names: [String], each count: Int64, total: Int) -> DeliveryPlanner {
        let now = PlannerConversation.start
        var planner = DeliveryPlanner(
            policies: names.map { DestinationPolicy(name: $0) }, standings: [:], seed: 1, limits: limits(total: total))
        _ = planner.advance(now: now)
        for name in names { planner.loaded([], destination: name, next: nil, now: now) }
        for (index, name) in names.enumerated() {
            let first = Int64(100 * (index + 1))
            planner.offer(
                (first..<first + count).map {
                    PlannerConversation.delivery($0, destination: name, size: Self.kilobyte)
                }, now: now)
        }
        return planner
    }

    private func answer(_ number: Int64, _ destination: String, _ planner: inout DeliveryPlanner) {
        let now = PlannerConversation.start
        _ = planner.finish(
            DeliveryID(number), destination: destination,
            outcome: .answered(status: 200, retryAfter: nil, body: []), startedAt: now, duration: .zero, now: now,
            wallTime: now)
    }

    @Test func `bytes in flight are bounded over all destinations, and each has one attempt in any case`() {
        let now = PlannerConversation.start
        var planner = planner(["hung", "billing", "ledger"], each: 9, total: 4000)
        #expect(planner.advance(now: now).attempts.map(\.id.number) == [100, 101, 102, 103, 200, 300])
        for number in Int64(200)...207 {
            answer(number, "billing", &planner)
            #expect(planner.advance(now: now).attempts.map(\.id.number) == [number + 1])
        }
        answer(100, "hung", &planner)
        answer(101, "hung", &planner)
        // 4000 bytes are in flight still.
        #expect(planner.advance(now: now).attempts.isEmpty)
        answer(102, "hung", &planner)
        #expect(planner.advance(now: now).attempts.map(\.id.number) == [104])
        answer(103, "hung", &planner)
        #expect(planner.advance(now: now).attempts.map(\.id.number) == [301])
    }

    @Test func `room among the bytes in flight goes to those that wait for it by turns`() {
        let now = PlannerConversation.start
        var planner = planner(["busy", "billing", "ledger"], each: 12, total: 8000)
        #expect(planner.advance(now: now).attempts.count == 10)
        var begun: [Int64] = []
        for number in Int64(100)...107 {
            answer(number, "busy", &planner)
            begun += planner.advance(now: now).attempts.map { $0.id.number }
        }
        #expect(begun == [108, 201, 301, 109, 202, 302])
    }
}
