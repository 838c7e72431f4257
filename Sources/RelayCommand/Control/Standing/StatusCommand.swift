import AdminAPI
import ArgumentParser
import Glibc
import RelayModel

/// `x402-relay status`: how the relay stands.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows how the relay stands: feeds, destinations, outbox.",
        discussion: """
            Where the relay is not running it shows what its outbox holds, and says so.
            """)

    private static let interval = Duration.seconds(2)

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Show it anew every 2 seconds, until the command is ended.")
    var watch = false

    @Flag(help: "Print JSON; with --watch one object a line.")
    var json = false

    func run() async throws {
        let clears = watch && !json && isatty(STDOUT_FILENO) == 1
        repeat {
            // Anew each time: the relay may have stopped, or come back.
            let access = try await RelayAccess.any(file, for: "status")
            let answer = try await access.ask(.get("status"))
            let text =
                json
                ? String(decoding: answer.body, as: UTF8.self)
                : StandingText.status(try access.fields(of: answer)) + (watch && !clears ? "\n" : "")
            // Home, and a clear screen.
            guard Console.print(clears ? "\u{1B}[H\u{1B}[2J" + text : text) else { return }
            if watch { try await Task.sleep(for: Self.interval) }
        } while watch
    }
}
