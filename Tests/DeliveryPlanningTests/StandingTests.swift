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

    @Test func `failures of its last day count over a restart`() {
        var talk = PlannerConversation(Self.policy)
        var stored: DestinationStanding?
        var isDisabled = false
        var tries = 0
        while !isDisabled, tries < 200 {
            tries += 1
            talk.offer(Int64(tries))
            // Stopped and started anew before each of the last day: only what the outbox was given is known.
            if talk.now - PlannerConversation.start > .seconds(4 * 86_400) {
                let now = talk.now
                talk = PlannerConversation(Self.policy, standing: stored)
                talk.now = now
                talk.advance()
                talk.loaded([])
                talk.offer(Int64(tries))
            }
            for number in talk.advance() {
                stored = talk.answer(number, 404).standing ?? stored
                isDisabled = stored?.stop == .disabled
            }
            guard !isDisabled else { break }
            talk.now = talk.now + .seconds(3600)
        }
        #expect(talk.now - PlannerConversation.start == .seconds(5 * 86_400))
        #expect(stored?.recentFailures.count == 10)
    }

    @Test func `before the last day of disableAfter a failure does not change the standing`() {
        var talk = PlannerConversation(Self.policy)
        for (hour, changes) in [(0, true), (1, false), (95, false), (96, true), (97, true)] {
            talk.now = PlannerConversation.start + .seconds(3600 * hour)
            talk.offer(Int64(hour + 1))
            talk.advance()
            #expect((talk.answer(Int64(hour + 1), 404).standing != nil) == changes)
        }
        talk.offer(1000)
        talk.advance()
        #expect(talk.answer(1000, 200).standing == DestinationStanding())
    }

    @Test func `what is stopped keeps its moment and its reason when it is paused again`() {
        var talk = PlannerConversation(Self.policy)
        let paused = talk.setStop(.paused, reason: "by the API")
        talk.now = talk.now + .seconds(60)
        #expect(talk.setStop(.paused, reason: "again") == paused)
        #expect(talk.setStop(nil) == DestinationStanding())
        #expect(talk.setStop(nil) == DestinationStanding())
        talk.offer(1)
        talk.advance()
        let disabled = talk.answer(1, 410).standing
        #expect(disabled?.stop == .disabled)
        #expect(talk.setStop(.paused, reason: "by the API") == disabled)
        #expect(talk.setStop(nil) == DestinationStanding())
        #expect(talk.advance() == [1])
    }

    @Test func `410 disables a paused destination, too`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1)
        talk.advance()
        _ = talk.setStop(.paused)
        #expect(talk.answer(1, 410).standing?.stop == .disabled)
    }

    @Test func `a destination that is down is probed at once when it is resumed`() {
        for isPaused in [false, true] {
            var talk = PlannerConversation(DestinationPolicy(name: "billing", retry: .seconds(3600, 3600)))
            talk.goDown()
            talk.offer(11)
            #expect(talk.advance() == [])
            if isPaused { _ = talk.setStop(.paused) }
            #expect(talk.setStop(nil)?.downSince != nil)
            #expect(talk.advance() == [11])
        }
    }

    @Test func `a paused destination with more than a window holds no more than a window, and resumes in order`() {
        var limits = PlannerLimits()
        limits.windowCount = 64
        var talk = PlannerConversation(DestinationPolicy(name: "billing", concurrency: 1000), limits: limits)
        talk.offer(1...64)
        #expect(talk.advance().count == 64)
        _ = talk.setStop(.paused)
        for first in stride(from: Int64(65), to: 5000, by: 64) { talk.offer(first..<first + 64) }
        #expect(talk.activity?.waiting == 64)
        for number in Int64(1)...64 { talk.answer(number, number % 2 == 0 ? 200 : 500) }
        #expect(talk.activity?.waiting == 64)
        #expect(talk.activity?.inFlight == 0)
        #expect(talk.advance(by: .seconds(1)) == [])
        #expect(talk.step.loads.isEmpty)
        _ = talk.setStop(nil)
        #expect(talk.advance() == Array(65...128))
        #expect(talk.step.loads.map(\.kind) == [.due])
    }

    @Test func `how a destination stands tells its last failure and its last success`() {
        var talk = PlannerConversation(DestinationPolicy(name: "billing", retry: .seconds(300, 3600)))
        #expect(talk.activity?.lastFailure == nil)
        #expect(talk.activity?.lastSuccessAt == nil)
        talk.offer(50)
        talk.advance()
        talk.answer(50, 200)
        let succeeded = talk.now
        talk.now = talk.now + .seconds(7)
        talk.goDown()
        #expect(talk.activity?.lastSuccessAt == succeeded)
        #expect(talk.activity?.lastFailure?.reason == "no answer within 15 s")
        #expect(talk.activity?.downSince == talk.now)
        talk.offer(51)
        #expect(talk.advance(by: .seconds(1)) == [51])
        #expect(talk.activity?.inFlight == 1)
        talk.answer(51, 404)
        #expect(talk.activity?.lastFailure == .init(at: talk.now, reason: "status 404"))
        // What the outage held back still waits, so a restart takes it up again; but it is over.
        #expect(talk.activity?.downSince == nil)
        #expect(talk.activity?.standing.downSince != nil)
    }
}
