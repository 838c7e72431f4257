import DeliveryPlanning
import RelayConfig
import RelayModel

/// Where the matches of one feed's events go: from rules to destinations.
struct RuleRoutes: Sendable {
    private struct Destination: Sendable {
        let name: String
        let order: DeliveryOrder
        let format: BodyFormat
    }

    /// In the configuration's order.
    private let destinations: [Destination]
    private let ruleNames: [String]
    /// For each rule, the destinations that it delivers to by their place; empty where the rule leaves the feed out.
    private let targets: [[Int]]

    init(feed: String, configuration: Configuration) {
        destinations = configuration.destinations.map {
            Destination(name: $0.name, order: $0.policy.order, format: $0.format)
        }
        ruleNames = configuration.rules.map(\.name)
        let places = Dictionary(uniqueKeysWithValues: destinations.enumerated().map { ($1.name, $0) })
        targets = configuration.rules.map { rule in
            guard rule.feeds?.contains(feed) ?? true else { return [] }
            return rule.deliverTo.compactMap { places[$0] }
        }
    }

    /// One delivery for each destination that some matching rule names, however many do, in the configuration's order.
    ///
    /// `matches` are places of rules in ascending order; `lanes` gives what a delivery of an order queues behind.
    func deliveries(ofMatches matches: [Int], lanes: (DeliveryOrder) -> [LaneKey]) -> [NewDelivery] {
        var rules: [Int: [String]] = [:]
        for match in matches {
            for target in targets[match] { rules[target, default: []].append(ruleNames[match]) }
        }
        return rules.sorted { $0.key < $1.key }.map { place, names in
            let destination = destinations[place]
            return NewDelivery(
                destination: destination.name, rules: names, format: destination.format, lanes: lanes(destination.order)
            )
        }
    }
}
