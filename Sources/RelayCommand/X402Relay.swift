import ArgumentParser
import Glibc
import RelayModel

/// The program: one verb a file, one noun a folder.
@main
struct X402Relay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "x402-relay",
        abstract: "Turns x402 event streams into signed webhooks.",
        discussion: """
            Exit codes: 0 done, 1 failed, 64 usage, 78 configuration.
            """,
        version: RelayVersion.current,
        subcommands: [Run.self, Check.self, Match.self, SchemaCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Operating",
                subcommands: [
                    StatusCommand.self, Feeds.self, DestinationsCommand.self, DeliveriesCommand.self, Replay.self,
                    PaymentsCommand.self, Reload.self, Healthcheck.self,
                ]),
            CommandGroup(
                name: "Developing",
                subcommands: [Demo.self, Simulate.self, Listen.self, SecretCommand.self, Verify.self]),
        ])

    /// Runs the command that the arguments name, and ends the process with what came of it.
    ///
    /// As the library's own, but for two things: output that cannot be written is a failure, and wrong use that only shows
    /// when the command runs is told with that command's usage.
    static func main() async {
        var command: (any ParsableCommand)?
        do {
            var parsed = try await asyncParseAsRoot()
            command = parsed
            if var asynchronous = parsed as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try parsed.run()
            }
            end(with: .success)
        } catch let fault as CommandFault {
            Console.error(fault.message)
            end(with: fault.code)
        } catch {
            let code = exitCode(for: error)
            let text = message(for: error, of: command.map { type(of: $0) })
            if !text.isEmpty {
                if code == .success { Console.print(text) } else { Console.error(text) }
            }
            end(with: code)
        }
    }

    private static func message(for error: any Error, of command: (any ParsableCommand.Type)?) -> String {
        guard let command, let error = error as? ValidationError else { return fullMessage(for: error) }
        let usage = usageString(for: command)
        let words = usage.split(separator: " ").prefix { $0.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" } }
            .prefix { !$0.hasPrefix("-") }
        return """
            Error: \(error.message)
            Usage: \(usage)
              See '\(words.joined(separator: " ")) --help' for more information.
            """
    }

    private static func end(with code: ExitCode) -> Never {
        guard code == .success, let fault = Console.outputFault else { Glibc.exit(code.rawValue) }
        Console.error("x402-relay: the output cannot be written: \(fault)")
        Glibc.exit(ExitCode.failure.rawValue)
    }
}
