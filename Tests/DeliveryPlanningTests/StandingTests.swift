import DeliveryPlanning
import RelayModel
import Testing

@Suite struct StandingTests {
    private static let policy = DestinationPolicy(
        name: "billing", retry: .seconds(3600, 3600, giveUpOn: [410, 404]))

    @Test func `410 disables the destination and keeps its deliveries, this one as it was`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1...3)
        talk.advance()
        let verdict = talk.answer(1, 410)
        #expect(verdict.update.state == .pending)
        #expect(verdict.update.attempts == 0)
        #expect(verdict.update.attempt.number == 1)
        #expect(verdict.standing?.stop == .disabled)
        #expect(verdict.standing?.since == talk.now)
        guard case .destinationDisabled("billing", _) = verdict.notices.first, verdict.notices.count == 1 else {
            Issue.record("no notice that it is disabled")
            return
        }
        // What was in flight is judged; nothing else begins, and a second 410 is no news.
        let late = talk.answer(2, 410)
        #expect(late.notices.isEmpty)
        #expect(late.standing == nil)
        #expect(talk.answer(3, 200).update.state == .delivered)
        talk.offer(4)
        #expect(talk.advance(by: .seconds(99_999)) == [])
        #expect(talk.step.wakeAt == nil)
        let standing = talk.planner.setStop(nil, reason: nil, destination: "billing", now: talk.now)
        #expect(standing == DestinationStanding())
        #expect(talk.advance() == [1, 2, 4])
    }

    @Test(arguments: [DestinationStanding.Stop.paused, .disabled])
    func `a destination that was stopped stays so over a restart, and resumes from disk`(
        stop: DestinationStanding.Stop
    ) {
        var talk = PlannerConversation(
            Self.policy, standing: DestinationStanding(stop: stop, reason: "holiday"), isDiskEmpty: false)
        talk.offer(1)
        #expect(talk.advance() == [])
        #expect(talk.step.loads == [])
        _ = talk.planner.setStop(nil, reason: nil, destination: "billing", now: talk.now)
        #expect(talk.advance() == [])
        #expect(talk.step.loads.map(\.kind) == [.due])
        talk.loaded([PlannerConversation.delivery(1)])
        #expect(talk.advance() == [1])
    }

    @Test func `pausing keeps the reason and the moment for the operator`() {
        var talk = PlannerConversation(Self.policy)
        let standing = talk.planner.setStop(.paused, reason: "by the API", destination: "billing", now: talk.now)
        #expect(standing == DestinationStanding(stop: .paused, reason: "by the API", since: talk.now))
        #expect(talk.planner.setStop(.paused, reason: nil, destination: "nowhere", now: talk.now) == nil)
        #expect(talk.activity?.standing.stop == .paused)
    }

    @Test func `the first failure since a success is remembered and a success forgets it`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1...4)
        talk.advance()
        let first = talk.answer(1, 500)
        #expect(first.standing == DestinationStanding(failingSince: talk.now))
        talk.now = talk.now + .seconds(1)
        #expect(talk.answer(2, 500).standing == nil)
        #expect(talk.answer(3, 200).standing == DestinationStanding())
        #expect(talk.answer(4, 200).standing == nil)
    }

    /// One failure every `gap`, and then how long it took to disable the destination.
    private func timeToDisable(_ talk: inout PlannerConversation, gap: Duration, tries: Int) -> Duration? {
        let start = talk.now
        for number in Int64(1)...Int64(tries) {
            talk.offer(number)
            let begun = talk.advance()
            for number in begun { talk.answer(number, 404) }
            if talk.activity?.standing.stop == .disabled { return talk.now - start }
            talk.now = talk.now + gap
        }
        return nil
    }

    @Test func `only failures for disableAfter disable a destination`() {
        var talk = PlannerConversation(Self.policy)
        #expect(timeToDisable(&talk, gap: .seconds(3600), tries: 200) == .seconds(5 * 86400))
    }

    @Test func `a success in between begins the time anew`() {
        var talk = PlannerConversation(Self.policy)
        #expect(timeToDisable(&talk, gap: .seconds(3600), tries: 100) == nil)
        talk.offer(1000)
        talk.advance()
        talk.answer(1000, 200)
        #expect(timeToDisable(&talk, gap: .seconds(3600), tries: 200) == .seconds(5 * 86400))
    }

    @Test func `fewer than ten failures in the last day do not disable it`() {
        var talk = PlannerConversation(Self.policy)
        #expect(timeToDisable(&talk, gap: .seconds(10_000), tries: 200) == nil)
    }

    @Test func `fewer than ten failures at all do not disable it, however long they last`() {
        var policy = Self.policy
        policy.disableAfter = .seconds(60)
        var talk = PlannerConversation(policy)
        #expect(timeToDisable(&talk, gap: .seconds(100), tries: 100) == .seconds(900))
    }

    @Test func `a resumed destination begins with a clean record`() {
        var talk = PlannerConversation(Self.policy)
        _ = timeToDisable(&talk, gap: .seconds(3600), tries: 200)
        _ = talk.planner.setStop(nil, reason: nil, destination: "billing", now: talk.now)
        #expect(timeToDisable(&talk, gap: .seconds(3600), tries: 200) == .seconds(5 * 86400))
    }
}
