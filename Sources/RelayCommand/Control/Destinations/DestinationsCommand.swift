import ArgumentParser

/// `x402-relay destinations`.
struct DestinationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destinations", abstract: "Lists destinations, pauses, resumes or tests one.",
        subcommands: [
            DestinationsList.self, DestinationsPause.self, DestinationsResume.self, DestinationsTest.self,
        ])
}
