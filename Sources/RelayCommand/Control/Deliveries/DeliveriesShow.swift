import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay deliveries show`.
struct DeliveriesShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a delivery: its event, every attempt with what came of it, and the request.",
        discussion: """
            The request is the one that an attempt sends: where secrets are in it, it says so. There is none where the \
            destination is no longer in the configuration.
            """)

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "The delivery's number, as deliveries list shows it.")
    var id: String

    @Flag(help: "Print JSON: the delivery, its attempts as history, the request, and the event as data.")
    var json = false

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "deliveries show")
        let answer = try await access.ask(.get("deliveries", id))
        guard !json else {
            Console.print(String(decoding: answer.body, as: UTF8.self))
            return
        }
        Console.print(DeliveryText.block(try access.fields(of: answer), now: RelayClock.wallTime))
    }
}
