import DeliveryPlanning
import Logging
import RelayConfig
import RelayModel
import WebhookSigning

/// What a relay says at its start: what it will do, without a secret.
struct Announcement {
    /// Rules beyond these are only counted: a configuration can have 100,000.
    private static let rulesShown = 20

    private let configuration: Configuration
    private let standings: [String: DestinationStanding]

    init(_ configuration: Configuration, standings: [String: DestinationStanding]) {
        self.configuration = configuration
        self.standings = standings
    }

    func log(to logger: Logger) {
        logger.info("x402-relay starts", metadata: ["version": "\(RelayVersion.current)"])
        logger.info("Outbox", metadata: ["path": "\(configuration.outbox.path)"])
        for feed in configuration.feeds {
            var metadata: Logger.Metadata = ["feed": "\(feed.name)", "url": "\(ShownURL.of(feed.url))"]
            if case .interface402(let own) = feed.kind {
                metadata["protocol"] = "interface402"
                metadata["key"] = own.apiKey == nil ? "none" : "configured"
                metadata["subscribes"] =
                    own.keys.count <= 5 ? "\(own.keys.joined(separator: ","))" : "\(own.keys.count) keys"
                metadata["connections"] = "\(feed.connections)"
            }
            if case .atomicStream(let own) = feed.kind {
                metadata["protocol"] = "atomicstream"
                metadata["stream"] = "\(own.stream)"
                metadata["version"] = "\(own.version)"
                metadata["renew"] = "\(own.renew)"
                metadata["watches"] = "\(own.accounts.count + own.programs.count + own.mints.count)"
                metadata["connections"] = "\(feed.connections)"
            }
            logger.info("Feed", metadata: metadata)
        }
        for destination in configuration.destinations { log(destination, to: logger) }
        for rule in configuration.rules.prefix(Self.rulesShown) {
            logger.info(
                "Rule",
                metadata: [
                    "rule": "\(rule.name)", "deliverTo": "\(rule.deliverTo.joined(separator: ","))",
                    "feeds": "\(rule.feeds?.joined(separator: ",") ?? "all")",
                ])
        }
        let unshown = configuration.rules.count - Self.rulesShown
        if unshown > 0 { logger.info("Further rules", metadata: ["count": "\(unshown)"]) }
    }

    private func log(_ destination: DestinationConfiguration, to logger: Logger) {
        let signatures = destination.signatures.map(\.rawValue).joined(separator: ",")
        logger.info(
            "Destination",
            metadata: [
                "destination": "\(destination.name)", "url": "\(ShownURL.of(destination.url.revealed))",
                "signature": "\(signatures.isEmpty ? "none" : signatures)", "secrets": "\(destination.secrets.count)",
                "format": "\(destination.format.rawValue)", "order": "\(destination.policy.order.rawValue)",
                "attempts": "\(destination.policy.retry.schedule.count + 1)",
            ])
        if let standing = standings[destination.name], let stop = standing.stop {
            logger.warning(
                "Destination is not sent to until it is resumed; its events are kept",
                metadata: [
                    "destination": "\(destination.name)", "state": "\(stop.rawValue)",
                    "since": "\(standing.since.map(\.description) ?? "unknown")",
                    "reason": "\(standing.reason ?? "unknown")",
                ])
        }
    }
}
