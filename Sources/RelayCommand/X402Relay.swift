import ArgumentParser
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
        subcommands: [
            Run.self, Check.self, Demo.self, Simulate.self, Listen.self, Match.self, SecretCommand.self, Verify.self,
            SchemaCommand.self,
        ])
}
