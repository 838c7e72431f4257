import ArgumentParser

/// `x402-relay deliveries`.
struct DeliveriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "Lists deliveries, shows one, sends one again or gives it up.",
        subcommands: [
            DeliveriesList.self, DeliveriesShow.self, DeliveriesRetry.self, DeliveriesDiscard.self,
            DeliveriesExport.self,
        ])
}
