import DeliveryPlanning
import EventRules
import OutboxStorage
import RelayAssembly
import RelayConfig
import RelayModel

/// One version of the relay's configuration file.
struct Setup: Sendable {
    struct Feed: Hashable, Sendable {
        let name: String
        let apiKey: Bool
        /// The channels, and wallets that may come and go.
        var keys: [String]
        var connections: Int
        let pingInterval: Duration

        /// Those that are always wanted: what comes over the others comes over these, too.
        static let channels = ["payments", "verifications", "settlements"]
    }

    var policies: [DestinationPolicy]
    var rules: [SimulatedRule]
    var feeds: [Feed]
    var retention: RetentionPolicy

    /// A file that was read and compiled.
    struct Compiled: Sendable {
        let setup: Setup
        let book: RuleBook
        let policies: [String: DestinationPolicy]
    }

    func compiled() -> Compiled {
        Compiled(
            setup: self, book: RuleBook(configuration()),
            policies: Dictionary(uniqueKeysWithValues: policies.map { ($0.name, $0) }))
    }

    private func configuration() -> Configuration {
        Configuration(
            feeds: feeds.map {
                FeedConfiguration(
                    name: $0.name,
                    kind: .interface402(
                        FeedConfiguration.Interface402(apiKey: $0.apiKey ? Secret("key") : nil, keys: $0.keys)),
                    url: "wss://\($0.name).example", connections: $0.connections, pingInterval: $0.pingInterval)
            },
            destinations: policies.map {
                DestinationConfiguration(policy: $0, url: Secret("https://\($0.name).example"), secrets: [])
            },
            rules: rules.map { RuleConfiguration(name: $0.name, deliverTo: $0.deliverTo, feeds: $0.feeds) },
            ruleSet: RuleSet(patterns: rules.map(Self.compile)),
            outbox: OutboxConfiguration(
                path: "/nowhere", retention: retention.retention, deadRetention: retention.deadRetention,
                maxSize: retention.maxSize),
            admin: nil, payments: nil, log: LogConfiguration(level: .info, format: .text))
    }

    private static func compile(_ rule: SimulatedRule) -> RulePattern {
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
