package import RelayModel

/// One connection to an AtomicStream feed.
package struct AtomicStreamSession: FeedSession {
    package struct Settings: Sendable {
        /// The token that the connection was opened with.
        package var token: Secret
        /// Kept out of every text of the server; the token need not be among them.
        package var hiding: [Secret]
        package var watch: StreamWatch
        package var pingInterval: Duration
        package var pongTimeout: Duration
        package var idleTimeout: Duration

        package init(
            token: Secret, hiding: [Secret] = [], watch: StreamWatch, pingInterval: Duration = .seconds(30),
            pongTimeout: Duration = .seconds(10), idleTimeout: Duration = .seconds(120)
        ) {
            self.token = token
            self.hiding = hiding
            self.watch = watch
            self.pingInterval = pingInterval
            self.pongTimeout = pongTimeout
            self.idleTimeout = idleTimeout
        }
    }

    enum Phase {
        case unopened
        case open
        /// The connection is being closed: nothing more is sent, but events that still come are delivered.
        case ended
    }

    enum Standing {
        /// No good `status` came yet.
        case unproven
        case subscribed
        case impaired
    }

    /// How long the server may take to say `hello`.
    package static let answerTimeout: Duration = .seconds(10)
    /// So long without a `status`, and the stream is asked for one again.
    static let stateInterval: Duration = .seconds(10)
    /// Reports of odd messages on one connection, so that a peer cannot fill the log.
    private static let maxOddReports = 10

    let settings: Settings
    private var reader: MessageReader
    /// What is kept out of the texts of the server.
    private var secrets: [Secret]
    /// What the connection was asked for last.
    private(set) var watch: StreamWatch
    var phase = Phase.unopened
    private var standing = Standing.unproven
    private var health = StreamHealth(openedAt: Timestamp(milliseconds: 0))
    /// A good `status` came, since the connection was last asked for something.
    private var isProven = false
    package private(set) var isGreeted = false
    var newsPace = NewsPace()
    private var oddReports = 0

    /// Since when nothing is read; nil while reading goes on.
    private var readingPausedAt: Timestamp?
    private var nextPing: Timestamp?
    private var nextState: Timestamp?
    private var pongWait: PeerWait?
    private var helloWait: PeerWait?
    /// How long the first `getState` since the last `status` has gone unanswered.
    private var stateWait: PeerWait?
    /// Begins anew with each sign of life.
    private var idleWait: PeerWait?
    package private(set) var lastMessageAt: Timestamp?

    package init(_ settings: Settings) {
        self.settings = settings
        secrets = [settings.token] + settings.hiding
        reader = MessageReader(protocol: .atomicstream, hiding: secrets)
        watch = settings.watch
    }

    // MARK: What the connection does

    package mutating func opened(now: Timestamp) -> [SessionAction] {
        phase = .open
        health = StreamHealth(openedAt: now)
        idleWait = PeerWait(settings.idleTimeout, from: now)
        helloWait = PeerWait(Self.answerTimeout, from: now)
        nextPing = now + settings.pingInterval
        return watch.messages(after: .nothing).map { .send($0) } + askState(now: now)
    }

    package mutating func received(_ bytes: [UInt8], now: Timestamp) -> [SessionAction] {
        heard(now: now)
        lastMessageAt = now
        switch reader.read(bytes) {
        case .event(let document):
            guard phase == .open, isStatus(document) else { return [.deliver(document)] }
            return [.deliver(document)] + take(StreamStatus(document), now: now)
        case .malformed(let message): return [.malformed(message)]
        case .control(let document, let op):
            guard phase == .open else { return [] }
            return take(document, op: op, now: now)
        }
    }

    package mutating func receivedTooLarge(size: Int, beginning: [UInt8], now: Timestamp) -> [SessionAction] {
        heard(now: now)
        lastMessageAt = now
        let excerpt = Excerpt.of(beginning, hiding: secrets)
        return [.malformed(MalformedMessage(kind: .tooLarge, size: size, excerpt: excerpt))]
    }

    package mutating func heard(now: Timestamp) {
        idleWait = PeerWait(settings.idleTimeout, from: now)
        pongWait = nil
    }

    package mutating func readingPaused(now: Timestamp) {
        if readingPausedAt == nil { readingPausedAt = now }
    }

    package mutating func readingResumed(now: Timestamp) {
        guard let pausedAt = readingPausedAt else { return }
        readingPausedAt = nil
        idleWait?.resume(at: now, pausedAt: pausedAt)
        pongWait?.resume(at: now, pausedAt: pausedAt)
        helloWait?.resume(at: now, pausedAt: pausedAt)
        stateWait?.resume(at: now, pausedAt: pausedAt)
        health.readingResumed(at: now, pausedAt: pausedAt)
    }

    package mutating func closing() {
        phase = .ended
    }

    // MARK: Time

    package var nextDeadline: Timestamp? {
        guard phase == .open else { return nil }
        var deadlines = [nextPing, nextState]
        if readingPausedAt == nil { deadlines += [pongWait?.end, helloWait?.end, stateWait?.end, idleWait?.end] }
        return deadlines.compactMap(\.self).min()
    }

    package mutating func tick(now: Timestamp) -> [SessionAction] {
        guard phase == .open else { return [] }
        var actions: [SessionAction] = []
        if readingPausedAt == nil {
            if let pongWait, now >= pongWait.end { return end(.noPong(settings.pongTimeout)) }
            if let idleWait, now >= idleWait.end { return end(.idle(settings.idleTimeout)) }
            if let helloWait, now >= helloWait.end { return end(.unanswered("hello")) }
            if let stateWait, now >= stateWait.end {
                // Asked again at once; told once, until a good one comes.
                self.stateWait = nil
                nextState = now
                actions += impair("the stream sent no status for \(StreamHealth.patience) though asked")
            }
        }
        if let due = nextPing, now >= due {
            nextPing = now + settings.pingInterval
            if pongWait == nil { pongWait = PeerWait(settings.pongTimeout, from: now) }
            // What answers a ping is not documented; a `status` answers this.
            return actions + [.send(AtomicStreamMessage.ping)] + askState(now: now)
        }
        if let due = nextState, now >= due { actions += askState(now: now) }
        return actions
    }

    private mutating func askState(now: Timestamp) -> [SessionAction] {
        nextState = now + Self.stateInterval
        if stateWait == nil { stateWait = PeerWait(StreamHealth.patience, from: now) }
        return [.send(AtomicStreamMessage.getState)]
    }

    private mutating func end(_ end: ConnectionEnd) -> [SessionAction] {
        phase = .ended
        return [.end(end)]
    }

    // MARK: What the feed wants

    /// Other options or lists are wanted from here on.
    package mutating func change(watch: StreamWatch, now: Timestamp) -> [SessionAction] {
        let messages = watch.messages(after: self.watch)
        self.watch = watch
        guard phase == .open, !messages.isEmpty else { return [] }
        isProven = false
        health.asked(at: now)
        return messages.map { .send($0) } + askState(now: now)
    }

    /// The slice is paid further, with this token.
    package mutating func renew(token: Secret) -> [SessionAction] {
        guard phase == .open else { return [] }
        hide([token])
        return [.send(AtomicStreamMessage.renewToken(token))]
    }

    /// Sends a payment over the connection.
    package mutating func renewInband(requirements: [UInt8], payload: [UInt8]) -> [SessionAction] {
        guard phase == .open else { return [] }
        return [.send(AtomicStreamMessage.renewInband(requirements: requirements, payload: payload))]
    }

    /// Keeps these out of the server's texts too; the oldest of many are given up, the connection's own never.
    package mutating func hide(_ more: [Secret]) {
        let fresh = more.filter { !secrets.contains($0) }
        guard !fresh.isEmpty else { return }
        secrets += fresh
        if secrets.count > Self.maxSecrets { secrets.removeSubrange(1...secrets.count - Self.maxSecrets) }
        reader = MessageReader(protocol: .atomicstream, hiding: secrets)
    }

    /// Tokens and parts of payments that a server may still echo: those of the last slices.
    private static let maxSecrets = 16

    // MARK: Health

    private func isStatus(_ document: JSONDocument) -> Bool {
        guard let type = document.member(document.root, "type") else { return false }
        return document.plainString(type).map { $0.elementsEqual("status".utf8) } ?? (document.string(type) == "status")
    }

    private mutating func take(_ status: StreamStatus, now: Timestamp) -> [SessionAction] {
        stateWait = nil
        nextState = now + Self.stateInterval
        let notes = status.unreadable.flatMap { odd(.unreadable(member: $0, of: "status")) }
        switch health.judge(status, of: watch, now: now) {
        case .early: return notes
        case .bad(let reason): return notes + impair(reason)
        case .good:
            let isNew = !isProven || standing != .subscribed
            isProven = true
            return notes + (isNew ? confirm() : [])
        }
    }

    /// The stream brings all that it was asked for, if it has greeted this connection too.
    mutating func confirm() -> [SessionAction] {
        guard isGreeted, isProven else { return [] }
        standing = .subscribed
        return [.report(.subscribed(keys: watch.count, refused: []))]
    }

    private mutating func impair(_ reason: String) -> [SessionAction] {
        isProven = false
        guard standing != .impaired else { return [] }
        standing = .impaired
        return [.report(.impaired(reason: reason, since: health.provenTo))]
    }

    mutating func greeted() {
        isGreeted = true
        helloWait = nil
    }

    // MARK: What is shown

    /// A report of something odd, unless this connection had its share of them.
    mutating func odd(_ report: SessionReport) -> [SessionAction] {
        guard oddReports < Self.maxOddReports else { return [] }
        oddReports += 1
        return [.report(report)]
    }

    /// Text of the feed, fit to be shown.
    func shown(_ text: String) -> String {
        Excerpt.of(text.utf8, hiding: secrets)
    }
}
