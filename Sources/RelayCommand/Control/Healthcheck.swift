import AdminAPI
import ArgumentParser

/// `x402-relay healthcheck`: whether the relay is alive.
struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks the running relay whether it is alive: exit code 0, else 1; 78 where the file cannot be read.",
        discussion: """
            Waits 3 seconds at most. Whether its feeds are connected and its outbox works is another question: see status. \
            Where the relay listens is read from the configuration, so one that is missing or no JSON ends with 78.
            """)

    private static let patience = Duration.seconds(3)

    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        // To be reached is to have answered the question.
        _ = try await RelayAccess.running(file, for: "healthcheck", answerTime: Self.patience)
        Console.print("alive")
    }
}
