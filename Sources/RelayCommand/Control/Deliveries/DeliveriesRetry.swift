import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay deliveries retry`.
struct DeliveriesRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Sends a delivery again at once, outside the order.",
        discussion: """
            One that is delivered, dead or discarded starts its schedule anew. It keeps its event, its body and its id.
            """)

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "The delivery's number, as deliveries list shows it.")
    var id: String

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "deliveries retry")
        let delivery = try await access.fields(.post("deliveries", id, "retry"))
        Console.print(DeliveryText.line(delivery, now: RelayClock.wallTime) + access.whereDown)
    }
}
