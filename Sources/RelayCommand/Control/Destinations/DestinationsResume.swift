import AdminAPI
import ArgumentParser

/// `x402-relay destinations resume`.
struct DestinationsResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Sends to a destination again that is paused or disabled.",
        discussion: """
            It begins with a clean record, and what waits is sent.
            """)

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "The destination's name in the configuration.")
    var name: String

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "destinations resume")
        let destination = try await access.fields(.post("destinations", name, "resume"))
        Console.print(DestinationText.line(destination) + access.whereDown)
    }
}
