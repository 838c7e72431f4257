package import RelayModel

/// One connection to an interface402 feed.
package struct Interface402Session: FeedSession {
    package struct Settings: Sendable {
        package var apiKey: Secret?
        /// Never empty.
        package var keys: [String]
        /// Keys that the feed refused on an earlier connection: sent last and alone.
        package var suspects: Set<String>
        /// How many connections of the feed share the plan's rate.
        package var connections: Int
        package var pingInterval: Duration
        package var pongTimeout: Duration
        package var idleTimeout: Duration

        package init(
            apiKey: Secret?, keys: [String], suspects: Set<String> = [], connections: Int = 1,
            pingInterval: Duration = .seconds(30), pongTimeout: Duration = .seconds(10),
            idleTimeout: Duration = .seconds(120)
        ) {
            self.apiKey = apiKey
            self.keys = keys
            self.suspects = suspects
            self.connections = connections
            self.pingInterval = pingInterval
            self.pongTimeout = pongTimeout
            self.idleTimeout = idleTimeout
        }
    }

    enum Phase {
        case unopened
        /// `authenticate` was sent, or waits for a pause to end.
        case authenticating
        case subscribing
        /// Every key is answered.
        case subscribed
        /// The connection is being closed: nothing more is sent, but events that still come are delivered.
        case ended
    }

    /// How long the feed may take to answer `authenticate` or `subscribe`.
    package static let answerTimeout: Duration = .seconds(10)
    /// After a refused message of several keys: further errors about it would else be laid to the first key sent alone.
    static let refusalPause: Duration = .seconds(1)
    /// The pause after RATE_LIMIT_EXCEEDED, doubled each time until a subscription is confirmed.
    static let rateLimitPauses = (first: Duration.seconds(1), last: Duration.seconds(60))
    /// Reports of odd messages on one connection, so that a peer cannot fill the log.
    private static let maxOddReports = 10

    let settings: Settings
    private let reader: MessageReader
    var phase = Phase.unopened
    var keys: KeySubscriptions
    var pace: SendPace
    /// How long the message in flight may go unanswered.
    var answerWait: PeerWait?
    /// Until when nothing but pings is sent.
    var pausedUntil: Timestamp?
    var nextRateLimitPause = Self.rateLimitPauses.first
    private var oddReports = 0

    /// Since when nothing is read; nil while reading goes on.
    private var readingPausedAt: Timestamp?
    private var nextPing: Timestamp?
    private var pongWait: PeerWait?
    /// Begins anew with each sign of life.
    private var idleWait: PeerWait?
    /// When the last whole message came, malformed ones and pongs included; nil before the first.
    ///
    /// A gap begins here.
    package private(set) var lastMessageAt: Timestamp?

    package init(_ settings: Settings) {
        self.settings = settings
        reader = MessageReader(protocol: .interface402, hiding: settings.apiKey.map { [$0] } ?? [])
        keys = KeySubscriptions(keys: settings.keys, suspects: settings.suspects)
        pace = SendPace(messagesPerSecond: FeedPlan.unknown.messagesPerSecond, connections: settings.connections)
    }

    /// The WebSocket is open.
    package mutating func opened(now: Timestamp) -> [SessionAction] {
        idleWait = PeerWait(settings.idleTimeout, from: now)
        nextPing = now + settings.pingInterval
        phase = settings.apiKey == nil ? .subscribing : .authenticating
        return sendNext(now: now)
    }

    /// One whole message.
    package mutating func received(_ bytes: [UInt8], now: Timestamp) -> [SessionAction] {
        heard(now: now)
        lastMessageAt = now
        switch reader.read(bytes) {
        case .event(let document): return [.deliver(document)]
        case .malformed(let message): return [.malformed(message)]
        case .control(let document, let type):
            guard phase != .ended, phase != .unopened else { return [] }
            return take(document, type: type, now: now)
        }
    }

    /// A message that is too long to be worth its copy; `beginning` are its first bytes.
    package mutating func receivedTooLarge(size: Int, beginning: [UInt8], now: Timestamp) -> [SessionAction] {
        heard(now: now)
        lastMessageAt = now
        let excerpt = Excerpt.of(beginning, hiding: settings.apiKey)
        return [.malformed(MalformedMessage(kind: .tooLarge, size: size, excerpt: excerpt))]
    }

    /// Some bytes came, be it a part of a message: the peer lives.
    package mutating func heard(now: Timestamp) {
        idleWait = PeerWait(settings.idleTimeout, from: now)
        pongWait = nil
    }

    /// From here on nothing is read, so nothing can be missed: the watchdog rests.
    package mutating func readingPaused(now: Timestamp) {
        if readingPausedAt == nil { readingPausedAt = now }
    }

    /// Reading goes on, and so does every wait for the peer: a pause neither shortens nor renews it.
    package mutating func readingResumed(now: Timestamp) {
        guard let pausedAt = readingPausedAt else { return }
        readingPausedAt = nil
        idleWait?.resume(at: now, pausedAt: pausedAt)
        pongWait?.resume(at: now, pausedAt: pausedAt)
        answerWait?.resume(at: now, pausedAt: pausedAt)
    }

    /// The connection is being closed from this side.
    package mutating func closing() {
        phase = .ended
    }

    /// When `tick` has something to do next; nil when it never has.
    package var nextDeadline: Timestamp? {
        guard phase != .unopened, phase != .ended else { return nil }
        var deadlines = [nextPing, nextSend]
        if readingPausedAt == nil { deadlines += [pongWait?.end, answerWait?.end, idleWait?.end] }
        return deadlines.compactMap(\.self).min()
    }

    /// Does what is due.
    package mutating func tick(now: Timestamp) -> [SessionAction] {
        guard phase != .unopened, phase != .ended else { return [] }
        var actions: [SessionAction] = []
        if readingPausedAt == nil {
            if let pongWait, now >= pongWait.end { return end(.noPong(settings.pongTimeout)) }
            if let idleWait, now >= idleWait.end { return end(.idle(settings.idleTimeout)) }
            if let answerWait, now >= answerWait.end { actions += answerMissing(now: now) }
        }
        if phase != .ended, let due = nextPing, now >= due {
            nextPing = now + settings.pingInterval
            if pongWait == nil { pongWait = PeerWait(settings.pongTimeout, from: now) }
            pace.sent(at: now)
            actions.append(.send(Interface402Message.ping))
        }
        return actions + sendNext(now: now)
    }

    mutating func end(_ end: ConnectionEnd) -> [SessionAction] {
        phase = .ended
        return [.end(end)]
    }

    /// A report of something odd, unless this connection had its share of them.
    mutating func odd(_ report: SessionReport) -> [SessionAction] {
        guard oddReports < Self.maxOddReports else { return [] }
        oddReports += 1
        return [.report(report)]
    }

    /// Text of the feed, fit to be shown.
    func shown(_ node: JSONNode?, of document: JSONDocument) -> String {
        guard let text = node.flatMap(document.string) else { return "" }
        return Excerpt.of(text.utf8, hiding: settings.apiKey)
    }
}
