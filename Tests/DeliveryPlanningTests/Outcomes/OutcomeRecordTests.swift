import DeliveryPlanning
import RelayModel
import Testing

/// What is measured of an attempt, and what stays on record of it.
@Suite struct OutcomeRecordTests {
    private typealias Talk = PlannerConversation

    private static let policy = DestinationPolicy(
        name: "billing", concurrency: 20, retry: .seconds(100, 1000, giveUpOn: [404]))

    private static func revived(_ number: Int64, attempts: Int = 0) -> Delivery {
        var delivery = Talk.delivery(number, attempts: attempts)
        delivery.recordedAttempts = 3
        delivery.isRevived = true
        return delivery
    }

    // MARK: The signature's time

    @Test(arguments: [
        AttemptOutcome.answered(status: 204, retryAfter: nil, body: []),
        .answered(status: 500, retryAfter: nil, body: []),
        .answered(status: 404, retryAfter: nil, body: []), .answered(status: 410, retryAfter: nil, body: []),
        .answered(status: 302, retryAfter: nil, body: []), .answered(status: 503, retryAfter: "60", body: []),
        .refused, .timedOut,
    ])
    func `the time that an attempt was signed for is on record, whatever came of it`(outcome: AttemptOutcome) {
        var talk = Talk(Self.policy)
        talk.offer(1)
        talk.advance()
        let verdict = talk.planner.finish(
            DeliveryID(1), destination: "billing", outcome: outcome, startedAt: talk.now, signedAt: 1_700_000_123,
            duration: .zero, now: talk.now, wallTime: talk.now)
        #expect(verdict.update.attempt.signedAt == 1_700_000_123)
    }

    // MARK: Latency

    @Test func `the latency runs from the event's receipt to the end of the attempt that delivered it`() {
        var talk = Talk(Self.policy)
        talk.offer(1)
        talk.advance(by: .seconds(2))
        #expect(
            talk.finish(1, .answered(status: 200, retryAfter: nil, body: []), after: .seconds(3)).latency == .seconds(5)
        )
    }

    @Test(arguments: [500, 503, 404, 410, 302])
    func `an attempt that failed has none`(status: Int) {
        var talk = Talk(Self.policy)
        talk.offer(1)
        talk.advance()
        #expect(talk.answer(1, status).latency == nil)
    }

    @Test func `waits for retries count`() {
        var talk = Talk(Self.policy)
        talk.offer(1)
        talk.advance()
        #expect(talk.answer(1, 500).latency == nil)
        #expect(talk.advance(by: .seconds(100)) == [1])
        #expect(talk.answer(1, 200).latency == .seconds(100))
    }

    @Test func `waits for an outage count, and so does the delivery that was its probe`() {
        var talk = Talk(Self.policy)
        talk.goDown()
        talk.advance(by: .seconds(5))
        talk.loaded([])
        talk.advance()
        // Probes ahead of their time, which do not count as attempts.
        for _ in 1...3 {
            talk.refuse(1)
            #expect(talk.advance(by: .seconds(5)) == [1])
        }
        let verdict = talk.answer(1, 200)
        #expect(verdict.update.attempts < verdict.update.attempt.number)
        #expect(verdict.latency == .seconds(20))
        #expect(talk.advance().contains(2))
        #expect(talk.answer(2, 200).latency == .seconds(20))
    }

    @Test func `a retry of what still waits counts from the receipt`() {
        var talk = Talk(Self.policy)
        talk.offer(1)
        talk.advance()
        talk.answer(1, 500)
        talk.planner.renew([Talk.delivery(1, attempts: 1)], now: talk.now)
        #expect(talk.advance(by: .seconds(7)) == [1])
        #expect(talk.answer(1, 200).latency == .seconds(7))
    }

    @Test func `what an operator sends again after its end has none, at whichever attempt it is delivered`() {
        var talk = Talk(Self.policy)
        talk.planner.renew([Self.revived(1), Self.revived(2)], now: talk.now)
        talk.offer(3)
        talk.advance()
        #expect(talk.answer(1, 200).latency == nil)
        talk.answer(2, 500)
        #expect(talk.answer(3, 200).latency == .zero)
        #expect(talk.advance(by: .seconds(100)) == [2])
        #expect(talk.answer(2, 200).latency == nil)
    }

    @Test func `what was sent again and is read back from disk has none`() {
        var talk = Talk(Self.policy, isDiskEmpty: false)
        talk.advance()
        talk.loaded([Self.revived(1, attempts: 1), Talk.delivery(2, attempts: 1)])
        talk.advance()
        #expect(talk.answer(1, 200).latency == nil)
        #expect(talk.answer(2, 200).latency == .zero)
    }

    @Test func `what is given up in flight has none, also when it is brought back in flight`() {
        var talk = Talk(Self.policy)
        talk.offer([1, 2])
        talk.advance()
        talk.planner.withdraw([DeliveryID(1), DeliveryID(2)])
        talk.planner.renew([Self.revived(2)], now: talk.now)
        #expect(talk.answer(1, 200).latency == nil)
        #expect(talk.answer(2, 200).latency == nil)
    }
}
