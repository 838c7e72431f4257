import ArgumentParser

/// `x402-relay payments`.
struct PaymentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payments",
        abstract: "Lists what was paid for feeds, shows one payment, tells what feeds will cost.",
        subcommands: [PaymentsList.self, PaymentsShow.self, PaymentsExport.self, PaymentsPreview.self])
}
