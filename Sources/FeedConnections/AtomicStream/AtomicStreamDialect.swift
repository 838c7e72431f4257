import FeedProtocols
import RelayModel

/// One connection of an AtomicStream feed: the token that it was opened with, and what its end says of that.
final class AtomicStreamDialect: FeedDialect {
    struct Settings: Sendable {
        var address: StreamAddress
        var tls: FeedTLS?
        var timeout: Duration
        var watch: StreamWatch
        var pingInterval: Duration
        var pongTimeout: Duration
        var idleTimeout: Duration
    }

    private let number: Int
    private weak var feed: AtomicStreamFeed?
    /// The one that the connection was opened with last.
    private(set) var openedWith: Secret?
    /// The one that pays for it now.
    private(set) var token: Secret?
    /// Whether the server said `hello` on it.
    private(set) var isGreeted = false
    /// The server wanted to be paid before any `hello`.
    private var isPaymentAsked = false

    init(number: Int, feed: AtomicStreamFeed) {
        self.number = number
        self.feed = feed
    }

    func opening(_ settings: Settings) -> FeedOpening? {
        guard let feed, let token = feed.tokenToOpen(number), let url = settings.address.url(token: token) else {
            return nil
        }
        openedWith = token
        self.token = token
        (isGreeted, isPaymentAsked) = (false, false)
        return FeedOpening(
            target: WebSocketDial.Target(url: url, tls: settings.tls, timeout: settings.timeout),
            hiding: StreamAddress.spellings(of: token) + feed.hidden)
    }

    func session(_ settings: Settings, now: Timestamp) -> AtomicStreamSession {
        // The token was set when the connection began to be opened.
        let token = openedWith ?? Secret("")
        return AtomicStreamSession(
            AtomicStreamSession.Settings(
                token: token, hiding: StreamAddress.spellings(of: token) + (feed?.hidden ?? []), watch: settings.watch,
                pingInterval: settings.pingInterval, pongTimeout: settings.pongTimeout,
                idleTimeout: settings.idleTimeout))
    }

    func change(_ session: inout AtomicStreamSession, to settings: Settings, now: Timestamp) -> [SessionAction] {
        session.change(watch: settings.watch, now: now)
    }

    func missing(_ refused: [String], _ settings: Settings) -> [String] { refused }

    func take(_ report: SessionReport, _ settings: Settings, at now: Timestamp) {
        guard case .stream(let news) = report else { return }
        switch news {
        case .hello: isGreeted = true
        case .paymentRequired: if !isGreeted { isPaymentAsked = true }
        case .reminder, .renewed, .failed, .tokenRefused, .notGreeted, .renewalLost: break
        }
        feed?.heard(news, on: number, paidBy: token, at: now)
    }

    /// The connection is paid by another token from here on.
    func renewed(with token: Secret) {
        self.token = token
    }

    func ended(_ end: ConnectionEnd, subscribedFor: Duration?, at now: Timestamp) -> FeedRetry {
        feed?.connectionEnded(number)
        defer { (openedWith, token, isGreeted) = (nil, nil, false) }
        guard let openedWith, !isGreeted, let feed else { return .afterWait }
        guard isRefusal(end, of: openedWith, now: now) else {
            if Self.isOfServer(end) { feed.notGreeted(openedWith, on: number, reason: "\(end)") }
            return .afterWait
        }
        return feed.refused(openedWith, on: number, reason: "\(end)")
    }

    func hasEnded() {
        feed?.wakeConnections()
    }

    /// Whether the server does not let the token in; only before a `hello`, since a token that was greeted is a good one.
    private func isRefusal(_ end: ConnectionEnd, of token: Secret, now: Timestamp) -> Bool {
        switch end {
        case .upgradeRefused(let status, _): [401, 402, 403, 404, 410].contains(status)
        case .closedByServer(let code?, _) where code == 1008 || code >= 4000: true
        case .closedByServer, .dropped, .unanswered: isPaymentAsked || feed?.hasRunOut(token, now: now) == true
        default: false
        }
    }

    /// Whether the server could be reached and ended it, not because it is overloaded or broken.
    private static func isOfServer(_ end: ConnectionEnd) -> Bool {
        switch end {
        case .upgradeRefused(let status, _): (400..<500).contains(status) && status != 429
        case .closedByServer, .dropped, .unanswered: true
        default: false
        }
    }
}
