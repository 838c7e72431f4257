import ArgumentParser

/// `x402-relay secret`.
struct SecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Makes webhook secrets.", subcommands: [SecretNew.self])
}
