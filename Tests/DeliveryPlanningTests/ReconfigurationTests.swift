import DeliveryPlanning
import RelayModel
import Testing

/// Destinations come, change and go while they are served.
@Suite struct ReconfigurationTests {
    private static let policy = DestinationPolicy(name: "billing", concurrency: 2, retry: .seconds(10, 1000))

    private func policy(_ change: (inout DestinationPolicy) -> Void) -> DestinationPolicy {
        var policy = Self.policy
        change(&policy)
        return policy
    }

    @Test func `a destination that is added asks the disk first, and stands as the outbox remembers`() {
        var talk = PlannerConversation(Self.policy)
        talk.planner.offer([PlannerConversation.delivery(1, destination: "ledger")], now: talk.now)
        talk.planner.reconfigure(
            policies: [Self.policy, DestinationPolicy(name: "ledger"), DestinationPolicy(name: "closed")],
            standings: ["closed": DestinationStanding(stop: .disabled)], now: talk.now)
        #expect(talk.advance() == [])
        #expect(talk.step.loads.map(\.destination) == ["ledger"])
        #expect(talk.planner.activity(of: "closed")?.standing.stop == .disabled)
        talk.planner.loaded(
            [PlannerConversation.delivery(1, destination: "ledger")], destination: "ledger", next: nil, now: talk.now)
        #expect(talk.advance() == [1])
    }

    @Test func `concurrency counts from the next decision on`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1...9)
        #expect(talk.advance() == [1, 2])
        talk.reconfigure(policy { $0.concurrency = 4 })
        #expect(talk.advance() == [3, 4])
        talk.reconfigure(policy { $0.concurrency = 1 })
        for number in Int64(1)...3 { talk.answer(number, 200) }
        #expect(talk.advance() == [])
        talk.answer(4, 200)
        #expect(talk.advance() == [5])
    }

    @Test func `a new schedule counts for the next failure, and waits that are set stay`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1...2)
        talk.advance()
        #expect(talk.answer(1, 500).update.notBefore == talk.now + .seconds(10))
        talk.reconfigure(policy { $0.retry = .seconds(60, giveUpOn: [404]) })
        #expect(talk.answer(2, 500).update.notBefore == talk.now + .seconds(60))
        #expect(talk.advance(by: .seconds(9)) == [])
        #expect(talk.advance(by: .seconds(1)) == [1])
        // Two attempts are all that the new schedule has.
        #expect(talk.answer(1, 500).update.state == .dead)
        talk.offer(3)
        talk.advance()
        #expect(talk.answer(3, 404).update.state == .dead)
    }

    @Test func `a new rate counts what was started under the one before`() {
        var talk = PlannerConversation(
            policy {
                $0.concurrency = 100
                $0.rate = Rate(count: 10, interval: .seconds(1))
            })
        talk.offer(1...40)
        #expect(talk.advance().count == 10)
        talk.reconfigure(
            policy {
                $0.concurrency = 100
                $0.rate = Rate(count: 15, interval: .seconds(1))
            })
        #expect(talk.advance(by: .milliseconds(500)).count == 5)
        talk.reconfigure(
            policy {
                $0.concurrency = 100
                $0.rate = Rate(count: 3, interval: .seconds(1))
            })
        #expect(talk.advance(by: .milliseconds(501)) == [])
        #expect(talk.advance(by: .milliseconds(500)).count == 3)
        talk.reconfigure(policy { $0.concurrency = 100 })
        #expect(talk.advance().count == 22)
    }

    @Test func `disableAfter counts for the failures before it, too`() {
        let patient = policy { $0.retry = .seconds(1000, 1000) }
        var talk = PlannerConversation(patient)
        for number in Int64(1)...12 {
            talk.offer(number)
            talk.advance()
            talk.answer(number, 404)
            talk.now = talk.now + .seconds(1)
        }
        #expect(talk.activity?.standing.stop == nil)
        var short = patient
        short.disableAfter = .seconds(10)
        talk.reconfigure(short)
        talk.offer(13)
        talk.advance()
        #expect(talk.answer(13, 404).standing?.stop == .disabled)
    }

    @Test func `to a destination that is removed nothing more is sent; what is in flight is judged as it began`() {
        var talk = PlannerConversation(policy { $0.concurrency = 3 })
        talk.offer(1...9)
        #expect(talk.advance() == [1, 2, 3])
        talk.reconfigure(DestinationPolicy(name: "ledger"))
        #expect(talk.advance(by: .seconds(5)) == [])
        #expect(talk.step.loads.map(\.destination) == ["ledger"])
        let activity = talk.activity
        #expect(activity?.isConfigured == false)
        #expect(activity?.inFlight == 3)
        #expect(activity?.waiting == 0)
        #expect(talk.setStop(.paused) == nil)
        talk.offer(10)
        #expect(talk.answer(1, 200).update.state == .delivered)
        let failed = talk.answer(2, 500).update
        #expect(failed.state == .pending)
        #expect(failed.notBefore == talk.now + .seconds(10))
        #expect(talk.answer(3, 200).update.state == .delivered)
        #expect(talk.advance(by: .seconds(99_999)) == [])
        #expect(talk.activity == nil)
    }

    @Test func `a destination that comes back takes up what waits, and what is still in flight is not sent twice`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1...9)
        #expect(talk.advance() == [1, 2])
        talk.reconfigure()
        talk.answer(1, 500)
        let first = talk.now + .seconds(10)
        talk.reconfigure(policy { $0.concurrency = 4 })
        #expect(talk.advance(by: .milliseconds(20)) == [])
        #expect(talk.step.loads.map(\.kind) == [.due])
        #expect(talk.step.loads.map(\.excluding) == [[DeliveryID(2)]])
        talk.loaded((Int64(2)...9).map { PlannerConversation.delivery($0) }, next: first)
        #expect(talk.advance() == [3, 4, 5])
        for number in Int64(2)...5 { talk.answer(number, 200) }
        #expect(talk.advance() == [6, 7, 8, 9])
        for number in Int64(6)...9 { talk.answer(number, 200) }
        #expect(talk.advance(by: .seconds(10)) == [])
        #expect(talk.step.loads.map(\.kind) == [.due])
        talk.loaded([PlannerConversation.delivery(1, attempts: 1, notBefore: first)])
        #expect(talk.advance() == [1])
    }

    @Test func `a load that is answered after the removal brings nothing, and is asked for again on return`() {
        var talk = PlannerConversation(Self.policy, isDiskEmpty: false)
        talk.advance()
        #expect(talk.step.loads.count == 1)
        talk.reconfigure()
        talk.loaded([PlannerConversation.delivery(1)])
        talk.reconfigure(Self.policy)
        #expect(talk.advance() == [])
        #expect(talk.step.loads.map(\.kind) == [.due])
    }

    @Test func `a load from before the removal is not taken for all there is, since it left out what was held`() {
        var limits = PlannerLimits()
        limits.windowCount = 4
        var talk = PlannerConversation(Self.policy, limits: limits)
        talk.offer(1...5)
        #expect(talk.advance(by: .seconds(1)) == [1, 2])
        #expect(talk.step.loads.map(\.excluding) == [Set([1, 2, 3, 4].map(DeliveryID.init))])
        talk.reconfigure()
        talk.reconfigure(Self.policy)
        talk.advance()
        #expect(talk.step.loads == [])
        talk.loaded([PlannerConversation.delivery(5)])
        for number in Int64(1)...2 { talk.answer(number, 200) }
        #expect(talk.advance(by: .milliseconds(20)) == [5])
        #expect(talk.step.loads.map(\.excluding) == [[DeliveryID(5)]])
    }

    @Test func `what the end of an outage made due is found again when the destination comes back`() {
        var talk = PlannerConversation(policy { $0.retry = .seconds(300, 3600) })
        talk.goDown()
        talk.offer(11)
        #expect(talk.advance(by: .seconds(1)) == [11])
        talk.answer(11, 200)
        talk.reconfigure()
        talk.reconfigure(policy { $0.retry = .seconds(300, 3600) })
        // On disk they wait for minutes: the outage goes on until a probe says otherwise.
        #expect(talk.activity?.isDown == true)
        #expect(talk.advance() == [])
        #expect(talk.step.loads.map(\.kind) == [.due])
        talk.loaded([], next: talk.now + .seconds(299))
        #expect(talk.advance(by: .milliseconds(20)) == [])
        #expect(talk.step.loads.map(\.kind) == [.outageFailures(endedBefore: Timestamp(milliseconds: .max))])
        let far = talk.now + .seconds(299)
        talk.loaded([PlannerConversation.delivery(1, attempts: 1, notBefore: far, failedByOutage: true)])
        #expect(talk.advance() == [1])
        #expect(talk.answer(1, 200).notices == [.destinationUp(destination: "billing")])
        #expect(talk.advance(by: .milliseconds(20)) == [])
        talk.loaded(
            (Int64(2)...10).map {
                PlannerConversation.delivery($0, attempts: 1, notBefore: far, failedByOutage: true)
            })
        #expect(talk.advance() == [2, 3])
    }

    @Test func `a destination that is removed while it is stopped is stopped when it comes back`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1)
        talk.advance()
        talk.reconfigure()
        #expect(talk.answer(1, 410).standing?.stop == .disabled)
        talk.reconfigure(Self.policy)
        #expect(talk.activity?.standing.stop == .disabled)
        #expect(talk.advance(by: .seconds(99)) == [])
        #expect(talk.step.loads == [])
    }

    @Test func `one that is reconfigured while another waits for room among the bytes in flight does not hold it up`() {
        var limits = PlannerLimits()
        limits.totalFlightBytes = 4000
        var talk = PlannerConversation(policy { $0.concurrency = 9 }, limits: limits)
        talk.reconfigure(policy { $0.concurrency = 9 }, DestinationPolicy(name: "ledger"))
        talk.advance()
        talk.planner.loaded([], destination: "ledger", next: nil, now: talk.now)
        talk.offer(1...9, size: 488)
        #expect(talk.advance() == [1, 2, 3, 4])
        talk.planner.offer(
            (Int64(11)...12).map { PlannerConversation.delivery($0, destination: "ledger", size: 488) }, now: talk.now)
        #expect(talk.advance() == [11])
        talk.reconfigure(DestinationPolicy(name: "ledger"))
        for number in Int64(1)...2 { talk.answer(number, 200) }
        #expect(talk.advance() == [12])
    }
}
