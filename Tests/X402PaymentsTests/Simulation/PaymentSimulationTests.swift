import Testing

@Suite struct PaymentSimulationTests {
    /// A few, since each has hundreds of payments with their signatures; more by `X402_RELAY_SIM_SEEDS`.
    private static let seeds = SimulationSeeds.chosen(otherwise: 5)

    @Test func `no slice is paid twice, no limit is passed and every feed comes back, and all that can go wrong does`()
    {
        var tally = PaymentTally()
        for seed in Self.seeds {
            do {
                let simulation = try PaymentSimulation(seed: seed)
                defer { tally = tally + simulation.tally }
                try simulation.run()
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(tally.scarcest >= 1 || Self.seeds.count < 200, "\(tally)")
    }

    /// Seeds of short histories that find it: where a search begins; past the last seed it goes on from the first.
    private static let hints: [PaymentBug: UInt64] = [
        .tellsFailedAsWritten: 42, .forgetsOpenPayments: 48, .forgetsToken: 94, .forgetsUnserved: 41, .repeatsIDs: 114,
        .forgetsSpent: 80, .ignoresLimits: 29, .releasesAtOnce: 83, .paysOnReminder: 128, .believesRefusal: 66,
        .asksOneServer: 100, .ignoresBlockhash: 49, .paysAnybody: 130, .changesBytes: 102, .oversleeps: 33,
        .showsToken: 26,
    ]

    @Test(arguments: PaymentBug.allCases)
    func `a planted bug is found, and its seed finds it again`(bug: PaymentBug) {
        let limit: UInt64 = 1000
        let hint = Self.hints[bug] ?? 1
        let seeds = Array(hint...limit) + Array(1..<hint)
        guard let (seed, text) = seeds.lazy.compactMap({ seed in failure(seed, bug).map { (seed, $0) } }).first
        else {
            Issue.record("\(limit) seeds did not find it")
            return
        }
        #expect(text.contains("X402_RELAY_SIM_SEED=\(seed) swift test --filter PaymentSimulationTests"))
        #expect(failure(seed, bug) == text)
    }

    private func failure(_ seed: UInt64, _ bug: PaymentBug) -> String? {
        do {
            try PaymentSimulation(seed: seed, bug: bug).run()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
