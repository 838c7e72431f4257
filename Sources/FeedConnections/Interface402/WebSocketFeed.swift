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
    private let pool: ConnectionPool<Interface402Dialect>
    private var configured: Int
    private var plan: FeedPlan?
    /// What the plan was last found to forbid, so that each reconnect does not say so again.
    private var warnedOf: (plan: String, configured: Int)?

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
        let target = WebSocketDial.Target(
            url: url, tls: try FeedTLS.of(configuration, for: url), timeout: configuration.connectTimeout)
        pool = ConnectionPool(
            FeedConnection<Interface402Dialect>.Shared(
                settings: Interface402Dialect.Settings(
                    target: target, session: Interface402Session.Settings(configuration, settings)),
                eventLoop: eventLoop, clock: clock, sink: sink, vitals: vitals,
                reconnect: ReconnectTimes(configuration, waitsLongWhenRefused: true)),
            logger: logger)
    }

    package func start() {
        eventLoop.execute {
            guard self.pool.start() else { return }
            self.holdConnections()
        }
    }

    package func setReading(_ isReading: Bool) {
        eventLoop.execute { self.pool.setReading(isReading) }
    }

    package func reconfigure(_ configuration: FeedConfiguration) -> Bool {
        guard case .interface402(let settings) = configuration.kind, Fixed(configuration) == fixed else { return false }
        eventLoop.execute {
            self.pool.shared.settings.target.timeout = configuration.connectTimeout
            self.pool.shared.settings.session = Interface402Session.Settings(configuration, settings)
            self.pool.shared.reconnect = ReconnectTimes(configuration, waitsLongWhenRefused: true)
            self.configured = configuration.connections
            self.holdConnections()
            self.pool.reconfigure()
        }
        return true
    }

    package func retryNow() {
        eventLoop.execute {
            for connection in self.pool.connections { connection.retryNow() }
        }
    }

    package func stop() async {
        let ended = eventLoop.flatSubmit { self.pool.stop() }
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
        guard pool.isRunning else { return }
        let held = min(configured, plan?.connections ?? configured)
        if let plan, held < configured, warnedOf.map({ $0 != (plan.name, configured) }) ?? true {
            warnedOf = (plan.name, configured)
            logger.warning(
                "Plan allows fewer connections than are configured",
                metadata: ["plan": "\(plan.name)", "configured": "\(configured)", "held": "\(held)"])
        }
        pool.hold(held) {
            $0 < configured ? .surplus : .unneeded
        } make: { _, logger in
            Interface402Dialect(feed: self, logger: logger)
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
