import ArgumentParser
import FeedSimulation

/// What goes wrong in a simulated feed of either protocol.
struct SimulatedFaults: ParsableArguments {
    @Option(help: ArgumentHelp("Ends the connection after each nth event, without a close frame.", valueName: "n"))
    var dropEvery: Int?

    @Option(
        help: ArgumentHelp(
            "Ends one client's connection after each nth event, when another is well subscribed.", valueName: "n"))
    var dropOneEvery: Int?

    @Option(help: ArgumentHelp("Ends all connections after each nth event.", valueName: "n"))
    var dropAllEvery: Int?

    @Option(help: ArgumentHelp("Sends each nth event twice.", valueName: "n"))
    var duplicateEvery: Int?

    @Option(help: ArgumentHelp("Sends a malformed frame before each nth event.", valueName: "n"))
    var malformedEvery: Int?

    @Flag(help: "Draws the occasions of these at random, one in n.")
    var atRandom = false

    @Option(help: ArgumentHelp("Sends nothing more after n events, pongs included.", valueName: "n"))
    var silentAfter: Int?

    @Option(help: ArgumentHelp("Holds the answer to a connection back for so long.", valueName: "duration"))
    var handshakeDelay = CommandDuration(.zero)

    func validate() throws {
        try CountOption.check([
            ("drop-every", dropEvery), ("drop-one-every", dropOneEvery), ("drop-all-every", dropAllEvery),
            ("duplicate-every", duplicateEvery), ("malformed-every", malformedEvery), ("silent-after", silentAfter),
        ])
    }

    var value: SimulatorFaults {
        SimulatorFaults(
            drop: occasion(dropEvery), dropOne: occasion(dropOneEvery), dropAll: occasion(dropAllEvery),
            duplicate: occasion(duplicateEvery), malform: occasion(malformedEvery),
            silentAfter: silentAfter, handshakeDelay: handshakeDelay.value)
    }

    private func occasion(_ n: Int?) -> SimulatorFaults.Occasion {
        n.map { atRandom ? .oneIn($0) : .every($0) } ?? .never
    }
}

/// Options that are a count.
enum CountOption {
    /// Throws for the first of these options that was given and is below 1.
    static func check(_ options: [(name: String, value: Int?)]) throws {
        for (name, value) in options {
            if let value, value < 1 { throw ValidationError("--\(name): \(value) is not 1 or more") }
        }
    }
}
