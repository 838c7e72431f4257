import RelayTestKit
import Testing

@Suite struct SimulationTests {
    /// Enough to find most planted bugs many times over; more by `X402_RELAY_SIM_SEEDS`.
    private static let seeds = SimulationSeeds.chosen(otherwise: 60)

    @Test func `the relay keeps the contract through faults, crashes and its operator, and all of that happens`() {
        var tally = SimulationTally()
        for seed in Self.seeds {
            let simulation = Simulation(seed: seed)
            do {
                try simulation.run()
            } catch {
                Issue.record("\(error)")
            }
            tally = tally + simulation.tally
        }
        #expect(tally.scarcest >= 1 || Self.seeds.count < 40, "\(tally)")
    }

    /// Seeds that find what is rare: where a search begins, so that it is short; past the last seed it goes on from the first.
    private static let hints: [SimulationBug: UInt64] = [
        .comparesDatesByItsClock: 64, .forgetsDay: 40, .releasesOneWait: 181, .seenBeforeEvents: 173,
        .ignoresSilence: 60, .ignoresPauses: 65, .keepsPlaceOfDiscarded: 50, .sendsDiscarded: 14,
        .ignoresStandstill: 648, .gapAfterSeen: 20,
    ]

    @Test(arguments: SimulationBug.allCases)
    func `a planted bug is found, and its seed finds it again`(bug: SimulationBug) {
        let limit: UInt64 = 1000
        let hint = Self.hints[bug] ?? 1
        let seeds = Array(hint...limit) + Array(1..<hint)
        guard let (seed, text) = seeds.lazy.compactMap({ seed in failure(seed, bug).map { (seed, $0) } }).first
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
}
