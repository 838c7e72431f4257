import FeedProtocols
package import Logging
package import NIOCore
package import RelayConfig
package import RelayModel
import Synchronization

/// A feed that is paid by the slice: as many connections as configured, all opened with one token, all on one event loop.
///
/// Who buys the token is behind `StreamTokens`; this pays nothing and makes no HTTP request.
///
/// `@unchecked Sendable`: what changes is touched on the event loop only.
package final class AtomicStreamFeed: FeedSource, @unchecked Sendable {
    package let feed: String
    private let eventLoop: any EventLoop
    private let fixed: Fixed
    /// Those that live connections may have been sent.
    private let options: Mutex<StreamOptions>
    private let tokens: any StreamTokens
    private let vitals: FeedVitals
    private let logger: Logger

    // On the event loop.
    private let pool: ConnectionPool<AtomicStreamDialect>
    private var configured: Int
    private var use = TokenUse()
    /// The connection over which a payment went that has no answer yet.
    private var payer: Int?
    /// Kept out of every text of the server: the tokens before, and what was paid over a connection.
    private(set) var hidden: [Secret] = []
    /// Those of a few slices; a token takes two, by its spellings.
    private static let maxHidden = 8

    /// What a live connection cannot change.
    private struct Fixed: Hashable {
        let name: String
        let address: StreamAddress
        let caFile: String?
    }

    package var lastMessageAt: Timestamp? { vitals.lastMessageAt }
    package var subscribedConnections: Int { vitals.subscribed }

    /// Reads the CA file, so not on an event loop.
    ///
    /// Nothing is connected before `start`, and nothing then before `tokens` orders it.
    package init(
        _ configuration: FeedConfiguration, tokens: any StreamTokens, sink: any FeedSink, eventLoop: any EventLoop,
        clock: RelayClock, logger: Logger
    ) throws(FeedSetupError) {
        feed = configuration.name
        self.tokens = tokens
        self.eventLoop = eventLoop
        guard case .atomicStream(let stream) = configuration.kind else {
            throw FeedSetupError(feed: feed, reason: "its protocol is not atomicstream")
        }
        guard let options = StreamOptions(stream.options) else {
            throw FeedSetupError(feed: feed, reason: "its options are no JSON")
        }
        guard let address = StreamAddress(configuration, stream), let url = address.url(token: Secret("")) else {
            throw FeedSetupError(feed: feed, reason: "its url is no https:// or http:// URL")
        }
        self.options = Mutex(options)
        fixed = Fixed(name: feed, address: address, caFile: configuration.caFile)
        vitals = FeedVitals()
        var logger = logger
        logger[metadataKey: "feed"] = "\(feed)"
        self.logger = logger
        configured = configuration.connections
        pool = ConnectionPool(
            FeedConnection<AtomicStreamDialect>.Shared(
                settings: AtomicStreamDialect.Settings(
                    configuration, stream, address: address, tls: try FeedTLS.of(configuration, for: url)),
                eventLoop: eventLoop, clock: clock, sink: sink, vitals: vitals,
                reconnect: ReconnectTimes(configuration, waitsLongWhenRefused: false)),
            logger: logger)
    }

    // MARK: The source

    package func start() {
        eventLoop.execute {
            guard self.pool.start() else { return }
            self.holdConnections()
            self.tokens.start { [weak self] order in
                guard let self else { return }
                self.eventLoop.execute { self.perform(order) }
            }
        }
    }

    package func setReading(_ isReading: Bool) {
        eventLoop.execute { self.pool.setReading(isReading) }
    }

    package func reconfigure(_ configuration: FeedConfiguration) -> Bool {
        guard case .atomicStream(let stream) = configuration.kind,
            let address = StreamAddress(configuration, stream), let options = StreamOptions(stream.options),
            Fixed(name: configuration.name, address: address, caFile: configuration.caFile) == fixed,
            self.options.withLock({ live in
                // An option that was sent cannot be taken back.
                guard live.names.isSubset(of: options.names) else { return false }
                live = options
                return true
            })
        else { return false }
        eventLoop.execute {
            let tls = self.pool.shared.settings.tls
            self.pool.shared.settings = AtomicStreamDialect.Settings(configuration, stream, address: address, tls: tls)
            self.pool.shared.reconnect = ReconnectTimes(configuration, waitsLongWhenRefused: false)
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

    private func holdConnections() {
        pool.hold(configured, because: { _ in .unneeded }) { number, _ in
            AtomicStreamDialect(number: number, feed: self)
        }
    }

    // MARK: Orders

    private func perform(_ order: StreamOrder) {
        guard pool.isRunning else { return }
        switch order {
        case .use(let token):
            if let former = use.token, former != token { hide(StreamAddress.spellings(of: former)) }
            let earliest = use.use(token) ? nil : pool.connections.compactMap(\.notBefore).max()
            for connection in pool.connections { connection.wake(notBefore: earliest) }
        case .hold(let reason):
            if let former = use.token { hide(StreamAddress.spellings(of: former)) }
            use.hold()
            logger.notice("Feed waits for a token", metadata: ["reason": "\(reason)"])
        case .renewToken(let token): renew(with: token)
        case .renewInband(let requirements, let payload): pay(requirements, payload)
        case .reconnect(let reason):
            use.restart()
            for connection in pool.connections { connection.reopen(because: .reopened(reason)) }
        }
    }

    private func renew(with token: Secret) {
        for connection in pool.connections where connection.isOpen {
            connection.hide(StreamAddress.spellings(of: token))
            connection.converse { dialect, session, _ in
                dialect.renewed(with: token)
                return session.renew(token: token)
            }
        }
    }

    private func pay(_ requirements: [UInt8], _ payload: [UInt8]) {
        guard let number = pool.connections.firstIndex(where: { $0.isOpen && $0.dialect.isGreeted }) else {
            return tokens.tell(.renewalLost)
        }
        let signed = Self.longTexts(in: payload)
        hide(signed)
        payer = number
        pool.connections[number].hide(signed)
        pool.connections[number].converse { _, session, _ in
            session.hide(signed)
            return session.renewInband(requirements: requirements, payload: payload)
        }
    }

    private func hide(_ secrets: [Secret]) {
        hidden = (hidden.filter { !secrets.contains($0) } + secrets).suffix(Self.maxHidden)
    }

    /// The signed parts of a payment: no other of its texts is this long.
    private static func longTexts(in payload: [UInt8]) -> [Secret] {
        guard let document = try? JSONParser(limits: .message).parse(payload),
            let inner = document.member(document.root, "payload")
        else { return [] }
        return document.members(inner).compactMap { document.string($0.value) }.filter { $0.utf8.count > 64 }
            .map(Secret.init)
    }

    // MARK: What connections ask and tell

    func tokenToOpen(_ number: Int) -> Secret? { use.open(number) }

    func hasRunOut(_ token: Secret, now: Timestamp) -> Bool { use.hasRunOut(token, now: now) }

    func heard(_ news: StreamNews, on number: Int, paidBy token: Secret?, at now: Timestamp) {
        switch news {
        case .hello(let token, let seconds, _):
            use.greeted(number, with: token, sliceSeconds: seconds, now: now)
            wakeConnections()
        case .reminder(_, let left):
            if let token { use.reminded(of: token, msUntilExpiry: left, now: now) }
        case .renewed(_, let method):
            if let token { use.renewed(with: token, now: now) }
            if payer == number, method != "http" { payer = nil }
        case .paymentRequired, .failed, .tokenRefused, .notGreeted, .renewalLost: break
        }
        tokens.tell(news)
    }

    /// A token was not let in: says so, unless another connection shows that it is a good one.
    func refused(_ token: Secret, on number: Int, reason: String) -> FeedRetry {
        guard !isGood(token, besides: number) else { return .afterWait }
        let isInUse = use.refused(token)
        tokens.tell(.tokenRefused(token, reason: reason))
        return isInUse || use.token == nil ? .whenWoken : .atOnce
    }

    /// A connection ended before the server said whether the token is let in.
    func notGreeted(_ token: Secret, on number: Int, reason: String) {
        guard !isGood(token, besides: number) else { return }
        tokens.tell(.notGreeted(token, reason: reason))
    }

    /// Whether another connection is let in with it.
    private func isGood(_ token: Secret, besides number: Int) -> Bool {
        pool.connections.enumerated().contains { other, connection in
            other != number && connection.isOpen && connection.isSubscribed && connection.dialect.token == token
        }
    }

    func connectionEnded(_ number: Int) {
        use.ended(number)
        guard payer == number else { return }
        payer = nil
        tokens.tell(.renewalLost)
    }

    /// Opens what waited for another connection to try the token.
    func wakeConnections() {
        guard pool.isRunning else { return }
        for connection in pool.connections { connection.wake() }
    }
}

extension AtomicStreamDialect.Settings {
    fileprivate init(
        _ configuration: FeedConfiguration, _ stream: FeedConfiguration.AtomicStream, address: StreamAddress,
        tls: FeedTLS?
    ) {
        self.init(
            address: address, tls: tls, timeout: configuration.connectTimeout,
            watch: StreamWatch(
                options: stream.options, accounts: stream.accounts, programs: stream.programs, mints: stream.mints),
            pingInterval: configuration.pingInterval, pongTimeout: configuration.pongTimeout,
            idleTimeout: configuration.idleTimeout)
    }
}
