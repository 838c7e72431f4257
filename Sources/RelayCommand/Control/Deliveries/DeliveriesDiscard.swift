import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay deliveries discard`.
struct DeliveriesDiscard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Gives a delivery up and frees its place in the order.",
        discussion: """
            It is kept as dead ones are, and can be sent again with retry.
            """)

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "The delivery's number, as deliveries list shows it.")
    var id: String

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "deliveries discard")
        let delivery = try await access.fields(.post("deliveries", id, "discard"))
        Console.print(DeliveryText.line(delivery, now: RelayClock.wallTime) + access.whereDown)
    }
}
