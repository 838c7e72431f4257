import NIOCore
import NIOWebSocket
import RelayModel

/// One client's WebSocket: frames in and out, the session that decides and the faults that befall it.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let socket: ServedSocket
    private let core: SimulatorCore
    private var session: ClientSession
    private var faults = FaultSchedule(SimulatorFaults(), seed: 0)
    /// Given by the core when the connection is up.
    private(set) var number = 0
    /// When it first asked for events.
    private(set) var subscribedAt: NIODeadline?
    private var sent = 0
    private var isSilent = false

    init(channel: any Channel, core: SimulatorCore) {
        socket = ServedSocket(channel)
        self.core = core
        session = ClientSession(core.options)
    }

    /// Whether events are due to this client at all.
    var takesEvents: Bool { session.isSubscribed && !isSilent && !socket.isClosing }
    /// Whether what it was sent before is on its way.
    var isWritable: Bool { socket.isWritable }

    // MARK: Out

    /// Writes `event` in each of the client's views of it, with the faults that are due; says whether there was any view.
    ///
    /// Nothing leaves before `flush()`.
    func write(_ event: SimulatedEvent) -> Bool {
        var isWanted = false
        for view in session.views(of: event) where takesEvents {
            isWanted = true
            write(event.bytes(view), faults.next())
        }
        return isWanted
    }

    private func write(_ payload: [UInt8], _ step: FaultSchedule.Step) {
        if let frame = step.before { writeText(frame.bytes, promise: nil) }
        for _ in 0..<step.copies {
            sent += 1
            guard let onEvent = core.observer.onEvent else {
                writeText(payload, promise: nil)
                continue
            }
            let written = socket.eventLoop.makePromise(of: Void.self)
            let (client, clock) = (number, core.clock)
            written.futureResult.whenSuccess { onEvent(SentEvent(client: client, bytes: payload, at: clock.now)) }
            writeText(payload, promise: written)
        }
        switch step.after {
        case .drop:
            flush()
            drop()
        case .silence:
            isSilent = true
        case nil:
            break
        }
    }

    func writeText(_ payload: [UInt8], promise: EventLoopPromise<Void>?) {
        socket.writeText(payload, promise: promise)
    }

    func flush() {
        socket.flush()
    }

    /// Ends the connection without a close frame.
    func drop() {
        socket.drop()
    }

    /// Begins the close handshake.
    func close(_ code: UInt16) {
        socket.close(code)
    }

    /// When the connection has ended.
    var end: EventLoopFuture<Void> { socket.end }

    // MARK: In

    func handlerAdded(context: ChannelHandlerContext) {
        guard let given = core.add(self) else {
            act(on: ClientSession.refusal)
            return
        }
        number = given
        faults = FaultSchedule(core.options.faults, seed: core.options.seed &+ UInt64(given))
        core.observer.onChange?(.connected(client: given))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isSilent else { return }
        switch frame.opcode {
        case .text:
            guard !socket.isClosing else { return }
            act(on: session.receive(Array(frame.unmaskedData.readableBytesView), at: core.clock.now))
            core.wake()
        case .ping:
            socket.pong(frame.unmaskedData)
        case .connectionClose:
            socket.answerClose(frame.unmaskedData)
        case .binary:
            close(1003)
        default:
            break
        }
    }

    private func act(on answers: [SessionAnswer]) {
        for answer in answers {
            if let bytes = answer.bytes(at: core.clock.now) { writeText(bytes, promise: nil) }
            switch answer {
            case .authenticated: core.observer.onChange?(.authenticated(client: number))
            case .subscribed(let keys):
                if subscribedAt == nil { subscribedAt = .now() }
                core.observer.onChange?(.subscribed(client: number, keys: keys))
            case .unsubscribed(let keys): core.observer.onChange?(.unsubscribed(client: number, keys: keys))
            case .error(let code): core.observer.onChange?(.refused(client: number, code))
            case .close(let code): close(code)
            case .pong: break
            }
        }
        flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if socket.isWritable { core.wake() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket.hasEnded()
        core.remove(self)
        if number > 0 { core.observer.onChange?(.disconnected(client: number, sent: sent)) }
        context.fireChannelInactive()
    }

    /// A protocol error of the client, or a connection that broke: `channelInactive` follows.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        drop()
    }
}
