import FeedProtocols
import Logging
import NIOCore
import RelayModel

/// One of a feed's connections: opens it, performs what its session decides, and opens it again when it is gone.
///
/// `@unchecked Sendable`: everything happens on its event loop.
final class FeedConnection: @unchecked Sendable {
    /// What all connections of a feed share.
    struct Shared: Sendable {
        var target: WebSocketDial.Target
        var session: Interface402Session.Settings
        var eventLoop: any EventLoop
        var clock: RelayClock
        var sink: any FeedSink
        var vitals: FeedVitals
        var reconnect: ReconnectTimes
    }

    /// Between which bounds the waits before reconnects grow.
    struct ReconnectTimes: Hashable, Sendable {
        var initial: Duration
        var maximum: Duration

        var backoff: ReconnectBackoff { ReconnectBackoff(initial: initial, maximum: maximum) }
    }

    private enum State {
        /// Not wanted, or waits for the reading to go on.
        case idle
        case waiting(Scheduled<Void>)
        case opening(WebSocketDial)
        case open(WebSocketChannel)
    }

    /// Told of the plan when it becomes known.
    weak var feed: WebSocketFeed?
    private let number: Int
    private var shared: Shared
    private let logger: Logger
    private var state = State.idle
    private(set) var isWanted = false
    private var isReading = true
    /// Set once it is to end for good; succeeds when it has.
    private var ended: EventLoopPromise<Void>?

    private var backoff: ReconnectBackoff
    private var random = SystemRandomNumberGenerator()
    /// Keys that the feed refused last time, alone or together.
    private var suspects: Set<String> = []
    /// Keys that it refused on this connection, each alone.
    private var refusedHere: Set<String> = []
    /// Keys over which it ended a connection, and until when they are left out: else they would end every one.
    private var leftOut: [String: Timestamp] = [:]
    private static let leftOutFor = Duration.seconds(900)
    private var session: Interface402Session
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

    init(number: Int, shared: Shared, isReading: Bool, logger: Logger) {
        self.number = number
        self.shared = shared
        self.isReading = isReading
        backoff = shared.reconnect.backoff
        session = Interface402Session(shared.session)
        var logger = logger
        logger[metadataKey: "connection"] = "\(number)"
        self.logger = logger
    }

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
                session.readingResumed(now: now)
            } else {
                session.readingPaused(now: now)
            }
            webSocket.setReading(isReading)
            schedule()
        case .waiting, .opening: break
        }
    }

    /// Other keys at once; other times from the next connection on.
    func reconfigure(_ changed: Shared) {
        if changed.reconnect != shared.reconnect { backoff = changed.reconnect.backoff }
        shared = changed
        guard case .open = state else { return }
        let now = shared.clock.now
        perform(session.change(keys: keysToAskFor(at: now), now: now), at: now)
        schedule()
    }

    /// What it was refused before no longer counts.
    func retryNow() {
        guard case .waiting(let task) = state else { return }
        task.cancel()
        backoff.reset()
        open()
    }

    // MARK: Opening and closing

    private func open() {
        // An answer to the upgrade could not be read. The wait for it ends in `setReading`.
        guard isReading else { return state = .idle }
        change(.connecting)
        let apiKey = shared.session.apiKey
        let webSocket = WebSocketChannel(
            keepLimit: JSONLimits.message.maxBytes, hiding: apiKey, eventLoop: shared.eventLoop)
        let dial = WebSocketDial(shared.target, webSocket: webSocket, eventLoop: shared.eventLoop)
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
        var settings = shared.session
        settings.suspects = suspects
        settings.keys = keysToAskFor(at: shared.clock.now)
        refusedHere = []
        toldOf = nil
        session = Interface402Session(settings)
        subscribedAt = nil
        let now = shared.clock.now
        if !isReading {
            session.readingPaused(now: now)
            webSocket.setReading(false)
        }
        change(.opened)
        perform(session.opened(now: now), at: now)
        schedule()
    }

    private func keysToAskFor(at now: Timestamp) -> [String] {
        leftOut = leftOut.filter { $0.value > now }
        let keys = shared.session.keys.filter { leftOut[$0] == nil }
        return keys.isEmpty ? shared.session.keys : keys
    }

    /// Leaves out what the feed refused when it ended the connection right after.
    private func judgeRefusals(_ end: ConnectionEnd, subscribedFor: Duration?, at now: Timestamp) {
        switch end {
        case .closedByServer, .dropped: break
        default: return
        }
        guard !refusedHere.isEmpty, (subscribedFor ?? .zero) < ReconnectBackoff.settled else { return }
        for key in refusedHere { leftOut[key] = now + Self.leftOutFor }
        logger.error(
            "Feed ends the connection over refused keys; they are left out for a while",
            metadata: ["keys": "\(refusedHere.sorted().prefix(5).joined(separator: ","))", "for": "\(Self.leftOutFor)"])
    }

    private func close(_ webSocket: WebSocketChannel, because end: ConnectionEnd) {
        session.closing()
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
            lastMessageAt = session.lastMessageAt
            tellHeard()
        }
        state = .idle
        let subscribedFor = subscribedAt.map { now - $0 }
        judgeRefusals(end, subscribedFor: subscribedFor, at: now)
        subscribedAt = nil
        var wait: Duration?
        if isWanted {
            let chosen = backoff.wait(after: end, subscribedFor: subscribedFor, using: &random)
            state = .waiting(shared.eventLoop.scheduleTask(in: TimeAmount(chosen)) { self.open() })
            wait = chosen
        }
        log(end, wait)
        change(.down(end, lastMessageAt: lastMessageAt, retryIn: wait))
        if case .idle = state { ended?.succeed() }
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
        log(report)
        switch report {
        case .authenticated(let plan):
            change(.authenticated(plan))
            feed?.apply(plan)
        case .subscribed(let keys, let refused):
            if subscribedAt == nil { subscribedAt = now }
            let missing = refused + shared.session.keys.filter { leftOut[$0] != nil && !refused.contains($0) }
            suspects = Set(missing)
            change(.subscribed(keys: keys, refused: missing))
        case .keysRefused(let keys, _):
            suspects.formUnion(keys)
        case .keyRefused(let key, let reason):
            suspects.insert(key)
            refusedHere.insert(key)
            change(.keyRefused(key, reason: reason))
        case .rateLimited, .serverError, .unexpected: break
        }
    }

    private func schedule() {
        guard let deadline = session.nextDeadline else { return cancelTimer() }
        // A timer that comes too early looks again: cheaper than a new one for each message.
        if let timer, timer.at <= deadline { return }
        cancelTimer()
        let wait = max(deadline - shared.clock.now, .zero)
        let task = shared.eventLoop.scheduleTask(in: TimeAmount(wait)) {
            self.timer = nil
            let now = self.shared.clock.now
            self.perform(self.session.tick(now: now), at: now)
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
        guard let last = session.lastMessageAt, last != toldOf else { return }
        toldOf = last
        shared.vitals.heard(at: last)
        shared.sink.heard(connection: number, at: last)
    }

    private func flush() {
        guard !batch.isEmpty else { return }
        shared.sink.received(batch)
        batch.removeAll(keepingCapacity: true)
    }

    private func log(_ report: SessionReport) {
        switch report {
        case .authenticated(let plan):
            logger.info("Feed accepted the API key", metadata: ["plan": "\(plan.name)"])
        case .subscribed(let keys, let refused):
            logger.info("Feed subscribed", metadata: ["keys": "\(keys)", "refused": "\(refused.count)"])
        case .keysRefused(let keys, let reason):
            logger.warning(
                "Feed refused a subscription of several keys; they are tried one by one",
                metadata: ["keys": "\(keys.count)", "reason": "\(reason)"])
        case .keyRefused(let key, let reason):
            logger.error("Feed refused a subscription key", metadata: ["key": "\(key)", "reason": "\(reason)"])
        case .rateLimited(let pause):
            logger.warning("Feed asks for fewer messages", metadata: ["pause": "\(pause)"])
        case .serverError(let code, let message):
            logger.warning("Feed reports an error", metadata: ["code": "\(code)", "message": "\(message)"])
        case .unexpected(let type):
            logger.notice("Feed sent a message that nothing had asked for", metadata: ["type": "\(type)"])
        }
    }

    private func log(_ end: ConnectionEnd, _ wait: Duration?) {
        var metadata: Logger.Metadata = ["reason": "\(end)"]
        if let wait { metadata["retryIn"] = "\(wait)" }
        switch end {
        case .stopped, .surplus, .unneeded: logger.info("Connection closed", metadata: metadata)
        case .authenticationFailed, .noKeyAccepted: logger.error("Connection lost", metadata: metadata)
        default: logger.warning("Connection lost", metadata: metadata)
        }
    }
}

extension FeedConnection: WebSocketOwner {
    func received(_ message: [UInt8]) {
        let now = beginRead()
        perform(session.received(message, now: now), at: now)
    }

    func receivedOversized(size: Int, beginning: [UInt8]) {
        let now = beginRead()
        perform(session.receivedTooLarge(size: size, beginning: beginning, now: now), at: now)
    }

    func readCompleted() {
        session.heard(now: beginRead())
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
