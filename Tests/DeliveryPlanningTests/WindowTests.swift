import DeliveryPlanning
import RelayModel
import Testing

@Suite struct WindowTests {
    private func limits(count: Int = 8, bytes: Int = 1 << 20) -> PlannerLimits {
        var limits = PlannerLimits()
        limits.windowCount = count
        limits.windowBytes = bytes
        return limits
    }

    private let policy = DestinationPolicy(name: "billing", concurrency: 2, retry: .seconds(10, 1000))

    @Test func `a start asks the disk of every destination first`() {
        let policies = ["billing", "ledger"].map { DestinationPolicy(name: $0) }
        var planner = DeliveryPlanner(policies: policies, standings: [:], seed: 1)
        let step = planner.advance(now: PlannerConversation.start)
        let requests = ["billing", "ledger"].map {
            LoadRequest(destination: $0, kind: .due, limit: 2048, byteLimit: 8 << 20, excluding: [])
        }
        #expect(step.loads == requests)
        #expect(planner.advance(now: PlannerConversation.start).loads == [])
    }

    @Test func `what does not fit stays on disk and is read when the window has drained to half`() {
        var talk = PlannerConversation(policy, limits: limits())
        talk.offer(1...20)
        #expect(talk.activity?.waiting == 8)
        talk.now = talk.now + .seconds(1)
        var sent: [Int64] = []
        while true {
            let begun = talk.advance()
            sent += begun
            guard talk.step.loads.isEmpty else { break }
            for number in begun { talk.answer(number, 200) }
        }
        #expect(sent == [1, 2, 3, 4])
        #expect(talk.step.loads[0].limit == 4)
        #expect(talk.step.loads[0].excluding == Set([3, 4, 5, 6, 7, 8].map(DeliveryID.init)))
        talk.loaded((Int64(9)...12).map { PlannerConversation.delivery($0) }, next: PlannerConversation.start)
        #expect(talk.activity?.waiting == 8)
    }

    @Test func `nothing is held twice, whatever comes back from disk`() {
        var talk = PlannerConversation(policy, limits: limits(count: 4))
        talk.offer(1...5)
        #expect(talk.advance(by: .seconds(1)) == [1, 2])
        #expect(talk.step.loads.count == 1)
        talk.answer(1, 200)
        talk.answer(2, 500)
        // The load may have read all of them before the outcomes were known.
        talk.loaded((Int64(1)...5).map { PlannerConversation.delivery($0) })
        talk.offer(3)
        #expect(talk.advance() == [3, 4])
        #expect(talk.activity?.waiting == 2)
        for number in Int64(3)...4 { talk.answer(number, 200) }
        #expect(talk.advance(by: .seconds(10)) == [2, 5])
    }

    @Test func `bytes bound the window too, and one delivery fits whatever its size`() {
        var talk = PlannerConversation(policy, limits: limits(bytes: 10_000))
        talk.now = talk.now + .seconds(1)
        talk.offer([1], size: 1_000_000)
        talk.offer([2], size: 100)
        #expect(talk.activity?.waiting == 1)
        #expect(talk.advance() == [1])
        // 2 is on disk; 3, 4 and 5 fit, 6 does not.
        talk.loaded([PlannerConversation.delivery(2)])
        talk.offer(3...6, size: 4000)
        #expect(talk.activity?.waiting == 4)
    }

    @Test func `what is far away makes room for what is sooner, and is read when it is due`() {
        var talk = PlannerConversation(policy, limits: limits())
        for number in Int64(1)...8 {
            talk.offer(number)
            talk.advance()
            talk.answer(number, 500)
            talk.now = talk.now + .seconds(1)
        }
        #expect(talk.activity?.waiting == 8)
        talk.offer(11...18)
        #expect(talk.activity?.waiting == 8)
        #expect(talk.advance() == [11, 12])
        // 1 is due again 10 s after its failure; it is on disk only.
        for number in Int64(11)...18 {
            talk.answer(number, 200)
            talk.advance()
        }
        #expect(talk.wake == .seconds(2))
        #expect(talk.step.loads == [])
        #expect(talk.advance(by: .seconds(2)) == [])
        #expect(talk.step.loads.map(\.kind) == [.due])
    }

    @Test func `retries in memory never keep what is due on disk waiting`() {
        var talk = PlannerConversation(policy, limits: limits())
        for number in Int64(1)...8 {
            talk.offer(number)
            talk.advance()
            talk.answer(number, 500)
        }
        #expect(talk.activity?.waiting == 8)
        talk.loaded([])
        // The window is full of waits; a large commit overflows, is read and displaces them.
        talk.offer(20...30)
        #expect(talk.advance() == [20, 21])
        for number in Int64(20)...21 { talk.answer(number, 200) }
        #expect(talk.advance(by: .seconds(1)) == [22, 23])
        #expect(talk.step.loads.map(\.limit) == [4])
    }

    @Test func `a delivery larger than the window is read in its turn, and nothing passes it`() {
        var talk = PlannerConversation(policy, limits: limits(bytes: 10_000))
        talk.now = talk.now + .seconds(1)
        talk.offer([1, 2, 3, 4], size: 3000)
        talk.offer([5], size: 80_000)
        talk.offer([6], size: 10)
        #expect(talk.activity?.waiting == 3)
        #expect(talk.advance() == [1, 2])
        #expect(talk.step.loads.map(\.byteLimit) == [10_000 - 3512])
        talk.loaded([4, 5].map { PlannerConversation.delivery($0, size: $0 == 4 ? 3000 : 80_000) }, next: talk.now)
        #expect(talk.activity?.waiting == 3)
        talk.answer(1, 200)
        #expect(talk.advance() == [3])
        #expect(talk.step.loads == [])
        talk.offer([7], size: 10)
        for number in Int64(2)...3 { talk.answer(number, 200) }
        #expect(talk.advance() == [4, 5])
        #expect(talk.step.loads.count == 1)
        talk.loaded([6, 7].map { PlannerConversation.delivery($0, size: 10) })
        for number in Int64(4)...5 { talk.answer(number, 200) }
        #expect(talk.advance() == [6, 7])
    }

    @Test func `while more comes in than the destination takes, attempts go by age`() {
        let disk = Disk()
        var policy = policy
        policy.rate = Rate(count: 2, interval: .seconds(1))
        var talk = PlannerConversation(policy, limits: limits())
        var newest: Int64 = 0
        var sent: [Int64] = []
        for second in 0..<60 {
            // Five a second come in at first, two go out, and one a second later on.
            for _ in 0..<(second < 20 ? 5 : 1) {
                newest += 1
                disk.waiting.append(newest)
                talk.offer(newest)
            }
            var begun = talk.advance(by: .milliseconds(1001))
            while !begun.isEmpty || !talk.step.loads.isEmpty {
                for request in talk.step.loads { talk.loaded(disk.load(request), next: disk.next(request)) }
                for number in begun {
                    talk.answer(number, 200)
                    disk.waiting.removeAll { $0 == number }
                }
                sent += begun
                begun = talk.advance()
            }
        }
        #expect(sent.count == 2 * 60)
        #expect(sent == Array(1...Int64(sent.count)))
    }

    /// The numbers that wait on disk, the oldest first; all are due.
    private final class Disk {
        var waiting: [Int64] = []

        private func wanted(_ request: LoadRequest) -> [Int64] {
            waiting.filter { !request.excluding.contains(DeliveryID($0)) }
        }

        func load(_ request: LoadRequest) -> [Delivery] {
            wanted(request).prefix(request.limit).map { PlannerConversation.delivery($0) }
        }

        func next(_ request: LoadRequest) -> Timestamp? {
            wanted(request).count > request.limit ? PlannerConversation.start : nil
        }
    }

    @Test func `when the disk is caught up, what comes in is held in memory again`() {
        var talk = PlannerConversation(policy, limits: limits(count: 2))
        talk.offer(1...3)
        #expect(talk.advance(by: .seconds(1)) == [1, 2])
        #expect(talk.step.loads.count == 1)
        // On disk before the load is read, so the load brings it.
        talk.offer(4)
        #expect(talk.activity?.waiting == 0)
        talk.loaded([3, 4].map { PlannerConversation.delivery($0) })
        #expect(talk.advance(by: .seconds(1)) == [])
        #expect(talk.step.loads == [])
        for number in Int64(1)...2 { talk.answer(number, 200) }
        #expect(talk.advance() == [3, 4])
        talk.offer(5)
        #expect(talk.activity?.waiting == 1)
    }

    @Test func `what comes in waits on disk while the end of an outage has more to read there`() {
        var talk = PlannerConversation(policy, limits: limits(count: 2))
        talk.goDown()
        talk.offer(11)
        #expect(talk.advance(by: .seconds(1)) == [11])
        talk.answer(11, 200)
        talk.offer(12)
        #expect(talk.activity?.waiting == 1)
        #expect(talk.advance() == [1])
        #expect(talk.step.loads.map(\.limit) == [2])
        talk.offer(13)
        #expect(talk.activity?.waiting == 0)
    }

    @Test func `retries on disk that are due one by one are read together`() {
        var talk = PlannerConversation(policy, isDiskEmpty: false)
        var loads = 0
        for _ in 0..<1000 {
            talk.advance(by: .milliseconds(1))
            if !talk.step.loads.isEmpty { loads += 1 }
            talk.loaded([], next: talk.now + .milliseconds(1))
        }
        #expect((45...51).contains(loads))
    }

    @Test func `a load that failed is asked for again after a second`() {
        var talk = PlannerConversation(policy, isDiskEmpty: false)
        talk.advance()
        talk.planner.loadFailed(destination: "billing", now: talk.now)
        talk.advance()
        #expect(talk.step.loads == [])
        #expect(talk.wake == .seconds(1))
        talk.advance(by: .seconds(1))
        #expect(talk.step.loads.map(\.kind) == [.due])
    }

    @Test func `one destination never waits for another`() {
        let policies = [DestinationPolicy(name: "hung", concurrency: 2), DestinationPolicy(name: "billing")]
        var planner = DeliveryPlanner(policies: policies, standings: [:], seed: 1)
        let now = PlannerConversation.start
        _ = planner.advance(now: now)
        for policy in policies { planner.loaded([], destination: policy.name, next: nil, now: now) }
        planner.offer((Int64(1)...5000).map { PlannerConversation.delivery($0, destination: "hung") }, now: now)
        #expect(planner.advance(now: now).attempts.count == 2)
        var next: Int64 = 5001
        for _ in 0..<1000 {
            planner.offer([PlannerConversation.delivery(next)], now: now)
            #expect(planner.advance(now: now).attempts.map(\.id.number) == [next])
            _ = planner.finish(
                DeliveryID(next), destination: "billing", outcome: .answered(status: 200, retryAfter: nil, body: []),
                startedAt: now, duration: .zero, now: now, wallTime: now)
            next += 1
        }
        #expect(planner.inFlight == 2)
    }

    @Test func `no more than the concurrency is in flight, lowest ids first`() {
        var talk = PlannerConversation(DestinationPolicy(name: "billing", concurrency: 3))
        talk.offer([5, 3, 9, 1, 7])
        #expect(talk.advance() == [1, 3, 5])
        #expect(talk.advance() == [])
        #expect(talk.wake == nil)
        talk.answer(3, 200)
        #expect(talk.advance() == [7])
    }

    @Test func `after stopStarting nothing begins, and what is in flight is judged as ever`() {
        var talk = PlannerConversation(policy)
        talk.offer(1...3)
        #expect(talk.advance() == [1, 2])
        talk.planner.stopStarting()
        #expect(talk.answer(1, 200).update.state == .delivered)
        #expect(talk.advance() == [])
        #expect(talk.step.loads == [])
        #expect(talk.step.wakeAt == nil)
        #expect(talk.planner.inFlight == 1)
    }

    @Test func `deliveries of a destination that is not configured stay on disk`() {
        var talk = PlannerConversation(policy)
        talk.planner.offer([PlannerConversation.delivery(1, destination: "gone")], now: talk.now)
        #expect(talk.advance() == [])
    }
}
