import RelayTestKit
import Testing

@Suite struct SimulationTests {
    /// Enough to find each planted bug many times over; more by `X402_RELAY_SIM_SEEDS`.
    private static let seeds = SimulationSeeds.chosen(otherwise: 200)

    @Test func `intake, planner and outbox keep the contract through faults and crashes`() {
        for seed in Self.seeds {
            do {
                try Simulation(seed: seed).run()
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    @Test(arguments: SimulationBug.allCases)
    func `a planted bug is found`(bug: SimulationBug) {
        let limit: UInt64 = 200
        let found = (1...limit).first { seed in
            do {
                try Simulation(seed: seed, bug: bug).run()
                return false
            } catch {
                return true
            }
        }
        #expect(found != nil, "\(limit) seeds did not find it")
    }
}
