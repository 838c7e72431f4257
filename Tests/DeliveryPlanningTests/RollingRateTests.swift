import DeliveryPlanning
import RelayModel
import Testing

@Suite struct RollingRateTests {
    @Test func `the count may start at once and the next when the interval is over`() {
        let rate = Rate(count: 3, interval: .seconds(1))
        var talk = PlannerConversation(DestinationPolicy(name: "billing", rate: rate))
        talk.offer(1...5)
        #expect(talk.advance() == [1, 2, 3])
        #expect(talk.wake == .milliseconds(1001))
        for number in Int64(1)...3 { talk.answer(number, 200) }
        #expect(talk.advance(by: .milliseconds(1000)) == [])
        #expect(talk.advance(by: .milliseconds(1)) == [4, 5])
    }

    @Test(arguments: [(1, 100), (7, 1000), (100, 1000), (1024, 1000), (1025, 1000), (5000, 60_000)])
    func `no interval ever holds more than the count, and nearly the count is reached`(count: Int, milliseconds: Int) {
        let interval = Duration.milliseconds(milliseconds)
        for seed in UInt64(1)...5 {
            var random = SplitMix64(seed: seed)
            let policy = DestinationPolicy(
                name: "billing", concurrency: 100_000, rate: Rate(count: count, interval: interval))
            var limits = PlannerLimits()
            limits.windowCount = 1 << 20
            limits.windowBytes = 1 << 30
            var talk = PlannerConversation(policy, limits: limits)
            var starts: [Timestamp] = []
            var next: Int64 = 1
            let end = talk.now + interval * 4
            while talk.now < end {
                // Bursts and trickles, with more waiting than the rate allows.
                let burst = Int64.random(in: 0...Int64(count), using: &random)
                talk.offer(next..<next + burst)
                next += burst
                let pause = Int64.random(in: 0...Int64(milliseconds) / 5, using: &random)
                let begun = talk.advance(by: .milliseconds(pause))
                starts += begun.map { _ in talk.now }
                for number in begun { talk.answer(number, 200) }
            }
            var first = 0
            var most = 0
            for (index, start) in starts.enumerated() {
                while start - starts[first] > interval { first += 1 }
                most = max(most, index - first + 1)
            }
            #expect(most <= count)
            #expect(most >= count - count / 500 - 1)
        }
    }
}
