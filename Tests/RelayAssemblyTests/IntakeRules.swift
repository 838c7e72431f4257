import DeliveryPlanning
import EventRules
import RelayAssembly
import RelayConfig
import RelayModel

/// A rule as a test writes it.
struct IntakeRule {
    fileprivate let configuration: RuleConfiguration
    fileprivate let pattern: String

    init(_ name: String, _ pattern: String, to destinations: [String], feeds: [String]? = nil) {
        configuration = RuleConfiguration(name: name, deliverTo: destinations, feeds: feeds)
        self.pattern = pattern
    }
}

extension RuleBook {
    /// The rules over the feed `payments` and the destinations `billing` and `archive`.
    static func sample(_ rules: [IntakeRule], order: DeliveryOrder = .payment) throws -> RuleBook {
        let patterns = try rules.map { rule in
            let document = try JSONParser(limits: .message).parse(Array(rule.pattern.utf8))
            return try RulePattern.compile(
                document.root, in: document, readAddresses: { _ in .problem("no files here") })
        }
        let destinations = ["billing", "archive"].map { name in
            DestinationConfiguration(
                policy: DestinationPolicy(name: name, order: order), url: Secret("http://127.0.0.1:1"), secrets: [])
        }
        return RuleBook(
            Configuration(
                feeds: [
                    FeedConfiguration(
                        name: "payments",
                        kind: .interface402(FeedConfiguration.Interface402(apiKey: nil, keys: ["payments"])),
                        url: "ws://127.0.0.1:1")
                ],
                destinations: destinations, rules: rules.map(\.configuration), ruleSet: RuleSet(patterns: patterns),
                outbox: OutboxConfiguration(path: "/", retention: .zero, deadRetention: .zero, maxSize: 0), admin: nil,
                payments: nil, log: LogConfiguration(level: .info, format: .text)))
    }
}
