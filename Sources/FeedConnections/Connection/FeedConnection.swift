import FeedProtocols
import Logging
import NIOCore
import RelayModel

/// One of a feed's connections: opens it, performs what its session decides, and opens it again when it is gone.
///
/// `@unchecked Sendable`: everything happens on its event loop.
final class FeedConnection<Dialect: FeedDialect>: @unchecked Sendable {
    /// What all connections of a feed share.
    struct Shared: Sendable {
        var settings: Dialect.Settings
        var eventLoop: any EventLoop
        var clock: RelayClock
        var sink: any FeedSink
        var vitals: FeedVitals
        var reconnect: ReconnectTimes
    }

    private enum State {
        /// Not wanted, or waits for the reading to go on or to be woken.
        case idle
        case waiting(Scheduled<Void>)
        case opening(WebSocketDial)
        case open(WebSocketChannel)
    }

    let dialect: Dialect
    private let number: Int
    private var shared: Shared
    private let logger: Logger
    private var state = State.idle
    private(set) var isWanted = false
    private var isReading = true
    /// This side closes it.
    private var isClosing = false
    /// It is opened again as soon as it is gone.
    private var isReopened = false
    /// Set once it is to end for good; succeeds when it has.
    private var ended: EventLoopPromise<Void>?

    private var backoff: ReconnectBackoff
    private var random = SystemRandomNumberGenerator()
    /// Until when it would wait for its next attempt, if there were something to open it with.
    private(set) var notBefore: Timestamp?
    private var session: Dialect.Session?
    private var subscribedAt: Timestamp? {
        didSet {
            if (oldValue == nil) != (subscribedAt == nil) {
                shared.vitals.changeSubscribed(by: subscribedAt == nil ? -1 : 1)
            }
        }
    }
    private var timer: (at: Timestamp, task: Scheduled<Void>)?
    /// What the current read has brought so far; its bound is that of a read, a few hundred KB.
    private var batch: [ReceivedMessage] = []
    /// When the current read began.
    private var readAt: Timestamp?
    /// The last message that the sink knows of.
    private var toldOf: Timestamp?

    /// `logger` has the connection's number.
    init(_ dialect: Dialect, number: Int, shared: Shared, isReading: Bool, logger: Logger) {
        self.dialect = dialect
        self.number = number
        self.shared = shared
        self.isReading = isReading
        backoff = shared.reconnect.backoff
        self.logger = logger
    }

    /// Whether its WebSocket is open and not being closed by this side.
    var isOpen: Bool { if case .open = state { !isClosing } else { false } }
    var isSubscribed: Bool { subscribedAt != nil }

    // MARK: What the feed wants

    /// The connection is to be held.
    func hold() {
        guard !isWanted, ended == nil else { return }
        isWanted = true
        if case .idle = state { open() }
    }

    /// The connection is not to be held any longer.
    func release(because end: ConnectionEnd) {
        guard isWanted else { return }
        isWanted = false
        switch state {
        case .idle: break
        case .waiting(let task):
            task.cancel()
            state = .idle
        case .opening(let dial):
            dial.cancel()
            down(end)
        case .open(let webSocket): close(webSocket, because: end)
        }
    }

    /// Ends for good; the future succeeds when nothing more comes of it.
    func stop() -> EventLoopFuture<Void> {
        if let ended { return ended.futureResult }
        let promise = shared.eventLoop.makePromise(of: Void.self)
        ended = promise
        release(because: .stopped)
        if case .idle = state { promise.succeed() }
        return promise.futureResult
    }

    func setReading(_ isReading: Bool) {
        guard isReading != self.isReading else { return }
        self.isReading = isReading
        switch state {
        case .idle: if isReading, isWanted { open() }
        case .open(let webSocket):
            let now = shared.clock.now
            if isReading {
                session?.readingResumed(now: now)
            } else {
                session?.readingPaused(now: now)
            }
            webSocket.setReading(isReading)
            schedule()
        case .waiting, .opening: break
        }
    }

    /// What a live connection can change at once; other times from the next connection on.
    func reconfigure(_ changed: Shared) {
        if changed.reconnect != shared.reconnect { backoff = changed.reconnect.backoff }
        shared = changed
        let settings = shared.settings
        converse { dialect, session, now in dialect.change(&session, to: settings, now: now) }
    }

    /// Does what `say` makes of the session, if the connection is open.
    func converse(_ say: (Dialect, inout Dialect.Session, Timestamp) -> [SessionAction]) {
        guard isOpen, var session else { return }
        let now = shared.clock.now
        let actions = say(dialect, &session, now)
        self.session = session
        perform(actions, at: now)
        schedule()
    }

    /// What it was refused before no longer counts.
    func retryNow() {
        guard case .waiting(let task) = state else { return }
        task.cancel()
        backoff.reset()
        open()
    }

    /// There may be something to open it with now; not before `earliest` all the same.
    func wake(notBefore earliest: Timestamp? = nil) {
        guard case .idle = state, isWanted else { return }
        let left = earliest.map { $0 - shared.clock.now } ?? .zero
        guard left > .zero else { return open() }
        state = .waiting(shared.eventLoop.scheduleTask(in: TimeAmount(left)) { self.open() })
    }

    /// Closes it, if it is open or being opened, and opens it anew without a wait.
    func reopen(because end: ConnectionEnd) {
        guard isWanted else { return }
        switch state {
        case .idle: open()
        case .waiting(let task):
            task.cancel()
            open()
        case .opening(let dial):
            isReopened = true
            dial.cancel()
            down(end)
        case .open(let webSocket):
            isReopened = true
            close(webSocket, because: end)
        }
    }

    /// Keeps these out of what the server says when it closes.
    func hide(_ secrets: [Secret]) {
        if case .open(let webSocket) = state { webSocket.hide(secrets) }
    }

    // MARK: Opening and closing

    private func open() {
        // A connection that ended in the midst of a read leaves its moment behind; what the next one brings came later.
        readAt = nil
        // An answer to the upgrade could not be read. The wait for it ends in `setReading`.
        guard isReading, let opening = dialect.opening(shared.settings) else { return state = .idle }
        notBefore = nil
        change(.connecting)
        let webSocket = WebSocketChannel(
            keepLimit: JSONLimits.message.maxBytes, hiding: opening.hiding, eventLoop: shared.eventLoop)
        let dial = WebSocketDial(opening.target, webSocket: webSocket, eventLoop: shared.eventLoop)
        state = .opening(dial)
        dial.start { result in
            switch result {
            case .success(let webSocket): self.opened(webSocket)
            case .failure(let end): self.down(end)
            }
        }
    }

    private func opened(_ webSocket: WebSocketChannel) {
        state = .open(webSocket)
        webSocket.attach(self)
        isClosing = false
        toldOf = nil
        subscribedAt = nil
        let now = shared.clock.now
        var session = dialect.session(shared.settings, now: now)
        if !isReading {
            session.readingPaused(now: now)
            webSocket.setReading(false)
        }
        change(.opened)
        let actions = session.opened(now: now)
        self.session = session
        perform(actions, at: now)
        schedule()
    }

    private func close(_ webSocket: WebSocketChannel, because end: ConnectionEnd) {
        isClosing = true
        session?.closing()
        cancelTimer()
        // Who was silent will not answer this either.
        let awaitsPeer =
            switch end {
            case .noPong, .idle: false
            default: true
            }
        webSocket.close(because: end, awaitsPeer: awaitsPeer)
    }

    /// The connection is gone or did not come about: waits for the next, if there is to be one.
    private func down(_ end: ConnectionEnd) {
        cancelTimer()
        let now = shared.clock.now
        var lastMessageAt: Timestamp?
        if case .open = state {
            lastMessageAt = session?.lastMessageAt
            tellHeard()
        }
        state = .idle
        session = nil
        let subscribedFor = subscribedAt.map { now - $0 }
        var retry = dialect.ended(end, subscribedFor: subscribedFor, at: now)
        if isReopened { retry = .atOnce }
        isReopened = false
        subscribedAt = nil
        var wait: Duration?
        if isWanted {
            switch retry {
            case .afterWait:
                let chosen = backoff.wait(after: end, subscribedFor: subscribedFor, using: &random)
                state = .waiting(shared.eventLoop.scheduleTask(in: TimeAmount(chosen)) { self.open() })
                wait = chosen
            case .atOnce: wait = .zero
            case .whenWoken:
                notBefore = now + backoff.wait(after: end, subscribedFor: subscribedFor, using: &random)
            }
        }
        ConnectionLog.log(end, retryIn: wait, to: logger)
        change(.down(end, lastMessageAt: lastMessageAt, retryIn: wait))
        if case .idle = state { ended?.succeed() }
        if isWanted, retry == .atOnce { open() }
        dialect.hasEnded()
    }

    // MARK: The session

    private func perform(_ actions: [SessionAction], at now: Timestamp) {
        guard case .open(let webSocket) = state else { return }
        for action in actions {
            switch action {
            case .send(let text): webSocket.send(text)
            case .deliver(let document):
                batch.append(ReceivedMessage(content: .event(document), receivedAt: now, connection: number))
            case .malformed(let message):
                batch.append(ReceivedMessage(content: .malformed(message), receivedAt: now, connection: number))
            case .report(let report): take(report, at: now)
            case .end(let end): close(webSocket, because: end)
            }
        }
    }

    private func take(_ report: SessionReport, at now: Timestamp) {
        ConnectionLog.log(report, to: logger)
        switch report {
        case .authenticated(let plan): change(.authenticated(plan))
        case .subscribed(let keys, let refused):
            if subscribedAt == nil { subscribedAt = now }
            change(.subscribed(keys: keys, refused: dialect.missing(refused, shared.settings)))
        case .impaired(let reason, let since):
            if let from = subscribedAt, now - from >= ReconnectBackoff.settled { backoff.reset() }
            subscribedAt = nil
            change(.impaired(reason: reason, since: since))
        case .keyRefused(let key, let reason): change(.keyRefused(key, reason: reason))
        case .stream, .keysRefused, .rateLimited, .serverError, .unexpected, .unreadable: break
        }
        dialect.take(report, shared.settings, at: now)
    }

    private func schedule() {
        guard let deadline = session?.nextDeadline else { return cancelTimer() }
        // A timer that comes too early looks again: cheaper than a new one for each message.
        if let timer, timer.at <= deadline { return }
        cancelTimer()
        let wait = max(deadline - shared.clock.now, .zero)
        let task = shared.eventLoop.scheduleTask(in: TimeAmount(wait)) {
            self.timer = nil
            let now = self.shared.clock.now
            if let actions = self.session?.tick(now: now) { self.perform(actions, at: now) }
            self.schedule()
        }
        timer = (deadline, task)
    }

    private func cancelTimer() {
        timer?.task.cancel()
        timer = nil
    }

    // MARK: The sink

    private func change(_ kind: ConnectionChange.Kind) {
        flush()
        shared.sink.changed(ConnectionChange(kind: kind, at: readAt ?? shared.clock.now, connection: number))
    }

    /// Tells the sink that messages came, after what they brought.
    private func tellHeard() {
        flush()
        guard let last = session?.lastMessageAt, last != toldOf else { return }
        toldOf = last
        shared.vitals.heard(at: last)
        shared.sink.heard(connection: number, at: last)
    }

    private func flush() {
        guard !batch.isEmpty else { return }
        shared.sink.received(batch)
        batch.removeAll(keepingCapacity: true)
    }
}

extension FeedConnection: WebSocketOwner {
    func received(_ message: [UInt8]) {
        let now = beginRead()
        if let actions = session?.received(message, now: now) { perform(actions, at: now) }
    }

    func receivedOversized(size: Int, beginning: [UInt8]) {
        let now = beginRead()
        guard let actions = session?.receivedTooLarge(size: size, beginning: beginning, now: now) else { return }
        perform(actions, at: now)
    }

    func readCompleted() {
        session?.heard(now: beginRead())
        tellHeard()
        readAt = nil
        schedule()
    }

    func closeAnswered() {
        tellHeard()
        shared.sink.drained(connection: number, at: beginRead())
    }

    func ended(_ end: ConnectionEnd) {
        flush()
        down(end)
    }

    /// All messages of one read were received at one moment; the clock is asked once.
    private func beginRead() -> Timestamp {
        if let readAt { return readAt }
        let now = shared.clock.now
        readAt = now
        return now
    }
}
