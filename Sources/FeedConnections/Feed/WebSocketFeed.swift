import FeedProtocols
package import Logging
package import NIOCore
package import RelayConfig
package import RelayModel

/// A feed over WebSockets: as many connections as configured, or as the plan allows, all on one event loop.
///
/// `@unchecked Sendable`: what changes is touched on the event loop only.
package final class WebSocketFeed: FeedSource, @unchecked Sendable {
    package let feed: String
    private let eventLoop: any EventLoop
    private let fixed: Fixed
    private let vitals: FeedVitals
    private let logger: Logger

    // On the event loop.
    private var shared: FeedConnection.Shared
    private var configured: Int
    /// Those that were ever held; the first `held` of them are.
    private var connections: [FeedConnection] = []
    private var plan: FeedPlan?
    private var isReading = true
    private var state = State.new
    /// What the plan was last found to forbid, so that each reconnect does not say so again.
    private var warnedOf: (plan: String, configured: Int)?

    private enum State {
        case new, running, stopped
    }

    /// What a live connection cannot change.
    private struct Fixed: Hashable {
        let name: String
        let url: String
        let apiKey: Secret?
        let caFile: String?

        /// Nil for a feed of another kind.
        init?(_ configuration: FeedConfiguration) {
            guard case .interface402(let settings) = configuration.kind else { return nil }
            name = configuration.name
            url = configuration.url
            apiKey = settings.apiKey
            caFile = configuration.caFile
        }
    }

    package var lastMessageAt: Timestamp? { vitals.lastMessageAt }
    package var subscribedConnections: Int { vitals.subscribed }

    /// Reads the CA file, so not on an event loop.
    ///
    /// Nothing is connected before `start`.
    package init(
        _ configuration: FeedConfiguration, sink: any FeedSink, eventLoop: any EventLoop, clock: RelayClock,
        logger: Logger
    ) throws(FeedSetupError) {
        feed = configuration.name
        self.eventLoop = eventLoop
        guard case .interface402(let settings) = configuration.kind, let fixed = Fixed(configuration) else {
            throw FeedSetupError(feed: feed, reason: "this protocol is not spoken over a WebSocket alone")
        }
        guard let url = WebSocketURL(configuration.url) else {
            throw FeedSetupError(feed: feed, reason: "its url is no ws:// or wss:// URL")
        }
        self.fixed = fixed
        vitals = FeedVitals()
        var logger = logger
        logger[metadataKey: "feed"] = "\(feed)"
        self.logger = logger
        configured = configuration.connections
        shared = FeedConnection.Shared(
            target: WebSocketDial.Target(
                url: url, tls: url.isSecure ? try Self.tls(configuration) : nil, timeout: configuration.connectTimeout),
            session: Interface402Session.Settings(configuration, settings), eventLoop: eventLoop, clock: clock,
            sink: sink, vitals: vitals, reconnect: FeedConnection.ReconnectTimes(configuration))
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
            guard case .new = self.state else { return }
            self.state = .running
            self.holdConnections()
        }
    }

    package func setReading(_ isReading: Bool) {
        eventLoop.execute {
            guard isReading != self.isReading else { return }
            if case .stopped = self.state { return }
            self.isReading = isReading
            self.shared.sink.readingChanged(to: isReading, at: self.shared.clock.now)
            for connection in self.connections { connection.setReading(isReading) }
        }
    }

    package func reconfigure(_ configuration: FeedConfiguration) -> Bool {
        guard case .interface402(let settings) = configuration.kind, Fixed(configuration) == fixed else { return false }
        eventLoop.execute {
            self.shared.target.timeout = configuration.connectTimeout
            self.shared.session = Interface402Session.Settings(configuration, settings)
            self.shared.reconnect = FeedConnection.ReconnectTimes(configuration)
            self.configured = configuration.connections
            self.holdConnections()
            for connection in self.connections { connection.reconfigure(self.shared) }
        }
        return true
    }

    package func retryNow() {
        eventLoop.execute {
            for connection in self.connections { connection.retryNow() }
        }
    }

    package func stop() async {
        let ended = eventLoop.flatSubmit {
            self.state = .stopped
            return EventLoopFuture.andAllComplete(self.connections.map { $0.stop() }, on: self.eventLoop)
        }
        // Fails only on an event loop that was shut down, and then nothing runs any more.
        try? await ended.get()
    }

    /// Takes in what the plan allows.
    ///
    /// On the event loop.
    func apply(_ plan: FeedPlan) {
        self.plan = plan
        holdConnections()
    }

    /// Holds as many connections as are configured, or as the plan allows.
    private func holdConnections() {
        guard case .running = state else { return }
        let held = min(configured, plan?.connections ?? configured)
        if let plan, held < configured, warnedOf.map({ $0 != (plan.name, configured) }) ?? true {
            warnedOf = (plan.name, configured)
            logger.warning(
                "Plan allows fewer connections than are configured",
                metadata: ["plan": "\(plan.name)", "configured": "\(configured)", "held": "\(held)"])
        }
        while connections.count < held {
            let connection = FeedConnection(
                number: connections.count, shared: shared, isReading: isReading, logger: logger)
            connection.feed = self
            connections.append(connection)
        }
        for (number, connection) in connections.enumerated() {
            if number < held {
                connection.hold()
            } else {
                connection.release(because: number < configured ? .surplus : .unneeded)
            }
        }
    }
}

extension Interface402Session.Settings {
    fileprivate init(_ configuration: FeedConfiguration, _ settings: FeedConfiguration.Interface402) {
        self.init(
            apiKey: settings.apiKey, keys: settings.keys, connections: configuration.connections,
            pingInterval: configuration.pingInterval, pongTimeout: configuration.pongTimeout,
            idleTimeout: configuration.idleTimeout)
    }
}

extension FeedConnection.ReconnectTimes {
    fileprivate init(_ configuration: FeedConfiguration) {
        self.init(initial: configuration.reconnectInitial, maximum: configuration.reconnectMax)
    }
}
