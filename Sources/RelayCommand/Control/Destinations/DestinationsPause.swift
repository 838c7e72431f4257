import AdminAPI
import ArgumentParser

/// `x402-relay destinations pause`.
struct DestinationsPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stops sending to a destination; its deliveries wait until it is resumed.",
        discussion: """
            Attempts in flight are finished. The pause survives restarts.
            """)

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "The destination's name in the configuration.")
    var name: String

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "destinations pause")
        let destination = try await access.fields(.post("destinations", name, "pause"))
        Console.print(DestinationText.line(destination) + access.whereDown)
    }
}
