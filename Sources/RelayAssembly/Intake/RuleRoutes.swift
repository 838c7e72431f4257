import DeliveryPlanning
import RelayConfig
import RelayModel

/// Where matches go: from rules to destinations.
struct RuleRoutes: Sendable {
    private struct Destination: Sendable {
        let name: String
        let order: DeliveryOrder
        let format: BodyFormat
    }

    private struct Rule: Sendable {
        let name: String
        /// The only feeds whose events it takes; nil for all.
        let feeds: Set<String>?
        /// Places of destinations.
        let targets: [Int]

        /// A rule that names feeds takes nothing that concerns none.
        func takes(feed: String?) -> Bool {
            guard let feeds else { return true }
            return feed.map(feeds.contains) ?? false
        }
    }

    /// In the configuration's order, as the rules are.
    private let destinations: [Destination]
    private let rules: [Rule]
    private let places: [String: Int]

    init(_ configuration: Configuration) {
        destinations = configuration.destinations.map {
            Destination(name: $0.name, order: $0.policy.order, format: $0.format)
        }
        let places = Dictionary(uniqueKeysWithValues: destinations.enumerated().map { ($1.name, $0) })
        rules = configuration.rules.map { rule in
            Rule(name: rule.name, feeds: rule.feeds.map(Set.init), targets: rule.deliverTo.compactMap { places[$0] })
        }
        self.places = places
    }

    /// Whether one of these rules takes events of the feed, or, for nil, of none.
    func reach(_ matches: [Int], feed: String?) -> Bool {
        matches.contains { rules[$0].takes(feed: feed) }
    }

    /// One delivery for each destination that some matching rule names, however many do, in the configuration's order.
    ///
    /// `matches` are places of rules in ascending order; `feed` is that of the event, nil for an own one that concerns none;
    /// `lanes` gives what a delivery of an order queues behind.
    func deliveries(ofMatches matches: [Int], feed: String?, lanes: (DeliveryOrder) -> [LaneKey]) -> [NewDelivery] {
        var names: [Int: [String]] = [:]
        for match in matches where rules[match].takes(feed: feed) {
            for target in rules[match].targets { names[target, default: []].append(rules[match].name) }
        }
        return names.sorted { $0.key < $1.key }.map { delivery(to: $0, rules: $1, lanes: lanes) }
    }

    /// The delivery of an event that no rule sent; nil for a destination that is not configured.
    func delivery(to destination: String, lanes: (DeliveryOrder) -> [LaneKey]) -> NewDelivery? {
        places[destination].map { delivery(to: $0, rules: [], lanes: lanes) }
    }

    private func delivery(to place: Int, rules: [String], lanes: (DeliveryOrder) -> [LaneKey]) -> NewDelivery {
        let destination = destinations[place]
        return NewDelivery(
            destination: destination.name, rules: rules, format: destination.format, lanes: lanes(destination.order))
    }
}
