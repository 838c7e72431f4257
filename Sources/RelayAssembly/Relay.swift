import DeliveryPlanning
import FeedConnections
import FeedProtocols
package import Logging
import NIOCore
import NIOPosix
import OutboxStorage
package import RelayConfig
import RelayModel
import ServiceLifecycle
import Synchronization
import WebhookDelivery

/// The relay: feeds, intake, outbox and delivery, built from a configuration and run as one service.
package struct Relay: Service {
    /// How long a feed may take to close: 2 s for the peer's close frame, 5 s for TLS's farewell, and some to spare.
    private static let feedGrace = Duration.seconds(10)
    /// How long attempts in flight may go on once the relay is to stop.
    private static let attemptGrace = Duration.seconds(10)
    /// How long the outbox may take to write what came in until then; on a disk that works it needs a few milliseconds.
    private static let outboxGrace = Duration.seconds(10)

    private let configuration: Configuration
    private let logger: Logger

    /// Nothing is opened or connected before `run`.
    package init(configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs until a graceful shutdown: feeds are closed cleanly, attempts in flight get 10 s, what came in is written.
    ///
    /// Throws an `OutboxError` when the outbox cannot be opened, a `FeedSetupError` when a feed cannot even be tried, and an
    /// `UnwrittenRemainder` when the outbox could not be written to the end.
    package func run() async throws {
        let clock = RelayClock()
        let parts = PartLinks()
        let writer = try OutboxWriter.start(
            logger: logger, clock: { clock.now }, reports: parts.reports(logger: logger),
            open: { [path = configuration.outbox.path] () throws(OutboxError) in try SQLiteOutbox(path: path) })
        let dispatcher: WebhookDispatcher
        let feeds: [Feed]
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            dispatcher = try WebhookDispatcher(
                destinations: configuration.destinations, standings: writer.standings, seed: .random(in: .min ... .max),
                transport: CurlTransport(destinations: configuration.destinations), clock: clock, logger: logger,
                record: { writer.record($0, standings: $1) }, load: { writer.load([$0]) })
            feeds = try configuration.feeds.map { feed in
                try Feed(feed, of: configuration, on: group.next(), clock: clock, logger: logger, to: writer)
            }
        } catch {
            _ = await writer.stop(within: Self.outboxGrace)
            throw error
        }
        parts.link(dispatcher, feeds.map(\.source))
        Announcement(configuration, standings: writer.standings).log(to: logger)
        dispatcher.start()
        for feed in feeds { feed.source.start() }

        try? await gracefulShutdown()

        logger.info("Stopping")
        await withTaskGroup(of: Void.self) { tasks in
            for feed in feeds { tasks.addTask { await feed.stop(within: Self.feedGrace, logger: logger) } }
        }
        for feed in feeds { feed.logTotals(to: logger) }
        await dispatcher.stop(within: Self.attemptGrace)
        let remainder = await writer.stop(within: Self.outboxGrace)
        if remainder != OutboxWriter.Remainder() {
            logger.critical(
                "The outbox could not be written; these are lost to this relay",
                metadata: ["events": "\(remainder.events)", "outcomes": "\(remainder.updates)"])
        }
        try? await group.shutdownGracefully()
        logger.info("Stopped")
        if remainder != OutboxWriter.Remainder() { throw UnwrittenRemainder() }
    }

    /// A feed and its intake.
    private struct Feed {
        let source: any FeedSource
        private let sink: IntakeSink

        init(
            _ feed: FeedConfiguration, of configuration: Configuration, on eventLoop: any EventLoop, clock: RelayClock,
            logger: Logger, to writer: OutboxWriter
        ) throws(FeedSetupError) {
            var logger = logger
            logger[metadataKey: "feed"] = "\(feed.name)"
            let reader = EventReader(protocol: .interface402, feed: feed.name)
            sink = IntakeSink(
                intake: FeedIntake(reader: reader, configuration: configuration), logger: logger,
                accept: { writer.accept($0) })
            source = try WebSocketFeed(feed, sink: sink, eventLoop: eventLoop, clock: clock, logger: logger)
        }

        /// Closes the feed, or gives that up in time: no fault of a feed may keep what came in from being written.
        func stop(within limit: Duration, logger: Logger) async {
            let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
            // Not children, which would be waited for.
            Task { [source] in
                await source.stop()
                outcome.yield(true)
            }
            let deadline = Task {
                try await Task.sleep(for: limit)
                outcome.yield(false)
            }
            var iterator = outcomes.makeAsyncIterator()
            let hasEnded = await iterator.next() ?? false
            deadline.cancel()
            guard !hasEnded else { return }
            logger.warning(
                "Feed did not close in time; the relay stops without it",
                metadata: ["feed": "\(source.feed)", "waited": "\(limit)"])
        }

        func logTotals(to logger: Logger) {
            let totals = sink.totals
            logger.info(
                "Feed closed",
                metadata: [
                    "feed": "\(source.feed)", "received": "\(totals.received)", "matched": "\(totals.matched)",
                    "repeated": "\(totals.repeated)", "malformed": "\(totals.malformed)",
                    "changedVersions": "\(totals.changedVersions)",
                ])
        }
    }
}

/// Something that the relay had taken could not be written before its time to stop was over; the log has the numbers.
package struct UnwrittenRemainder: Error {}

/// What the writer reports to: parts that are built after it, since they need what it has read.
///
/// Nothing is reported before something was accepted or asked for, which only these parts do.
private final class PartLinks: Sendable {
    private struct Parts {
        var dispatcher: WebhookDispatcher?
        var feeds: [any FeedSource] = []
        var isReading = true
    }

    private let parts = Mutex(Parts())

    func link(_ dispatcher: WebhookDispatcher, _ feeds: [any FeedSource]) {
        parts.withLock { parts in
            parts.dispatcher = dispatcher
            parts.feeds = feeds
        }
    }

    private var dispatcher: WebhookDispatcher? { parts.withLock(\.dispatcher) }

    func reports(logger: Logger) -> OutboxWriter.Reports {
        OutboxWriter.Reports(
            committed: { [self] commit in dispatcher?.offer(commit.ready) },
            loaded: { [self] due in dispatcher?.loaded(due.deliveries, destination: due.destination, next: due.next) },
            loadFailed: { [self] destination in dispatcher?.loadFailed(destination: destination) },
            pressure: { [self] isPressed in
                for feed in parts.withLock(\.feeds) { feed.setReading(!isPressed) }
                logger.debug(isPressed ? "The outbox falls behind: reading pauses" : "Reading goes on")
            },
            trouble: { _ in })
    }
}
