import FeedProtocols
package import Logging
package import NIOCore
package import RelayConfig
package import RelayModel
import Synchronization

/// A feed over WebSockets: as many connections as configured, or as the plan allows, all on one event loop.
package final class WebSocketFeed: FeedSource {
    package let feed: String
    private let eventLoop: any EventLoop
    private let connections: [FeedConnection]
    private let lastMessage: LastMessage
    private let logger: Logger

    package var lastMessageAt: Timestamp? { lastMessage.at.withLock { $0 } }

    /// Reads the CA file, so not on an event loop.
    ///
    /// Nothing is connected before `start`.
    package init(
        _ configuration: FeedConfiguration, sink: any FeedSink, eventLoop: any EventLoop, clock: RelayClock,
        logger: Logger
    ) throws(FeedSetupError) {
        feed = configuration.name
        self.eventLoop = eventLoop
        guard case .interface402(let settings) = configuration.kind else {
            throw FeedSetupError(feed: feed, reason: "this protocol is not spoken over a WebSocket alone")
        }
        guard let url = WebSocketURL(configuration.url) else {
            throw FeedSetupError(feed: feed, reason: "its url is no ws:// or wss:// URL")
        }
        let lastMessage = LastMessage()
        self.lastMessage = lastMessage
        var logger = logger
        logger[metadataKey: "feed"] = "\(feed)"
        self.logger = logger
        let shared = FeedConnection.Shared(
            target: WebSocketDial.Target(
                url: url, tls: url.isSecure ? try Self.tls(configuration) : nil, timeout: configuration.connectTimeout),
            session: Interface402Session.Settings(
                apiKey: settings.apiKey, keys: settings.keys, connections: configuration.connections,
                pingInterval: configuration.pingInterval, pongTimeout: configuration.pongTimeout,
                idleTimeout: configuration.idleTimeout),
            eventLoop: eventLoop, clock: clock, sink: sink, lastMessage: lastMessage)
        connections = (0..<configuration.connections).map { number in
            FeedConnection(
                number: number, shared: shared,
                backoff: ReconnectBackoff(initial: configuration.reconnectInitial, maximum: configuration.reconnectMax),
                logger: logger)
        }
    }

    private static func tls(_ configuration: FeedConfiguration) throws(FeedSetupError) -> FeedTLS {
        do {
            return try FeedTLS(caFile: configuration.caFile)
        } catch {
            let source = configuration.caFile.map { "tls.caFile \($0)" } ?? "the system's CA certificates"
            throw FeedSetupError(
                feed: configuration.name,
                reason: "\(source) cannot be used: a readable PEM file with certificates is needed")
        }
    }

    package func start() {
        eventLoop.execute {
            for connection in self.connections {
                connection.feed = self
                connection.hold()
            }
        }
    }

    package func setReading(_ isReading: Bool) {
        eventLoop.execute {
            for connection in self.connections { connection.setReading(isReading) }
        }
    }

    package func stop() async {
        let ended = eventLoop.flatSubmit {
            EventLoopFuture.andAllComplete(self.connections.map { $0.stop() }, on: self.eventLoop)
        }
        // Fails only on an event loop that was shut down, and then nothing runs any more.
        try? await ended.get()
    }

    /// Holds as many connections as the plan allows.
    ///
    /// On the event loop.
    func apply(_ plan: FeedPlan) {
        let held = min(connections.count, plan.connections ?? connections.count)
        if connections[held...].contains(where: \.isWanted) {
            logger.warning(
                "Plan allows fewer connections than are configured",
                metadata: ["plan": "\(plan.name)", "configured": "\(connections.count)", "held": "\(held)"])
        }
        for (number, connection) in connections.enumerated() {
            if number < held {
                connection.hold()
            } else {
                connection.release(because: .surplus)
            }
        }
    }
}
