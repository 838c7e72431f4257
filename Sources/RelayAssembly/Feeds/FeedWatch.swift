import AdminAPI
import FeedConnections
import FeedProtocols
import RelayModel
import Synchronization

/// What becomes known of a feed beside its events: whether it is up, what it may have missed, which keys it refuses.
///
/// The sources of the feed (more than one while another takes over) tell it on the feed's event loop; it tells the outbox's
/// writer, and whoever asks from any thread.
final class FeedWatch: Sendable {
    /// Takes the relay's own events, and until when nothing can have been missed but what they report.
    typealias Tell = @Sendable (_ own: [OwnEvent], _ seen: Timestamp?) -> Void

    /// How the feed stands.
    struct Standing: Sendable {
        var state = FeedStatus.State.down
        /// Why it is down.
        var reason: String? = "it was not connected yet"
        var since: Timestamp
        var connections = 0
        var refusedKeys: [String] = []
        var gaps = 0
        var gapTime = Duration.zero
        /// The newest first, at most `FeedStatus.gapsShown`.
        var recentGaps: [FeedStatus.Gap] = []
        var lastFailure: FeedStatus.Failure?
        var reconnects = 0
        var lastMessageAt: Timestamp?
    }

    private struct State {
        var coverage: FeedCoverage
        var standing: Standing
        /// The `seen` that was handed over last.
        var told: Timestamp?
        /// The newest source, and what is to be done once it is subscribed or cannot be.
        var awaited: (source: Int, yieldsToLimit: Bool, act: @Sendable () -> Void)?
    }

    private let feed: String
    private let state: Mutex<State>
    private let tell: Tell

    /// `seenAt`: until when an earlier run had seen everything; nil where none ever did.
    init(feed: String, seenAt: Timestamp?, now: Timestamp, tell: @escaping Tell) {
        self.feed = feed
        self.tell = tell
        state = Mutex(
            State(
                coverage: FeedCoverage(lastSeen: seenAt, now: now), standing: Standing(since: now), told: seenAt))
    }

    var standing: Standing { state.withLock(\.standing) }

    /// Tells until when nothing was missed, where that is later than what was told before.
    func tellSeen() {
        // Under the lock, so that it is never told after what is later; whoever takes it does not call back.
        state.withLock { state in
            guard let seen = state.coverage.seen, state.told.map({ seen > $0 }) ?? true else { return }
            state.told = seen
            tell([], seen)
        }
    }

    /// The feed's event loop takes its turns: told every `FeedCoverage.aliveInterval`, on that loop.
    func alive(now: Timestamp) {
        state.withLock { $0.coverage.alive(now: now) }
    }

    /// Calls `act` once, when a connection of the source is subscribed.
    ///
    /// `yieldsToLimit`: or when it is refused because of the connections that are held.
    func whenTakenOver(by source: Int, yieldsToLimit: Bool, _ act: @escaping @Sendable () -> Void) {
        state.withLock { $0.awaited = (source, yieldsToLimit, act) }
    }

    func readingChanged(to isReading: Bool, at now: Timestamp) {
        state.withLock { state in
            if isReading {
                state.coverage.readingResumed(now: now)
            } else {
                state.coverage.readingPaused(now: now)
            }
        }
    }

    /// The keys that are wanted from here on.
    func wanted(_ keys: [String], now: Timestamp) {
        take(now) { coverage, _ in
            coverage.wanted(keys)
            return []
        }
    }

    func heard(_ connection: FeedConnectionName, at now: Timestamp) {
        take(now) { coverage, standing in
            standing.lastMessageAt = now
            return coverage.heard(connection, now: now)
        }
    }

    /// Another connection has taken this one's place, and this one had brought everything until then.
    func drained(_ connection: FeedConnectionName, at now: Timestamp) {
        take(now) { coverage, _ in
            // The end of the last one opens a gap, which begins with its last message or pong.
            coverage.subscribedConnections > 1 ? coverage.heard(connection, now: now) : []
        }
    }

    func changed(_ connection: FeedConnectionName, _ change: ConnectionChange) {
        take(change.at) { coverage, standing in
            switch change.kind {
            case .connecting, .opened, .authenticated: return []
            case .subscribed(_, let refused):
                return coverage.subscribed(connection, refused: refused, now: change.at)
            case .keyRefused(let key, let reason):
                return coverage.keyRefused(key, reason: reason, now: change.at)
            case .impaired(let reason, let since):
                return coverage.impaired(connection, since: since, reason: reason, now: change.at)
            case .down(let end, _, let retryIn):
                if retryIn != nil { standing.reconnects += 1 }
                if end.isFailure { standing.lastFailure = FeedStatus.Failure(at: change.at, reason: "\(end)") }
                if standing.state == .down { standing.reason = "\(end)" }
                return coverage.lost(connection, end, now: change.at)
            }
        }
        switch change.kind {
        case .subscribed: takeOver(connection.source, isRefused: false)
        // The feed counts those of the source before: only without them there is room.
        case .down(.connectionLimit, _, _), .down(.upgradeRefused(status: 429, _), _, _):
            takeOver(connection.source, isRefused: true)
        default: break
        }
    }

    private func take(
        _ now: Timestamp, _ change: (inout FeedCoverage, inout Standing) -> [FeedNews]
    ) {
        state.withLock { state in
            let news = change(&state.coverage, &state.standing)
            state.standing.take(news, state.coverage, now: now)
            let seen = state.coverage.seen
            // An unhealthy time takes back what was told: a crash now would else leave a gap that is too short.
            let isTakenBack = if let told = state.told, let seen { seen < told } else { false }
            guard !news.isEmpty || isTakenBack else { return }
            // With the gaps in one transaction: what comes after them was not missed.
            state.told = seen
            tell(news.map { $0.event(feed: feed) }, seen)
        }
    }

    // MARK: Taking over

    private func takeOver(_ source: Int, isRefused: Bool) {
        let act = state.withLock { state -> (@Sendable () -> Void)? in
            guard let awaited = state.awaited, awaited.source == source, awaited.yieldsToLimit || !isRefused else {
                return nil
            }
            state.awaited = nil
            return awaited.act
        }
        act?()
    }
}

extension FeedWatch.Standing {
    /// Counts what is new, and judges anew how the feed stands.
    fileprivate mutating func take(_ news: [FeedNews], _ coverage: FeedCoverage, now: Timestamp) {
        for one in news {
            switch one {
            case .gap(let gap, _):
                gaps += 1
                gapTime += gap.duration
                recentGaps.insert(FeedStatus.Gap(from: gap.from, to: gap.to, cause: gap.cause), at: 0)
                if recentGaps.count > FeedStatus.gapsShown { recentGaps.removeLast() }
            case .disconnected(_, let reason): self.reason = reason
            case .connected, .keyRefused, .unhealthy: break
            }
        }
        connections = coverage.subscribedConnections
        refusedKeys = coverage.refusedKeys
        let ill = coverage.unhealthyReason
        let state: FeedStatus.State =
            ill != nil ? .unhealthy : connections == 0 ? .down : refusedKeys.isEmpty ? .connected : .unhealthy
        if state != self.state { since = now }
        self.state = state
        switch state {
        case .down: break
        case .connected: reason = nil
        case .unhealthy where ill != nil: reason = ill
        case .unhealthy:
            let shown = refusedKeys.prefix(5).joined(separator: ", ")
            let more = refusedKeys.count > 5 ? " and \(refusedKeys.count - 5) more" : ""
            reason = "the feed refuses the keys \(shown)\(more)"
        }
    }
}

extension ConnectionEnd {
    /// False where the relay itself ended the connection, since it had no use for it any longer.
    fileprivate var isFailure: Bool {
        switch self {
        case .surplus, .unneeded, .reopened: false
        default: true
        }
    }
}

/// One source of a feed, as its watch and its intake hear of it.
struct SourceSink: FeedSink {
    /// Tells the sources of a feed apart, in the order in which they were made.
    let source: Int
    let intake: IntakeSink
    let watch: FeedWatch

    func received(_ messages: [ReceivedMessage]) { intake.received(messages) }

    func heard(connection: Int, at now: Timestamp) {
        watch.heard(FeedConnectionName(source: source, number: connection), at: now)
    }

    func drained(connection: Int, at now: Timestamp) {
        watch.drained(FeedConnectionName(source: source, number: connection), at: now)
    }

    func readingChanged(to isReading: Bool, at now: Timestamp) {
        watch.readingChanged(to: isReading, at: now)
    }

    func changed(_ change: ConnectionChange) {
        watch.changed(FeedConnectionName(source: source, number: change.connection), change)
    }
}
