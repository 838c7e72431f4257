import DeliveryPlanning
import RelayModel
import Testing

@Suite struct OutageTests {
    private static let policy = DestinationPolicy(name: "billing", retry: .seconds(300, 3600))

    @Test(arguments: [
        .refused, .timedOut, AttemptOutcome.answered(status: 502, retryAfter: nil, body: []),
        .answered(status: 503, retryAfter: nil, body: []), .answered(status: 503, retryAfter: "60", body: []),
        .answered(status: 504, retryAfter: nil, body: []),
    ])
    func `ten attempts in a row without an answer make a destination down`(outcome: AttemptOutcome) {
        var talk = PlannerConversation(Self.policy)
        for number in Int64(1)...10 {
            #expect(talk.activity?.isDown == false)
            talk.offer(number)
            #expect(talk.advance() == [number])
            let verdict = talk.finish(number, outcome)
            #expect(verdict.update.attempts == 1)
            guard number == 10 else {
                #expect(verdict.notices.isEmpty)
                continue
            }
            guard case .destinationDown("billing", _) = verdict.notices.first else {
                Issue.record("no notice that it is down")
                return
            }
            #expect(verdict.standing?.downSince == talk.now)
        }
        #expect(talk.activity?.isDown == true)
    }

    @Test(arguments: [200, 301, 404, 429, 500, 501, 505])
    func `any other answer begins the count anew`(status: Int) {
        var talk = PlannerConversation(Self.policy)
        for number in Int64(1)...40 {
            talk.offer(number)
            talk.advance()
            if number % 10 == 0 { talk.answer(number, status) } else { talk.refuse(number) }
        }
        #expect(talk.activity?.isDown == false)
    }

    @Test func `a destination that is down is probed after one, two, four and then every five seconds`() {
        var talk = PlannerConversation(Self.policy)
        talk.goDown()
        talk.offer(11...20)
        var waits: [Duration] = []
        for _ in 0..<6 {
            #expect(talk.advance() == [])
            let wake = talk.wake ?? .zero
            waits.append(wake)
            #expect(talk.advance(by: wake - .milliseconds(1)) == [])
            let begun = talk.advance(by: .milliseconds(1))
            #expect(begun.count == 1)
            for number in begun { talk.refuse(number) }
        }
        #expect(waits == [1, 2, 4, 5, 5, 5].map { .seconds($0) })
    }

    @Test func `one attempt at a time, and those under way when it went down come first`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1...16)
        #expect(talk.advance().count == 16)
        for number in Int64(1)...10 { talk.refuse(number) }
        talk.offer(17)
        #expect(talk.advance(by: .seconds(15)) == [])
        // Their failures say nothing new: the wait is not doubled six times.
        for number in Int64(11)...16 {
            #expect(talk.refuse(number).update.attempts == 0)
        }
        #expect(talk.advance() == [17])
        #expect(talk.advance() == [])
        talk.refuse(17)
        talk.advance()
        #expect(talk.wake == .seconds(2))
    }

    @Test func `the probe is the oldest that is due, else the oldest that failed by the outage, ahead of its time`() {
        var talk = PlannerConversation(Self.policy)
        talk.goDown()
        talk.offer(11...12)
        #expect(talk.advance(by: .seconds(1)) == [11])
        talk.refuse(11)
        #expect(talk.advance(by: .seconds(2)) == [12])
        talk.refuse(12)
        // Nothing is due: the disk is asked, and then the oldest in memory is taken.
        #expect(talk.advance(by: .seconds(4)) == [])
        #expect(talk.step.loads.map(\.kind) == [.outageFailures(endedBefore: Timestamp(milliseconds: .max))])
        talk.loaded([])
        #expect(talk.advance() == [1])
        talk.refuse(1)
        // The disk has none, and nothing went there since.
        #expect(talk.advance(by: .seconds(5)) == [1])
    }

    @Test func `a candidate that only the disk has is read back for the probe`() {
        var talk = PlannerConversation(Self.policy, standing: DestinationStanding(downSince: PlannerConversation.start))
        #expect(talk.advance(by: .seconds(1)) == [])
        #expect(talk.step.loads.map(\.kind) == [.outageFailures(endedBefore: Timestamp(milliseconds: .max))])
        talk.loaded([
            PlannerConversation.delivery(7, attempts: 1, notBefore: talk.now + .seconds(9999), failedByOutage: true)
        ])
        // It was down when the relay last ran: it is probed at once.
        #expect(talk.advance() == [7])
        let verdict = talk.answer(7, 200)
        #expect(verdict.update.state == .delivered)
        #expect(verdict.notices == [.destinationUp(destination: "billing")])
    }

    @Test func `a probe ahead of its time neither counts nor moves a wait`() {
        var talk = PlannerConversation(Self.policy)
        talk.goDown()
        talk.advance(by: .seconds(1))
        talk.loaded([])
        #expect(talk.advance() == [1])
        let first = PlannerConversation.start + .seconds(300)
        for outcome in [AttemptOutcome.timedOut, .refused, .answered(status: 503, retryAfter: nil, body: [])] {
            let update = talk.finish(1, outcome).update
            #expect(update.state == .pending)
            #expect(update.attempts == 1)
            #expect(update.notBefore == first)
            #expect(update.failedByOutage)
            #expect(talk.advance(by: .seconds(5)) == [1])
        }
        #expect(talk.answer(1, 500).update.notBefore == first)
        #expect(talk.activity?.isDown == false)
        // Due at last, it counts again.
        #expect(talk.advance(by: first - talk.now).contains(1))
        let due = talk.answer(1, 500).update
        #expect(due.attempts == 2)
        #expect(due.attempt.number == 6)
        #expect(due.notBefore == talk.now + .seconds(3600))
    }

    @Test func `a due attempt counts, unless no request was sent`() {
        var talk = PlannerConversation(Self.policy)
        talk.goDown()
        talk.offer(11)
        #expect(talk.advance(by: .seconds(1)) == [11])
        let unsent = talk.refuse(11).update
        #expect(unsent.attempts == 0)
        #expect(unsent.notBefore == talk.now + .seconds(300))
        talk.offer(12)
        #expect(talk.advance(by: .seconds(2)) == [12])
        #expect(talk.finish(12, .timedOut).update.attempts == 1)
        talk.offer(13)
        #expect(talk.advance(by: .seconds(4)) == [13])
        #expect(talk.answer(13, 503).update.attempts == 1)
    }

    @Test func `a delivery that no request was sent for does not die while its destination is down`() {
        var talk = PlannerConversation(DestinationPolicy(name: "billing", retry: .seconds(1)))
        talk.goDown()
        var attempts = 0
        for _ in 0..<100 {
            for number in talk.advance(by: .seconds(5)) {
                attempts += 1
                #expect(talk.refuse(number).update.state == .pending)
            }
            if talk.step.loads.count == 1 { talk.loaded([]) }
        }
        #expect(attempts > 90)
    }

    @Test func `Retry-After holds a delivery back from probes and from the end of the outage`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(100)
        talk.advance()
        talk.answer(100, 503, retryAfter: "7200")
        let kept = talk.now + .seconds(7200)
        talk.offer(101)
        talk.advance()
        talk.answer(101, 200)
        talk.goDown()
        talk.advance(by: .seconds(1))
        talk.loaded([])
        var probe = talk.advance()
        for number in Int64(1)...9 {
            #expect(probe == [number])
            let update = talk.answer(number, 503, retryAfter: "1000").update
            #expect(update.attempts == 1)
            #expect(update.notBefore == talk.now + .seconds(1000))
            #expect(!update.failedByOutage)
            probe = talk.advance(by: .seconds(5))
        }
        #expect(probe == [10])
        talk.answer(10, 200)
        #expect(talk.advance() == [])
        #expect(talk.wake == .seconds(1000 - 9 * 5))
        var sent: Set<Int64> = []
        while sent.count < 10, let wake = talk.wake {
            let begun = talk.advance(by: wake)
            if begun.contains(100) { #expect(talk.now >= kept) }
            for number in begun { talk.answer(number, 200) }
            sent.formUnion(begun)
        }
        #expect(sent == Set(1...9).union([100]))
    }

    @Test func `a Retry-After that asks for nothing does not hold a delivery back`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1)
        talk.advance()
        #expect(talk.answer(1, 503, retryAfter: "0").update.failedByOutage)
    }

    @Test func `the first other answer makes what the outage held back due, and nothing else`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(50)
        talk.advance()
        talk.answer(50, 500)
        talk.goDown()
        talk.advance(by: .seconds(1))
        talk.loaded([])
        #expect(talk.advance() == [1])
        let verdict = talk.answer(1, 404)
        #expect(verdict.notices == [.destinationUp(destination: "billing")])
        // 1 was answered by 404, 50 by 500: both keep their waits.
        #expect(talk.advance() == [2, 3, 4, 5])
        #expect(talk.activity?.waiting == 7)
        // Until what was held back is attempted, a relay that starts anew takes the outage up again.
        #expect(talk.activity?.standing.downSince != nil)
        var last = verdict
        for number in Int64(2)...10 {
            talk.advance()
            last = talk.answer(number, 200)
            #expect((talk.activity?.standing.downSince == nil) == (number == 10))
        }
        #expect(last.standing == DestinationStanding())
    }

    @Test func `after an outage the concurrency begins at a few and doubles with each round of successes`() {
        var talk = PlannerConversation(DestinationPolicy(name: "billing", concurrency: 20, retry: .seconds(300)))
        talk.goDown()
        talk.offer(11...200)
        var begun = talk.advance(by: .seconds(1))
        #expect(begun == [11])
        talk.answer(11, 200)
        var sizes: [Int] = []
        for _ in 0..<5 {
            begun = talk.advance()
            sizes.append(begun.count)
            for number in begun { talk.answer(number, 200) }
        }
        #expect(sizes == [4, 8, 16, 20, 20])
    }

    @Test func `after an outage answers that are no successes do not let the concurrency grow`() {
        var talk = PlannerConversation(Self.policy)
        talk.goDown()
        talk.offer(11...200)
        talk.advance(by: .seconds(1))
        talk.answer(11, 500)
        for _ in 0..<5 {
            let begun = talk.advance()
            #expect(begun.count == 4)
            for number in begun { talk.answer(number, 500) }
        }
    }

    @Test func `failures do not let the concurrency grow, and ten in a row are an outage again`() {
        var talk = PlannerConversation(Self.policy)
        talk.goDown()
        talk.offer(11...200)
        talk.advance(by: .seconds(1))
        talk.answer(11, 200)
        var begun = talk.advance()
        #expect(begun.count == 4)
        for number in begun.dropLast() { talk.answer(number, 200) }
        talk.refuse(begun[3])
        begun = talk.advance()
        #expect(begun.count == 4)
        var refused = 1
        while talk.activity?.isDown == false {
            if begun.isEmpty { begun = talk.advance() }
            talk.refuse(begun.removeFirst())
            refused += 1
        }
        #expect(refused == 10)
    }

    @Test func `what the outage held back on disk is read in pages, and only what failed before its end`() {
        var limits = PlannerLimits()
        limits.windowCount = 4
        var talk = PlannerConversation(Self.policy, limits: limits)
        talk.goDown()
        talk.offer(11)
        #expect(talk.advance(by: .seconds(1)) == [11])
        let verdict = talk.answer(11, 200)
        // A failure judged at the same moment counts as one before.
        let end = talk.now + .milliseconds(2)
        #expect(verdict.standing?.downSince != nil)
        #expect(talk.advance().count == 3)
        #expect(talk.step.loads.map(\.kind) == [.outageFailures(endedBefore: end)])
        #expect(talk.step.loads.map(\.limit) == [4])
        let held = talk.step.loads[0].excluding.map(\.number)
        let others = (Int64(1)...10).filter { !held.contains($0) }
        #expect(others.count == 7)
        let far = talk.now + .seconds(200)
        talk.loaded(
            others.prefix(4).map {
                PlannerConversation.delivery($0, attempts: 1, notBefore: far, failedByOutage: true)
            })
        for number in held { talk.answer(number, 200) }
        #expect(talk.advance() == Array(others.prefix(4)))
        #expect(talk.step.loads.map(\.kind) == [.outageFailures(endedBefore: end)])
        talk.loaded(
            others.suffix(3).map {
                PlannerConversation.delivery($0, attempts: 1, notBefore: far, failedByOutage: true)
            })
        for number in others.prefix(4) { talk.answer(number, 200) }
        #expect(talk.advance() == Array(others.suffix(3)))
        #expect(talk.step.loads.map(\.kind) == [.outageFailures(endedBefore: end)])
        talk.loaded([])
        talk.answer(others[4], 200)
        talk.answer(others[5], 200)
        #expect(talk.answer(others[6], 200).standing == DestinationStanding())
    }
}
