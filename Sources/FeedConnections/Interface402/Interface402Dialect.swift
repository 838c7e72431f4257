import FeedProtocols
import Logging
import RelayModel

/// One connection of an interface402 feed: which keys it asks for, after what the feed refused before.
final class Interface402Dialect: FeedDialect {
    struct Settings: Sendable {
        var target: WebSocketDial.Target
        var session: Interface402Session.Settings
    }

    private static let leftOutFor = Duration.seconds(900)

    /// Told of the plan when it becomes known.
    private weak var feed: WebSocketFeed?
    private let logger: Logger
    /// Keys that the feed refused last time, alone or together.
    private var suspects: Set<String> = []
    /// Keys that it refused on this connection, each alone.
    private var refusedHere: Set<String> = []
    /// Keys over which it ended a connection, and until when they are left out: else they would end every one.
    private var leftOut: [String: Timestamp] = [:]

    init(feed: WebSocketFeed, logger: Logger) {
        self.feed = feed
        self.logger = logger
    }

    func opening(_ settings: Settings) -> FeedOpening? {
        FeedOpening(target: settings.target, hiding: settings.session.apiKey.map { [$0] } ?? [])
    }

    func session(_ settings: Settings, now: Timestamp) -> Interface402Session {
        refusedHere = []
        var session = settings.session
        session.suspects = suspects
        session.keys = keysToAskFor(settings, at: now)
        return Interface402Session(session)
    }

    func change(_ session: inout Interface402Session, to settings: Settings, now: Timestamp) -> [SessionAction] {
        session.change(keys: keysToAskFor(settings, at: now), now: now)
    }

    func take(_ report: SessionReport, _ settings: Settings, at now: Timestamp) {
        switch report {
        case .authenticated(let plan): feed?.apply(plan)
        case .subscribed(_, let refused): suspects = Set(missing(refused, settings))
        case .keysRefused(let keys, _): suspects.formUnion(keys)
        case .keyRefused(let key, _):
            suspects.insert(key)
            refusedHere.insert(key)
        case .impaired, .stream, .rateLimited, .serverError, .unexpected, .unreadable: break
        }
    }

    func missing(_ refused: [String], _ settings: Settings) -> [String] {
        refused + settings.session.keys.filter { leftOut[$0] != nil && !refused.contains($0) }
    }

    /// Leaves out what the feed refused when it ended the connection right after.
    func ended(_ end: ConnectionEnd, subscribedFor: Duration?, at now: Timestamp) -> FeedRetry {
        switch end {
        case .closedByServer, .dropped: break
        default: return .afterWait
        }
        guard !refusedHere.isEmpty, (subscribedFor ?? .zero) < ReconnectBackoff.settled else { return .afterWait }
        for key in refusedHere { leftOut[key] = now + Self.leftOutFor }
        logger.error(
            "Feed ends the connection over refused keys; they are left out for a while",
            metadata: ["keys": "\(refusedHere.sorted().prefix(5).joined(separator: ","))", "for": "\(Self.leftOutFor)"])
        return .afterWait
    }

    func hasEnded() {}

    private func keysToAskFor(_ settings: Settings, at now: Timestamp) -> [String] {
        leftOut = leftOut.filter { $0.value > now }
        let keys = settings.session.keys.filter { leftOut[$0] == nil }
        return keys.isEmpty ? settings.session.keys : keys
    }
}
