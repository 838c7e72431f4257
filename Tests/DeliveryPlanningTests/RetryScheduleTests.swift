import DeliveryPlanning
import RelayModel
import Testing

@Suite struct RetryScheduleTests {
    private func conversation(_ retry: RetryPolicy) -> PlannerConversation {
        PlannerConversation(DestinationPolicy(name: "billing", retry: retry))
    }

    @Test(arguments: [200, 201, 204, 299])
    func `any 2xx is delivered, and the record has neither error nor answer`(status: Int) {
        var talk = conversation(.seconds(5))
        talk.offer(1)
        #expect(talk.advance() == [1])
        let verdict = talk.finish(1, .answered(status: status, retryAfter: "60", body: [1]), after: .milliseconds(30))
        #expect(verdict.update.state == .delivered)
        #expect(verdict.update.attempts == 1)
        let record = AttemptRecord(
            number: 1, startedAt: PlannerConversation.start, duration: .milliseconds(30), status: status, error: nil,
            answer: nil)
        #expect(verdict.update.attempt == record)
        #expect(verdict.notices.isEmpty)
        #expect(verdict.standing == nil)
        #expect(talk.advance() == [])
        #expect(talk.planner.inFlight == 0)
    }

    @Test(arguments: [100, 301, 302, 307, 400, 401, 404, 429, 500, 503, 599])
    func `any other status is tried again by the schedule and dead after its last entry`(status: Int) {
        var talk = conversation(.seconds(5, 60))
        talk.offer(1)
        #expect(talk.advance() == [1])
        let first = talk.answer(1, status)
        #expect(first.update.state == .pending)
        #expect(first.update.attempts == 1)
        #expect(first.update.notBefore == talk.now + .seconds(5))
        #expect(talk.advance() == [])
        #expect(talk.wake == .seconds(5))
        #expect(talk.advance(by: .milliseconds(4999)) == [])
        #expect(talk.advance(by: .milliseconds(1)) == [1])
        #expect(talk.answer(1, status).update.notBefore == talk.now + .seconds(60))
        #expect(talk.advance() == [])
        #expect(talk.advance(by: .seconds(60)) == [1])
        let last = talk.answer(1, status)
        #expect(last.update.state == .dead)
        #expect(last.update.attempts == 3)
        #expect(last.update.attempt.number == 3)
        #expect(last.notices.count == 1)
        guard case .deliveryDead("billing", DeliveryID(1), _, let reason) = last.notices.first else {
            Issue.record("no notice of the end")
            return
        }
        #expect(reason.hasPrefix("the last of 3 attempts failed: status \(status)"))
        #expect(talk.advance(by: .seconds(3600)) == [])
        #expect(talk.activity?.waiting == 0)
    }

    @Test func `a status of giveUpOn ends a delivery at once`() {
        var talk = conversation(.seconds(5, giveUpOn: [404]))
        talk.offer([1, 2])
        talk.advance()
        let verdict = talk.answer(1, 404)
        #expect(verdict.update.state == .dead)
        #expect(verdict.update.attempts == 1)
        #expect(talk.answer(2, 400).update.state == .pending)
    }

    @Test func `a failure's record has the clause and at most the first KiB of the answer`() {
        var talk = conversation(.seconds(5))
        talk.offer([1, 2, 3])
        talk.advance()
        let body = Array(repeating: UInt8(65), count: 5000)
        let record = talk.finish(1, .answered(status: 500, retryAfter: nil, body: body)).update.attempt
        #expect(record.status == 500)
        #expect(record.error == "status 500")
        #expect(record.answer == Array(body.prefix(1024)))
        #expect(talk.answer(2, 302).update.attempt.error == "status 302 (a redirect, which is not followed)")
        let silent = talk.refuse(3).update.attempt
        #expect(silent.status == nil)
        #expect(silent.error == "connection refused")
        #expect(silent.answer == nil)
    }

    @Test(arguments: [
        // Below the schedule, at it, above it, above the cap.
        (429, "1", 5), (503, "5", 5), (429, "60", 60), (302, "60", 60), (500, "999999", 36000),
        // Nothing that could be obeyed.
        (429, "0", 5), (429, "soon", 5), (429, "-1", 5),
        // A date: the conversation begins at Tue, 14 Nov 2023 22:13:20 GMT.
        (503, "Tue, 14 Nov 2023 22:14:20 GMT", 60), (503, "Tue, 14 Nov 2023 22:13:21 GMT", 5),
        (503, "Mon, 13 Nov 2023 22:14:20 GMT", 5),
    ])
    func `Retry-After is obeyed on any failure, never earlier than the schedule and up to the cap`(
        status: Int, field: String, seconds: Int
    ) {
        var talk = conversation(.seconds(5))
        talk.offer(1)
        talk.advance()
        let verdict = talk.answer(1, status, retryAfter: field)
        #expect(verdict.update.notBefore == talk.now + .seconds(seconds))
    }

    @Test func `Retry-After counts from the end of the attempt`() {
        var talk = conversation(.seconds(5))
        talk.offer(1)
        talk.advance()
        let outcome = AttemptOutcome.answered(status: 429, retryAfter: "60", body: [])
        let verdict = talk.finish(1, outcome, after: .seconds(14))
        #expect(verdict.update.notBefore == PlannerConversation.start + .seconds(74))
    }

    @Test(arguments: [
        // The conversation begins at 22:13:20; the date asks for a minute by the wall clock's time.
        (3600, "Tue, 14 Nov 2023 23:14:20 GMT"), (-3600, "Tue, 14 Nov 2023 21:14:20 GMT"), (3600, "60"), (-3600, "60"),
    ])
    func `a wall clock that was set changes no wait`(set: Int, field: String) {
        var talk = conversation(.seconds(5))
        talk.offer(1)
        talk.advance()
        talk.clockSet = .seconds(set)
        #expect(talk.answer(1, 429, retryAfter: field).update.notBefore == talk.now + .seconds(60))
    }

    @Test(arguments: [0, 1, 200, 1000])
    func `jitter adds up to its share and takes nothing off`(thousandths: Int) {
        let policy = RetryPolicy(
            schedule: [.seconds(5), .seconds(300)], jitterThousandths: thousandths, giveUpOn: [],
            maxRetryAfter: .seconds(36000))
        var waits: [Duration] = []
        for seed in UInt64(0)..<500 {
            var talk = PlannerConversation(DestinationPolicy(name: "billing", retry: policy), seed: seed)
            talk.offer(1)
            talk.advance()
            let first = talk.answer(1, 500).update.notBefore - talk.now
            waits.append(first)
            talk.advance(by: first)
            let second = talk.answer(1, 500).update.notBefore - talk.now
            #expect(second >= .seconds(300) && second <= .milliseconds(300_000 + 300 * thousandths))
        }
        let most = Duration.milliseconds(5000 + 5 * thousandths)
        #expect(waits.allSatisfy { $0 >= .seconds(5) && $0 <= most })
        // The whole of the share is used.
        let used = (waits.max() ?? .zero) - (waits.min() ?? .zero)
        #expect(used >= (most - .seconds(5)) * 9 / 10)
    }

    @Test func `a wait as long as time itself does not overflow`() {
        let policy = RetryPolicy(
            schedule: [.seconds(Int64.max / 1000)], jitterThousandths: 1000, giveUpOn: [], maxRetryAfter: .seconds(1))
        var talk = conversation(policy)
        talk.offer(1)
        talk.advance()
        #expect(talk.answer(1, 500).update.notBefore > talk.now + .seconds(1_000_000_000))
    }
}
