import AdminAPI
import DeliveryPlanning
import FeedConnections
package import Logging
import NIOCore
import NIOPosix
import OutboxStorage
package import RelayConfig
import RelayModel
import ServiceLifecycle
import Synchronization
import WebhookDelivery

/// The relay: feeds, intake, outbox, delivery and control, built from a configuration and run as one service.
package final class Relay: Service {
    /// Threads that feeds are read on, one for each as far as these go: one can read all that a machine takes.
    private static let feedThreads = 8
    /// How long attempts in flight may go on once the relay is to stop.
    private static let attemptGrace = Duration.seconds(10)
    /// How long the outbox may take to write what came in until then; on a disk that works it needs a few milliseconds.
    private static let outboxGrace = Duration.seconds(10)

    /// What the relay tells whoever supervises it.
    package struct Signals: Sendable {
        /// Everything is open, and the feeds begin to connect.
        package var isUp: @Sendable () async -> Void
        package var reloads: @Sendable () async -> Void
        /// The reload is over, whether anything was applied or not.
        package var reloaded: @Sendable () async -> Void
        package var stops: @Sendable () async -> Void

        package init(
            isUp: @escaping @Sendable () async -> Void = {}, reloads: @escaping @Sendable () async -> Void = {},
            reloaded: @escaping @Sendable () async -> Void = {}, stops: @escaping @Sendable () async -> Void = {}
        ) {
            self.isUp = isUp
            self.reloads = reloads
            self.reloaded = reloaded
            self.stops = stops
        }
    }

    private let configuration: Configuration
    private let logger: Logger
    private let signals: Signals
    private let load: @Sendable () -> Result<LoadedConfiguration, ConfigurationFaults>
    private let running = Mutex<RunningRelay?>(nil)
    /// A reload was asked for before there was something to reload.
    private let wantsReload = Atomic(false)

    /// Nothing is opened or connected before `run`.
    ///
    /// - Parameter load: reads the configuration file anew, for a reload.
    package init(
        configuration: Configuration, logger: Logger, signals: Signals = Signals(),
        load: @escaping @Sendable () -> Result<LoadedConfiguration, ConfigurationFaults>
    ) {
        self.configuration = configuration
        self.logger = logger
        self.signals = signals
        self.load = load
    }

    /// Runs until a graceful shutdown: feeds are closed cleanly, attempts in flight get 10 s, what came in is written.
    ///
    /// Throws an `OutboxError` when the outbox cannot be opened, an `AdminServerFault` when the control socket or the admin
    /// address cannot be listened on, a `FeedSetupError` when a feed cannot even be tried, and an `UnwrittenRemainder` when
    /// the outbox could not be written to the end.
    package func run() async throws {
        let clock = RelayClock()
        let live = LiveEvents()
        let links = WriterLinks(live: live, clock: clock, logger: logger)
        let rules = CurrentRules(RuleBook(configuration))
        let writer = try OutboxWriter.start(
            retention: RetentionPolicy(of: configuration.outbox), logger: logger, clock: { clock.now },
            judge: { rules.now }, reports: links.reports,
            open: { [path = configuration.outbox.path] () throws(OutboxError) in try SQLiteOutbox(path: path) })
        // Names are resolved one after the other on each thread: a feed whose name hangs must not hold up the others.
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: min(max(configuration.feeds.count, 1), Self.feedThreads))
        // Whatever comes over the control interface, the feeds are read.
        let controlGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let standings = KnownStandings(writer.standings)
            let dispatcher = try WebhookDispatcher(
                destinations: configuration.destinations, standings: writer.standings, seed: .random(in: .min ... .max),
                transport: CurlTransport(destinations: configuration.destinations), clock: clock, logger: logger,
                record: { updates, changed, own in
                    standings.take(changed)
                    writer.record(updates, standings: changed, own: own)
                },
                load: { writer.load([$0]) })
            let reader = OutboxReader(path: configuration.outbox.path)
            let figuresReader = OutboxReader(path: configuration.outbox.path)
            let payments = try StreamPayments(
                configuration, memory: writer.ledger,
                world: .real(writer), clock: clock, logger: logger)
            let relay = RunningRelay(
                configuration: configuration, writer: writer, reader: reader, figuresReader: figuresReader,
                dispatcher: dispatcher,
                links: links, rules: rules, standings: standings, payments: payments, live: live,
                workshop: FeedWorkshop(
                    group: group, clock: clock, logger: logger, writer: writer, payments: payments),
                clock: clock, logger: logger, signals: signals, load: load)
            try await relay.prepare()
            let server = AdminServer(
                routes: AdminRoutes(control: relay), socketPath: configuration.outbox.path + ".sock",
                tcp: configuration.admin, group: controlGroup, logger: logger)
            try await server.start()
            links.link(dispatcher) { Task { await relay.readOrNot() } }
            Announcement(configuration, standings: writer.standings).log(to: logger)
            await relay.start()
            running.withLock { $0 = relay }
            await signals.isUp()

            if wantsReload.exchange(false, ordering: .relaxed) { await reload() }

            await untilShutdown(relay)

            logger.info("Stopping")
            await signals.stops()
            running.withLock { $0 = nil }
            live.close()
            await payments.close()
            async let feedsStopped: Void = relay.stopFeeds()
            await dispatcher.stop(within: Self.attemptGrace)
            await feedsStopped
            await payments.stop()
            await server.stop()
            // The writer's connection is the last one then, and leaves everything in the one file.
            await reader.close()
            await figuresReader.close()
        } catch {
            _ = await writer.stop(within: Self.outboxGrace)
            try? await controlGroup.shutdownGracefully()
            try? await group.shutdownGracefully()
            throw error
        }
        let remainder = await writer.stop(within: Self.outboxGrace)
        if remainder != OutboxWriter.Remainder() {
            logger.critical(
                "The outbox could not be written; these are lost to this relay",
                metadata: ["events": "\(remainder.events)", "outcomes": "\(remainder.updates)"])
        }
        try? await controlGroup.shutdownGracefully()
        try? await group.shutdownGracefully()
        logger.info("Stopped")
        if remainder != OutboxWriter.Remainder() { throw UnwrittenRemainder() }
    }

    private func untilShutdown(_ relay: RunningRelay) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await relay.keepSeen() }
            tasks.addTask { await relay.keepFigures() }
            try? await gracefulShutdown()
            tasks.cancelAll()
        }
    }

    /// Reads the configuration file anew and applies it; what came of it is in the log.
    ///
    /// A relay that still starts does so when it runs.
    package func reload() async {
        guard let relay = running.withLock({ $0 }) else { return wantsReload.store(true, ordering: .relaxed) }
        _ = try? await relay.reloadFile()
    }

    /// Whether the parts that do the work still answer: for a watchdog.
    package func isAlive() async -> Bool {
        guard let relay = running.withLock({ $0 }) else { return true }
        return await relay.isAlive()
    }
}

/// Something that the relay had taken could not be written before its time to stop was over; the log has the numbers.
package struct UnwrittenRemainder: Error {}
