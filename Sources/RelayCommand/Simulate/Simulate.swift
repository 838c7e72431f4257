import ArgumentParser
import FeedSimulation
import Logging
import RelayModel
import ServiceLifecycle
import UnixSignals

/// `x402-relay simulate`: a feed to develop against.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Simulates a feed on 127.0.0.1: payments as interface402 has them, or paid streams as AtomicStream's.",
        discussion: """
            Prints the feed's URL and what to put into a configuration, then a line for each change of a connection. \
            Sends while a client is subscribed, and waits for clients that do not keep up; with --live it waits for \
            nobody, and events are lost as a real feed's are. Several clients get the same events. Faults strike each \
            connection by itself, but for --drop-one-every and --drop-all-every. Ends on SIGINT or SIGTERM.

            atomicstream: any stream's id is served, under /v1/ and /v2/, for payments on a chain of its own, whose RPC is \
            at /rpc. On that chain every wallet has money, so that an empty one will do, and nothing that is signed for it \
            is worth anything elsewhere. "ping" is answered with {"op":"pong"}, which the vendor's page does not say.
            """)

    enum FeedKind: String, CaseIterable, ExpressibleByArgument {
        case interface402, atomicstream
    }

    @Option(name: .customLong("protocol"), help: "The feed's protocol.")
    var kind: FeedKind

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int

    @Option(help: "Events a second, or like 30/m or 50/h; max for as fast as they are taken. Of each stream.")
    var rate = "10"

    @Option(help: "Events until it falls silent, its connections staying open; endless without it. Of each stream.")
    var count: Int?

    @Option(help: "Gives the same events again, times and slots apart; a new one each time without it.")
    var seed: UInt64?

    @Flag(help: "Goes on sending while nobody reads; those events are lost.")
    var live = false

    @OptionGroup(title: "Faults") var faults: SimulatedFaults
    @OptionGroup(title: "interface402 only") var interface402: Interface402Arguments
    @OptionGroup(title: "atomicstream only") var atomicStream: AtomicStreamArguments

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port: \(port) is not in 0 to 65535") }
        guard rate == "max" || EventRate(rate) != nil else {
            throw ValidationError("--rate: \"\(rate)\" is not like 200, 200/s, 30/m or 50/h, nor max")
        }
        if let count, count < 0 { throw ValidationError("--count: \(count) is not 0 or more") }
        let (foreign, owner): ([String], FeedKind) =
            switch kind {
            case .interface402: (atomicStream.given, .atomicstream)
            case .atomicstream: (interface402.given, .interface402)
            }
        if let option = foreign.first {
            throw ValidationError("\(option): is for --protocol \(owner.rawValue), not for \(kind.rawValue)")
        }
    }

    func run() async throws {
        let seed = seed ?? .random(in: 1...999_999_999)
        do {
            switch kind {
            case .interface402: try await runInterface402(seed)
            case .atomicstream: try await runAtomicStream(seed)
            }
        } catch let error as SimulatorError {
            Console.error("simulate: \(error)")
            throw ExitCode.failure
        }
    }

    private var eventRate: EventRate? { rate == "max" ? nil : EventRate(rate) }

    private func runInterface402(_ seed: UInt64) async throws {
        let simulator = try await FeedSimulator.start(
            interface402.options(
                port: port, rate: eventRate, count: count, seed: seed, isLive: live, faults: faults.value),
            observer: SimulatorObserver(onChange: { Console.print(TerminalText.escaped($0.description)) }))
        Console.print(
            """
            interface402 feed at \(simulator.url), seed \(seed). For "feeds" of a configuration:

            \(Self.configurationText(url: simulator.url, apiKey: interface402.apiKey))

            Wallets to make rules for: \
            \((interface402.wallet + SimulatedWallets.solana).prefix(3).joined(separator: ", "))
            """)
        try await untilSignalled { await simulator.stop() }
    }

    private func runAtomicStream(_ seed: UInt64) async throws {
        let options = atomicStream.options(
            port: port, rate: eventRate, count: count, seed: seed, isLive: live, faults: faults.value)
        let simulator = try await AtomicStreamSimulator.start(
            options, observer: AtomicStreamObserver(onChange: { Console.print(TerminalText.escaped($0.description)) }))
        Console.print(
            """
            atomicstream feed at \(simulator.url), seed \(seed). For "feeds" of a configuration:

            \(AtomicStreamText.feed(url: simulator.url))

            Beside "feeds":

            \(AtomicStreamText.payments(rpc: simulator.rpcURL, options))

            The wallet is any 32 bytes, such as those of: export X402_WALLET=$(openssl rand -hex 32)
            """)
        try await untilSignalled {
            let totals = try? await simulator.totals()
            await simulator.stop()
            if let totals { Console.print(AtomicStreamText.summary(totals)) }
        }
    }

    private func untilSignalled(_ stop: @escaping @Sendable () async -> Void) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [UntilSignalled(stop: stop)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: .silent))
        try await group.run()
    }

    /// An interface402 feed of a configuration, as a member of its `feeds`.
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

/// Stops the simulated feed when the program is told to end.
private struct UntilSignalled: Service {
    let stop: @Sendable () async -> Void

    func run() async throws {
        try? await gracefulShutdown()
        await stop()
    }
}
