import FeedConnections
import FeedProtocols
import Logging
import NIOCore
import OutboxStorage
import RelayConfig
import RelayModel

/// Makes feeds: at the start, and when a reload adds one.
struct FeedWorkshop: Sendable {
    /// Makes a source of a feed, of which nothing is connected yet.
    typealias MakeSource =
        @Sendable (FeedConfiguration, SourceSink) throws(FeedSetupError) -> any FeedSource

    let group: any EventLoopGroup
    let clock: RelayClock
    let logger: Logger
    let writer: OutboxWriter
    let payments: StreamPayments

    /// A feed whose events are judged by `rules`; `seenAt`: until when an earlier run had seen all of it.
    func make(
        _ configuration: FeedConfiguration, rules: RuleBook, seenAt: Timestamp?
    ) throws(FeedSetupError) -> FeedRun {
        var logger = logger
        let name = configuration.name
        logger[metadataKey: "feed"] = "\(name)"
        let watch = FeedWatch(feed: name, seenAt: seenAt, now: clock.now) { [writer, logger] own, seen in
            for event in own { Self.log(event, to: logger) }
            writer.raise(own: own, feedsSeen: seen.map { [name: $0] } ?? [:])
        }
        let reader = EventReader(protocol: configuration.feedProtocol, feed: name)
        let intake = IntakeSink(
            intake: FeedIntake(reader: reader, rules: rules), logger: logger, accept: { [writer] in writer.accept($0) })
        // All sources of a feed on one event loop: its watch and its intake hear of one thing at a time.
        let eventLoop = group.next()
        return try FeedRun(
            configuration, intake: intake, watch: watch, payments: payments, eventLoop: eventLoop, clock: clock,
            logger: logger
        ) {
            [clock, logger, payments] (configuration, sink) throws(FeedSetupError) in
            switch configuration.kind {
            case .interface402:
                try WebSocketFeed(configuration, sink: sink, eventLoop: eventLoop, clock: clock, logger: logger)
            case .atomicStream:
                try AtomicStreamFeed(
                    configuration, tokens: payments.tokens(feed: configuration.name, source: sink.source), sink: sink,
                    eventLoop: eventLoop, clock: clock, logger: logger)
            }
        }
    }

    /// Whether the event loops take their turns.
    func isAlive() async -> Bool {
        for eventLoop in group.makeIterator() {
            guard (try? await eventLoop.submit({ true }).get()) == true else { return false }
        }
        return true
    }

    /// What the connections do not log: it is known only of all of them together.
    private static func log(_ event: OwnEvent, to logger: Logger) {
        guard event.kind == .feedGap else { return }
        let details = event.details.map { ($0.name, Logger.MetadataValue.string($0.value.description)) }
        logger.warning(
            "Gap: events of this time may have been missed", metadata: Dictionary(uniqueKeysWithValues: details))
    }
}
