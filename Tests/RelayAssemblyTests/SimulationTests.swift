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
    func `a planted bug is found, and its seed finds it again`(bug: SimulationBug) {
        let limit: UInt64 = 200
        guard let (seed, text) = (1...limit).lazy.compactMap({ seed in failure(seed, bug).map { (seed, $0) } }).first
        else {
            Issue.record("\(limit) seeds did not find it")
            return
        }
        #expect(text.contains("X402_RELAY_SIM_SEED=\(seed) swift test --filter SimulationTests"))
        #expect(failure(seed, bug) == text)
    }

    private func failure(_ seed: UInt64, _ bug: SimulationBug) -> String? {
        do {
            try Simulation(seed: seed, bug: bug).run()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `the histories hold all that they are for`() throws {
        var tally = SimulationTally()
        for seed in UInt64(1)...40 {
            let simulation = Simulation(seed: seed)
            try simulation.run()
            tally = tally + simulation.tally
        }
        #expect(tally.scarcest >= 5, "\(tally)")
    }
}
