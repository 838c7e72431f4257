import ArgumentParser
import FeedSimulation
import Logging
import RelayAssembly
import RelayConfig
import RelayModel
import ServiceLifecycle
import Synchronization
import WebhookReceiver
import WebhookSigning

/// `x402-relay demo`: a simulated feed, the relay with its outbox and a receiver, all in this process and on loopback.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the relay at work: a simulated feed, the relay and a receiver in one process.",
        discussion: """
            Nothing leaves this machine, and nothing is left on it. The relay's log goes to standard error, what the receiver
            gets to standard output. Ends on Ctrl-C or after --seconds; with 1 where a webhook was not verified or none came.
            """)

    @Option(help: "Ends after this many seconds; on Ctrl-C without it.")
    var seconds: Int?

    @Option(help: "Events a second that the feed sends, or like 30/m.")
    var rate = "2"

    func validate() throws {
        if let seconds, !(1...86_400).contains(seconds) {
            throw ValidationError("--seconds: \(seconds) is not in 1 to 86400")
        }
        guard EventRate(rate) != nil else { throw ValidationError("--rate: \"\(rate)\" is no rate such as 2 or 30/m") }
    }

    func run() async throws {
        let folder = try DemoFolder()
        defer { folder.remove() }
        let sent = Mutex(0)
        let simulator = try await FeedSimulator.start(
            SimulatorOptions(rate: EventRate(rate)),
            observer: SimulatorObserver(onEvent: { _ in sent.withLock { $0 += 1 } }))
        let secret = WebhookKey.newSharedSecret()
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let receiver = Receiver(
            options: Receiver.Options(port: 0, verifier: try WebhookVerifier(secret)), logger: .silent,
            onReady: { port.yield($0) }, onWebhook: { Console.print(WebhookText.block($0)) })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await receiver.run()
            }
            if let port = await ports.first(where: { _ in true }) {
                try await relay(from: simulator, to: port, secret, in: folder)
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        await simulator.stop()
        let totals = receiver.totals
        Console.error("the feed sent \(sent.withLock { $0 }) events; the receiver got \(Listen.summary(totals))")
        guard totals.verified > 0, totals.refused == 0 else { throw ExitCode.failure }
    }

    private func relay(
        from simulator: FeedSimulator, to port: Int, _ secret: Secret, in folder: DemoFolder
    ) async throws {
        let path = try folder.writeConfiguration(
            feed: simulator.url, receiver: "http://127.0.0.1:\(port)/webhooks", secret)
        Console.error("demo: the relay's configuration and outbox are in \(folder.path) until the end")
        let loaded = try ConfigurationOption.load(path)
        var services: [any Service] = [
            Relay(
                configuration: loaded.configuration, logger: .relay(loaded.configuration.log),
                load: { ConfigurationFile.load(path: path) })
        ]
        if let seconds { services.append(TimeLimit(seconds: seconds)) }
        try await RelayGroup.run(services)
    }
}

/// Ends the group that it is run in after a time.
private struct TimeLimit: Service {
    let seconds: Int

    func run() async throws {
        try? await cancelWhenGracefulShutdown { [seconds] in try await Task.sleep(for: .seconds(seconds)) }
    }
}

extension Logger {
    /// Logs nothing: what matters is printed.
    static var silent: Logger {
        Logger(label: "silent", factory: { _ in SwiftLogNoOpLogHandler() })
    }
}
