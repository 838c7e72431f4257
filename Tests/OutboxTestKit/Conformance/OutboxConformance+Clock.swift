import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    /// The clock was an hour and more ahead, and is set right.
    static let clocks = [
        OutboxConformance("what was accepted while the clock was ahead is due now, what queues behind it too") {
            test throws in
            try test.accept(1, at: 50, for: "a")
            try test.accept(2, at: 9_000_000, for: "a", lanes: [1])
            try test.accept(3, at: 9_000_001, for: "a", lanes: [1])
            try test.reopen()
            try test.began(at: 100)
            #expect(try test.due(at: 100) == DueNumbers([1, 2]))
            try test.end(2)
            #expect(try test.due(at: 100) == DueNumbers([1, 3]))
        },
        OutboxConformance("what was attempted while the clock was ahead waits from now as long as it had to") {
            test throws in
            try test.accept(1, at: 50, for: "a")
            try test.accept(2, at: 50, for: "a")
            try test.postpone(1, until: 9_005_000, outage: true, endedAt: 9_000_000)
            try test.postpone(2, until: 8_000, endedAt: 60)
            try test.reopen()
            try test.began(at: 100)
            #expect(try test.due(at: 5099) == DueNumbers([], next: 5100))
            #expect(try test.due(at: 5100) == DueNumbers([1], next: 8000))
            #expect(try test.outageFailures(endedBefore: 101) == [1])
            try test.began(at: 200)
            #expect(try test.due(at: 5100) == DueNumbers([1], next: 8000))
        },
        OutboxConformance("what an operator sent again while the clock was ahead is due now") { test throws in
            try test.accept(1, at: 50, for: "a")
            try test.accept(2, at: 50, for: "a")
            try test.postpone(1, until: 8_000, endedAt: 60)
            try test.end(2, as: .dead)
            try test.perform(.retry(DeliveryID(1)), now: 9_000_000)
            try test.perform(.retry(DeliveryID(2)), now: 9_000_000)
            try test.reopen()
            try test.began(at: 100)
            #expect(try test.due(at: 100) == DueNumbers([1, 2]))
        },
        OutboxConformance("a wait that began while the clock was ahead ends ten seconds from now, others when they did")
        {
            test throws in
            try test.commit(OutboxBatch(waits: [.sample(1, ends: 9_000_000), .sample(2, ends: 300)]))
            try test.began(at: 100)
            #expect(try test.outbox.nextWaitEnd() == Timestamp(milliseconds: 300))
            let limit = Timestamp(milliseconds: 10_100)
            #expect(
                try test.outbox.endedWaits(now: limit, limit: 9, byteLimit: .max).map(\.endsAt.milliseconds) == [
                    10_100, 300,
                ])
        },
        OutboxConformance("where the clock is right nothing changes") { test throws in
            try test.accept(1, at: 90, for: "a")
            try test.accept(2, at: 100, for: "a")
            try test.postpone(1, until: 9_000_000, endedAt: 95)
            try test.began(at: 100)
            #expect(try test.due(at: 100) == DueNumbers([2], next: 9_000_000))
        },
    ]
}

extension OutboxUnderTest {
    fileprivate func began(at now: Int64) throws { try outbox.began(at: Timestamp(milliseconds: now)) }
}
