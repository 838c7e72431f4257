import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay destinations list`.
struct DestinationsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the destinations: their states and what waits for them.")

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Print JSON: destinations.")
    var json = false

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "destinations list")
        let answer = try await access.ask(.get("destinations"))
        guard !json else {
            Console.print(String(decoding: answer.body, as: UTF8.self))
            return
        }
        let destinations = try access.fields(of: answer).objects("destinations")
        Console.print(DestinationText.table(destinations, isRunning: access.isRunning, now: RelayClock.wallTime))
    }
}
