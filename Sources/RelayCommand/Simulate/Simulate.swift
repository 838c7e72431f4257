import ArgumentParser
import FeedSimulation
import Logging
import RelayModel
import ServiceLifecycle
import UnixSignals

/// `x402-relay simulate`: a feed to develop against.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulates a feed on 127.0.0.1: payments, each with its verification and settlement.",
        discussion: """
            Prints the feed's URL and what to put into a configuration, then a line for each change of a connection. \
            Sends while a client is subscribed, and waits for clients that do not keep up; with --live it waits for \
            nobody, and events are lost as a real feed's are. Several clients get the same events. Faults strike each \
            connection by itself, but for --drop-one-every and --drop-all-every. Ends on SIGINT or SIGTERM.
            """)

    enum FeedKind: String, CaseIterable, ExpressibleByArgument {
        case interface402, atomicstream
    }

    @Option(name: .customLong("protocol"), help: "The feed's protocol.")
    var kind: FeedKind

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int

    @Option(help: "Events a second, or like 30/m or 50/h; max for as fast as they are taken.")
    var rate = "10"

    @Option(help: "Events until it falls silent, its connections staying open; endless without it.")
    var count: Int?

    @Option(help: "Gives the same events again, timestamps apart; a new one each time without it.")
    var seed: UInt64?

    @Option(help: "A wallet that takes part in payments; can be given several times.")
    var wallet: [String] = []

    @Option(help: "The only API key that is accepted; any, and none, without it.")
    var apiKey: String?

    @Option(help: "The vendor's plan, whose limits are kept: standard or premium.")
    var plan: SimulatorOptions.Plan = .premium

    @Option(
        help: ArgumentHelp(
            "One payment in n comes only after its verification, some after the settlement.", valueName: "n"))
    var latePaymentIn: Int?

    @Flag(help: "Goes on sending while nobody reads; those events are lost.")
    var live = false

    @OptionGroup(title: "Faults") var faults: Faults

    struct Faults: ParsableArguments {
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
            for (name, value) in [
                ("drop-every", dropEvery), ("drop-one-every", dropOneEvery), ("drop-all-every", dropAllEvery),
                ("duplicate-every", duplicateEvery), ("malformed-every", malformedEvery),
                ("silent-after", silentAfter),
            ] {
                if let value, value < 1 { throw ValidationError("--\(name): \(value) is not 1 or more") }
            }
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

    func validate() throws {
        guard kind == .interface402 else {
            throw ValidationError("--protocol: this version simulates interface402 only, not \(kind.rawValue)")
        }
        guard (0...65535).contains(port) else { throw ValidationError("--port: \(port) is not in 0 to 65535") }
        guard rate == "max" || EventRate(rate) != nil else {
            throw ValidationError("--rate: \"\(rate)\" is not like 200, 200/s, 30/m or 50/h, nor max")
        }
        if let n = latePaymentIn, n < 1 { throw ValidationError("--late-payment-in: \(n) is not 1 or more") }
        if let count, count < 0 { throw ValidationError("--count: \(count) is not 0 or more") }
        for wallet in wallet where WalletAddress.form(of: wallet.utf8) == .other {
            throw ValidationError(
                "--wallet: \"\(wallet)\" is neither base58 of 32 to 44 characters nor 0x and 40 hex digits")
        }
    }

    func run() async throws {
        let options = SimulatorOptions(
            port: port, rate: rate == "max" ? nil : EventRate(rate), count: count,
            seed: seed ?? .random(in: 1...999_999_999), wallets: wallet, latePaymentOneIn: latePaymentIn,
            apiKey: apiKey.map { Secret($0) }, plan: plan, isLive: live, faults: faults.value)
        let observer = SimulatorObserver(onChange: { Console.print(TerminalText.escaped($0.description)) })
        let simulator: FeedSimulator
        do {
            simulator = try await FeedSimulator.start(options, observer: observer)
        } catch let error as SimulatorError {
            Console.error("simulate: \(error)")
            throw ExitCode.failure
        }
        Console.print(
            """
            \(kind.rawValue) feed at \(simulator.url), seed \(options.seed). For "feeds" of a configuration:

            \(Self.configurationText(url: simulator.url, apiKey: apiKey))

            Wallets to make rules for: \((wallet + SimulatedWallets.solana).prefix(3).joined(separator: ", "))
            """)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [UntilSignalled(simulator: simulator)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: .silent))
        try await group.run()
    }

    /// A feed of a configuration, as a member of its `feeds`.
    static func configurationText(url: String, apiKey: String?) -> String {
        let keyLine = apiKey.map { "\n  \"apiKey\": \(JSONEscapes.quoted($0))," } ?? ""
        return """
            "simulated": {
              "protocol": "interface402",
              "url": \(JSONEscapes.quoted(url)),\(keyLine)
              "keys": ["payments", "verifications", "settlements"]
            }
            """
    }
}

extension SimulatorOptions.Plan: ExpressibleByArgument {}

/// Stops the simulated feed when the program is told to end.
private struct UntilSignalled: Service {
    let simulator: FeedSimulator

    func run() async throws {
        try? await gracefulShutdown()
        await simulator.stop()
    }
}
