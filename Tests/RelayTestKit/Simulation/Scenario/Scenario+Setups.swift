import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// The versions of the configuration file, drawn by chance.
extension Scenario {
    /// The one at the start, one for each reload, and the one of the calm, in which everybody is there.
    static func setups(
        _ names: [String], _ feeds: [String], reloads: Int, using random: inout SeededGenerator
    ) -> [Setup.Compiled] {
        var all = names.map { policy($0, using: &random) }
        var setup = Setup(
            policies: all, rules: rules(names, feeds, using: &random),
            feeds: feeds.map { feed($0, using: &random) }, retention: retention(using: &random))
        var setups = [setup]
        for _ in 0..<reloads {
            if random.chance(600) {
                for index in all.indices where random.chance(400) {
                    all[index] = policy(all[index].name, using: &random)
                }
                setup.policies = all.filter { $0.name == operatorsDestination || random.chance(700) }
            }
            if random.chance(500) { setup.rules = rules(names, feeds, using: &random) }
            for index in setup.feeds.indices where random.chance(400) {
                setup.feeds[index].connections = Int.random(in: 1...3, using: &random)
                setup.feeds[index].keys = keys(using: &random)
            }
            if random.chance(200) { setup.retention = retention(using: &random) }
            setups.append(setup.withoutStrangers)
        }
        setup.policies = all
        setup.retention.maxSize = 1 << 40
        setups.append(setup)
        return setups.map { $0.compiled() }
    }

    private static func policy(_ name: String, using random: inout SeededGenerator) -> DestinationPolicy {
        let schedules: [[Int]] = [[1, 1, 1], [5, 30, 120, 600], [2, 3600], [60, 60, 60, 60, 60, 60, 60], [7200]]
        let rates = [1, 10, 60].map { Rate(count: Int.random(in: 1...20, using: &random), interval: .seconds($0)) }
        return DestinationPolicy(
            name: name, concurrency: [1, 2, 5, 16].randomElement(using: &random) ?? 1,
            rate: random.chance(400) ? rates.randomElement(using: &random) : nil,
            order: DeliveryOrder.allCases.randomElement(using: &random) ?? .payment,
            retry: RetryPolicy(
                schedule: (schedules.randomElement(using: &random) ?? [1]).map { .seconds($0) },
                jitterThousandths: [0, 200, 1000].randomElement(using: &random) ?? 0,
                giveUpOn: random.chance(300) ? [404] : [],
                maxRetryAfter: .seconds([60, 3600].randomElement(using: &random) ?? 60)),
            disableAfter: .seconds(random.chance(200) ? 600 : 5 * 86_400))
    }

    private static func rules(
        _ destinations: [String], _ feeds: [String], using random: inout SeededGenerator
    ) -> [SimulatedRule] {
        let own = SimulatedRule(name: "own", isOwn: true, deliverTo: [operatorsDestination])
        return [own]
            + (1...Int.random(in: 1...4, using: &random)).map { number in
                let some = destinations.filter { _ in random.chance(600) }
                var rule = SimulatedRule(name: "rule\(number)", deliverTo: some.isEmpty ? [destinations[0]] : some)
                if random.chance(400) {
                    rule.kinds = [[.payment], [.payment, .settlement], [.settlement, .verification], [.settlement]]
                        .randomElement(using: &random)
                }
                let wallet = "wallet\(Int.random(in: 1...3, using: &random))"
                if random.chance(250) { rule.sender = wallet }
                if random.chance(250) { rule.recipient = wallet }
                if random.chance(250) { rule.amountFrom = 500 }
                if random.chance(150) { rule.feeds = [feeds[0]] }
                return rule
            }
    }

    private static func feed(_ name: String, using random: inout SeededGenerator) -> Setup.Feed {
        Setup.Feed(
            name: name, apiKey: random.chance(500), keys: keys(using: &random),
            connections: Int.random(in: 1...3, using: &random),
            pingInterval: .seconds([30, 60, 300].randomElement(using: &random) ?? 30))
    }

    private static func keys(using random: inout SeededGenerator) -> [String] {
        Setup.Feed.channels + (1...3).map { "wallet\($0)" }.filter { _ in random.chance(250) }
    }

    private static func retention(using random: inout SeededGenerator) -> RetentionPolicy {
        RetentionPolicy(
            retention: .seconds([10, 600, 7 * 86_400].randomElement(using: &random) ?? 10),
            deadRetention: .seconds([60, 90 * 86_400].randomElement(using: &random) ?? 60),
            maxSize: random.chance(150) ? Int64.random(in: 2_000...20_000, using: &random) : 1 << 40)
    }
}

extension Setup {
    /// Without what names a destination that is not there.
    fileprivate var withoutStrangers: Setup {
        var setup = self
        let names = Set(policies.map(\.name))
        setup.rules = rules.compactMap { rule in
            let known = rule.deliverTo.filter(names.contains)
            guard !known.isEmpty else { return nil }
            return SimulatedRule(
                name: rule.name, isOwn: rule.isOwn, kinds: rule.kinds, sender: rule.sender, recipient: rule.recipient,
                amountFrom: rule.amountFrom, feeds: rule.feeds, deliverTo: known)
        }
        return setup
    }
}
