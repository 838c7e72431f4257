import RelayModel
import Testing

@testable import FeedSimulation

@Suite struct `The pace of a simulated feed` {
    private let millisecond: Int64 = 1_000_000

    @Test func `events are due one by one at their rate`() {
        var pacing = EventPacing(rate: EventRate(200))
        pacing.restart(at: 1000 * millisecond)
        #expect(pacing.due(at: 1000 * millisecond) == 1)
        pacing.take()
        #expect(pacing.due(at: 1000 * millisecond) == 0)
        #expect(pacing.nextLook(after: 1000 * millisecond) == 1005 * millisecond)
        #expect(pacing.due(at: 1005 * millisecond) == 1)
        #expect(pacing.due(at: 1016 * millisecond) == 3)
    }

    @Test func `a late look makes up for what it missed, a pause does not`() {
        var pacing = EventPacing(rate: EventRate(1000))
        pacing.restart(at: 0)
        #expect(pacing.due(at: 99 * millisecond) == 100)
        #expect(pacing.due(at: 60_000 * millisecond) == EventPacing.batch)
        pacing.restart(at: 60_000 * millisecond)
        #expect(pacing.due(at: 60_000 * millisecond) == 1)
    }

    @Test func `a high rate is looked at in small batches`() {
        var pacing = EventPacing(rate: EventRate(100_000))
        pacing.restart(at: 0)
        pacing.take()
        #expect(pacing.nextLook(after: 0) == EventPacing.resolution)
        #expect(pacing.due(at: EventPacing.resolution) == 50)
    }

    @Test func `without a rate a batch is always due`() {
        var pacing = EventPacing(rate: nil)
        pacing.take()
        #expect(pacing.due(at: 5) == EventPacing.batch)
        #expect(pacing.nextLook(after: 5) == 5)
    }

    @Test(arguments: [
        ("200", EventRate(200)), ("200/s", EventRate(200)), ("30/m", EventRate(30, per: .seconds(60))),
        ("5/h", EventRate(5, per: .seconds(3600))), ("0", nil), ("-1", nil), ("1/d", nil), ("1/s/s", nil), ("", nil),
        ("1000001", nil), ("/s", nil),
    ])
    func `rates are read as in a configuration`(text: String, rate: EventRate?) {
        #expect(EventRate(text) == rate)
    }
}

@Suite struct `The faults of a simulated feed` {
    private func steps(_ count: Int, _ faults: SimulatorFaults, seed: UInt64 = 1) -> [FaultSchedule.Step] {
        var schedule = FaultSchedule(faults, seed: seed)
        return (0..<count).map { _ in schedule.next() }
    }

    @Test func `nothing goes wrong unless asked for`() {
        #expect(steps(100, SimulatorFaults()).allSatisfy { $0 == FaultSchedule.Step() })
    }

    @Test func `faults strike at each nth event, malformed frames in turn`() {
        let faults = SimulatorFaults(
            drop: .every(6), duplicate: .every(3), malform: .every(2), malformed: [.truncated, .deep], silentAfter: 5)
        #expect(
            steps(6, faults) == [
                FaultSchedule.Step(), FaultSchedule.Step(before: .truncated), FaultSchedule.Step(copies: 2),
                FaultSchedule.Step(before: .deep), FaultSchedule.Step(after: .silence),
                FaultSchedule.Step(before: .truncated, copies: 2, after: .drop),
            ])
    }

    @Test func `chance strikes about as often as asked, and a seed repeats it`() {
        let faults = SimulatorFaults(drop: .oneIn(10))
        let drops = steps(10_000, faults).filter { $0.after == .drop }.count
        #expect((800...1200).contains(drops))
        #expect(steps(1000, faults, seed: 4) == steps(1000, faults, seed: 4))
        #expect(steps(1000, faults, seed: 4) != steps(1000, faults, seed: 5))
    }

    @Test func `every malformed frame is refused by the relay's parser or is no event`() throws {
        let parser = JSONParser(limits: .message)
        for frame in MalformedFrame.allCases {
            guard let document = try? parser.parse(frame.bytes) else { continue }
            #expect([.untyped, .doubledKey].contains(frame))
            let isTyped = document.member(document.root, "type") != nil
            #expect(!isTyped || document.firstRepeatedKey(in: document.root) != nil, "\(frame)")
        }
    }
}
