import DeliveryPlanning
import RelayModel
import Testing

/// Retries, replays and discards.
@Suite struct OperatorTests {
    private static let policy = DestinationPolicy(name: "billing", concurrency: 2, retry: .seconds(100, 1000))

    @Test func `a retry replaces what is held of a delivery, and is due now`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1)
        talk.advance()
        talk.answer(1, 500)
        #expect(talk.advance(by: .seconds(5)) == [])
        // As the disk had it before the outcome was written there.
        talk.planner.renew([PlannerConversation.delivery(1, notBefore: talk.now)], now: talk.now)
        #expect(talk.advance() == [1])
        let update = talk.answer(1, 500).update
        #expect(update.attempts == 2)
        #expect(update.attempt.number == 2)
    }

    @Test func `a delivery that had ended is sent again when it is replayed, from the first attempt on`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1)
        talk.advance()
        talk.answer(1, 200)
        talk.planner.renew([PlannerConversation.delivery(1, notBefore: talk.now)], now: talk.now)
        #expect(talk.advance() == [1])
        #expect(talk.answer(1, 500).update.attempts == 1)
    }

    @Test func `a retry of what is in flight changes nothing: its outcome decides`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1)
        talk.advance()
        talk.planner.renew([PlannerConversation.delivery(1, notBefore: talk.now)], now: talk.now)
        #expect(talk.advance() == [])
        #expect(talk.answer(1, 500).update.attempts == 1)
        #expect(talk.advance() == [])
        #expect(talk.wake == .seconds(100))
    }

    @Test func `a replay larger than the window queues on disk behind what waits there`() {
        var limits = PlannerLimits()
        limits.windowCount = 4
        var talk = PlannerConversation(Self.policy, limits: limits)
        talk.now = talk.now + .seconds(1)
        talk.planner.renew((Int64(1)...1000).map { PlannerConversation.delivery($0) }, now: talk.now)
        #expect(talk.activity?.waiting == 4)
        #expect(talk.advance() == [1, 2])
        #expect(talk.step.loads.map(\.limit) == [2])
        // What is held goes at once.
        talk.planner.renew([PlannerConversation.delivery(3)], now: talk.now)
        #expect(talk.activity?.waiting == 2)
    }

    @Test func `what is discarded is not started, whether it is due or not`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1...4)
        talk.advance()
        talk.answer(1, 500)
        talk.planner.withdraw([1, 3].map(DeliveryID.init))
        #expect(talk.activity?.waiting == 1)
        #expect(talk.advance(by: .milliseconds(20)) == [4])
        // The disk is asked once more, and has neither.
        #expect(talk.step.loads.map(\.kind) == [.due])
        talk.loaded([])
        for number in [Int64(2), 4] { talk.answer(number, 200) }
        #expect(talk.advance(by: .seconds(9999)) == [])
    }

    @Test(arguments: [
        (500, DeliveryState.pending), (404, .dead), (200, .delivered), (410, .pending),
    ])
    func `the outcome of what was discarded in flight is recorded, and nothing comes of it`(
        status: Int, state: DeliveryState
    ) {
        var talk = PlannerConversation(
            DestinationPolicy(name: "billing", retry: .seconds(100, giveUpOn: [404])))
        talk.offer(1)
        talk.advance()
        talk.planner.withdraw([DeliveryID(1)])
        #expect(talk.activity?.inFlight == 1)
        let verdict = talk.answer(1, status)
        #expect(verdict.update.state == state)
        #expect(verdict.update.attempt.status == status)
        #expect(!verdict.own.contains { $0.kind == .deliveryDead })
        #expect(talk.activity?.waiting == 0)
        // What the answer says of the destination is heard all the same.
        #expect((verdict.standing?.stop == .disabled) == (status == 410))
    }

    @Test func `what is discarded in flight and brought back meanwhile is judged as ever`() {
        var talk = PlannerConversation(Self.policy)
        talk.planner.offer([PlannerConversation.delivery(1, attempts: 2)], now: talk.now)
        talk.advance()
        talk.planner.withdraw([DeliveryID(1)])
        talk.planner.renew([PlannerConversation.delivery(1, notBefore: talk.now)], now: talk.now)
        #expect(talk.advance() == [])
        let update = talk.answer(1, 500).update
        #expect(update.state == .pending)
        #expect(update.attempts == 1)
        #expect(update.attempt.number == 3)
        #expect(talk.advance(by: .seconds(100)) == [1])
    }

    @Test func `an outage ends also when the last of what it held back is discarded`() {
        var talk = PlannerConversation(DestinationPolicy(name: "billing", retry: .seconds(300, 3600)))
        talk.goDown()
        talk.offer(11...12)
        #expect(talk.advance(by: .seconds(1)) == [11])
        talk.answer(11, 200)
        talk.planner.withdraw((Int64(1)...10).map(DeliveryID.init))
        #expect(talk.advance() == [12])
        talk.loaded([])
        #expect(talk.answer(12, 200).standing == DestinationStanding())
    }
}
