import DeliveryPlanning
import EventRules
import RelayConfig
import RelayModel

extension Scenario {
    /// What the relay is given: one feed, these destinations, these rules.
    func configuration() -> Configuration {
        let feed = FeedConfiguration(
            name: Self.feed, kind: .interface402(FeedConfiguration.Interface402(apiKey: nil, keys: ["payments"])),
            url: "wss://feed.example")
        return Configuration(
            feeds: [feed],
            destinations: policies.map {
                DestinationConfiguration(policy: $0, url: Secret("https://\($0.name).example"), secrets: [])
            },
            rules: rules.map { RuleConfiguration(name: $0.name, deliverTo: $0.deliverTo, feeds: nil) },
            ruleSet: RuleSet(patterns: rules.map(compile)),
            outbox: OutboxConfiguration(
                path: "/nowhere", retention: .seconds(1), deadRetention: .seconds(1), maxSize: 1 << 30),
            admin: nil, payments: nil, log: LogConfiguration(level: .info, format: .text))
    }

    private func compile(_ rule: SimulatedRule) -> RulePattern {
        do {
            let document = try JSONParser(limits: .configuration).parse(Array(rule.pattern.utf8))
            return try RulePattern.compile(document.root, in: document) { _ in
                preconditionFailure("the simulation has no address files")
            }
        } catch {
            preconditionFailure("the pattern \(rule.pattern) does not compile: \(error)")
        }
    }
}
