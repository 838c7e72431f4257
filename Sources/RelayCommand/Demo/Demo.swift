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

/// `x402-relay demo`: both feeds simulated, the relay with its outbox and a receiver, all in this process and on
/// loopback.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the relay at work: two simulated feeds, the relay and a receiver in one process.",
        discussion: """
            One feed is interface402's, the other AtomicStream's, whose slices of a few seconds the relay pays from a wallet \
            with nothing on it: the chain is simulated too. Nothing leaves this machine, and nothing is left on it. It says \
            where the dashboard is. The relay's log goes to standard error, what the receiver gets to standard output. Ends on Ctrl-C or after \
            --seconds; with 1 where a webhook was not verified, or none came of one of the feeds.
            """)

    /// So short that its renewal is seen before one looks away.
    private static let slice = Duration.seconds(6)

    @Option(help: "Ends after this many seconds; on Ctrl-C without it.")
    var seconds: Int?

    @Option(help: "Events a second that each feed sends, or like 30/m.")
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
        let payments = try await FeedSimulator.start(
            SimulatorOptions(rate: EventRate(rate)),
            observer: SimulatorObserver(onEvent: { _ in sent.withLock { $0 += 1 } }))
        let streams = try await AtomicStreamSimulator.start(
            AtomicStreamOptions(rate: EventRate(rate), slice: Self.slice),
            observer: AtomicStreamObserver(onChange: { change in
                guard change.isOfMoney else { return }
                Console.error("demo: the vendor: \(TerminalText.escaped(change.description))")
            }))
        let delivered = Mutex<Set<String>>([])
        let secret = WebhookKey.newSharedSecret()
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let receiver = Receiver(
            options: Receiver.Options(port: 0, verifier: try WebhookVerifier(secret)), logger: .silent,
            onReady: { port.yield($0) },
            onWebhook: { webhook in
                if let feed = Self.feed(of: webhook) { _ = delivered.withLock { $0.insert(feed) } }
                Console.print(WebhookText.block(webhook))
            })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await receiver.run()
            }
            if let port = await ports.first(where: { _ in true }) {
                try await relay(
                    DemoConfiguration(
                        interface402: payments.url, atomicStream: streams.url, rpc: streams.rpcURL,
                        price: TokenAmount(atomic: AtomicStreamOptions().price, decimals: 6) ?? .zero,
                        receiver: "http://127.0.0.1:\(port)/webhooks", secret: secret,
                        wallet: DemoConfiguration.throwAwayWallet(), adminPort: FreePort.find()),
                    in: folder)
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        let bill = try await streams.totals()
        await payments.stop()
        await streams.stop()
        let totals = receiver.totals
        Console.error(
            """
            the feeds sent \(sent.withLock { $0 } + bill.events) events; the receiver got \(Listen.summary(totals))
            the stream cost \(AtomicStreamText.summary(bill))
            """)
        let both = [DemoConfiguration.payments, DemoConfiguration.solana]
        let missing = delivered.withLock { delivered in both.filter { !delivered.contains($0) } }
        for feed in missing { Console.error("demo: no verified webhook came of the feed \"\(feed)\"") }
        guard totals.refused == 0, missing.isEmpty else { throw ExitCode.failure }
    }

    /// The feed that a verified webhook's event is of; nil for the relay's own events.
    private static func feed(of webhook: ReceivedWebhook) -> String? {
        guard webhook.verdict == .verified, webhook.type?.hasPrefix("relay.") == false,
            let document = try? JSONParser(limits: .message).parse(webhook.body)
        else { return nil }
        return document.member(document.root, "feed").flatMap(document.string)
    }

    private func relay(_ configuration: DemoConfiguration, in folder: DemoFolder) async throws {
        let path = try folder.write(configuration)
        Console.error("demo: the relay's configuration and outbox are in \(folder.path) until the end")
        let loaded = try ConfigurationOption.load(path)
        if let port = configuration.adminPort {
            Console.error("demo: the dashboard is at http://127.0.0.1:\(port)/")
        }
        var services: [any Service] = [
            Relay(
                configuration: loaded.configuration, logger: .relay(loaded.configuration.log),
                load: { ConfigurationFile.load(path: path) })
        ]
        if let seconds { services.append(TimeLimit(seconds: seconds)) }
        try await RelayGroup.run(services)
    }
}

extension AtomicStreamChange {
    /// Whether it is about a payment that came in, for those who look on.
    fileprivate var isOfMoney: Bool {
        switch self {
        case .settled, .refused, .duplicate, .sold, .renewed: true
        default: false
        }
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
