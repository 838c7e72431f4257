import NIOCore
import NIOWebSocket
import RelayModel

/// One client's WebSocket to a stream: frames in and out, the session that decides and the faults that befall it.
final class StreamConnection: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let socket: ServedSocket
    private let core: AtomicStreamCore
    private(set) var session: StreamSession
    private var faults: FaultSchedule
    /// When it first got an event.
    private(set) var servedSince: NIODeadline?
    private var sent = 0
    private var isSilent = false
    private var alarm: Scheduled<Void>?

    init(channel: any Channel, core: AtomicStreamCore, session: StreamSession) {
        socket = ServedSocket(channel)
        self.core = core
        self.session = session
        faults = FaultSchedule(core.options.faults.sending, seed: core.options.seed &+ UInt64(session.client))
    }

    var stream: String { session.path.stream }
    /// Whether events are due to this client at all.
    var takesEvents: Bool { session.takesEvents && !isSilent && !socket.isClosing }
    var isWritable: Bool { socket.isWritable }
    var end: EventLoopFuture<Void> { socket.end }

    // MARK: Out

    /// Writes `event` as this client wants it, with the faults that are due; says whether it is of interest to it.
    ///
    /// Nothing leaves before `flush()`.
    func write(_ event: StreamEvent) -> Bool {
        guard takesEvents, let payload = event.bytes(session.options, session.lists) else { return false }
        if servedSince == nil { servedSince = .now() }
        let step = faults.next()
        if let frame = step.before { socket.writeText(frame.bytes) }
        for _ in 0..<step.copies { write(payload) }
        switch step.after {
        case .drop:
            flush()
            drop()
        case .silence: isSilent = true
        case nil: break
        }
        return true
    }

    private func write(_ payload: [UInt8]) {
        sent += 1
        core.vendor.totals.events += 1
        guard let onEvent = core.observer.onEvent else { return socket.writeText(payload) }
        let written = socket.eventLoop.makePromise(of: Void.self)
        let (client, clock) = (session.client, core.clock)
        written.futureResult.whenSuccess { onEvent(SentEvent(client: client, bytes: payload, at: clock.now)) }
        socket.writeText(payload, promise: written)
    }

    func sendText(_ payload: [UInt8]) {
        socket.writeText(payload)
        flush()
    }

    func flush() {
        socket.flush()
    }

    func drop() {
        socket.drop()
    }

    func close(_ code: UInt16) {
        socket.close(code)
    }

    private func perform(_ answers: [StreamSession.Answer]) {
        for answer in answers where !socket.isClosing {
            switch answer {
            case .text(let bytes): if !isSilent { socket.writeText(bytes) }
            case .close(let code):
                flush()
                close(code)
            case .drop: drop()
            }
        }
        flush()
        setAlarm()
    }

    // MARK: In

    func handlerAdded(context: ChannelHandlerContext) {
        core.add(self)
        perform(session.greet(&core.vendor, at: core.now))
        core.settleUp()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isSilent else { return }
        switch frame.opcode {
        case .text:
            guard !socket.isClosing else { return }
            let lists = session.lists
            let answers = session.receive(Array(frame.unmaskedData.readableBytesView), &core.vendor, at: core.now)
            if session.lists != lists { core.watchListsChanged(of: stream) }
            perform(answers)
            core.settleUp()
        case .ping: socket.pong(frame.unmaskedData)
        case .connectionClose: socket.answerClose(frame.unmaskedData)
        case .binary: close(1003)
        default: break
        }
    }

    /// Looks whether the time has brought something: a reminder, the end of the slice, or that somebody paid for it.
    func tick() {
        guard !socket.isClosing else { return }
        perform(session.tick(&core.vendor, at: core.now))
        core.settleUp()
    }

    private func setAlarm() {
        alarm?.cancel()
        guard !socket.isClosing, let deadline = session.nextDeadline(core.vendor) else { return }
        let wait = max(1, (deadline - core.now).wholeMilliseconds)
        alarm = socket.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(wait)) { self.tick() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if socket.isWritable { core.wake() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket.hasEnded()
        alarm?.cancel()
        core.remove(self, sent: sent)
        context.fireChannelInactive()
    }

    /// A protocol error of the client, or a connection that broke: `channelInactive` follows.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        drop()
    }
}
