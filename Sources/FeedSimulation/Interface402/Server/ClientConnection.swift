import NIOCore
import NIOWebSocket
import RelayModel

/// One client's WebSocket: frames in and out, the session that decides and the faults that befall it.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let channel: any Channel
    private let core: SimulatorCore
    private var session: ClientSession
    private var faults = FaultSchedule(SimulatorFaults(), seed: 0)
    /// Given by the core when the connection is up.
    private(set) var number = 0
    /// When it first asked for events.
    private(set) var subscribedAt: NIODeadline?
    private var sent = 0
    private var isSilent = false
    private var isClosing = false

    init(channel: any Channel, core: SimulatorCore) {
        self.channel = channel
        self.core = core
        session = ClientSession(core.options)
    }

    /// Whether events are due to this client at all.
    var takesEvents: Bool { session.isSubscribed && !isSilent && !isClosing }
    /// Whether what it was sent before is on its way.
    var isWritable: Bool { channel.isWritable }

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
            let written = channel.eventLoop.makePromise(of: Void.self)
            let (client, clock) = (number, core.clock)
            written.futureResult.whenSuccess { onEvent(SentEvent(client: client, bytes: payload, at: clock.now)) }
            writeText(payload, promise: written)
        }
        switch step.after {
        case .drop:
            channel.flush()
            drop()
        case .silence:
            isSilent = true
        case nil:
            break
        }
    }

    func writeText(_ payload: [UInt8], promise: EventLoopPromise<Void>?) {
        channel.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: payload)), promise: promise)
    }

    func flush() {
        channel.flush()
    }

    /// Ends the connection without a close frame.
    func drop() {
        isClosing = true
        channel.close(promise: nil)
    }

    /// Begins the close handshake; the connection ends with the client's answer, or after a second without one.
    func close(_ code: UInt16) {
        guard !isClosing else { return }
        isClosing = true
        var data = ByteBuffer()
        data.writeInteger(code)
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data), promise: nil)
        let channel = channel
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in deadline.cancel() }
    }

    /// When the connection has ended.
    var end: EventLoopFuture<Void> { channel.closeFuture }

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
            guard !isClosing else { return }
            act(on: session.receive(Array(frame.unmaskedData.readableBytesView), at: core.clock.now))
            core.wake()
        case .ping:
            channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData), promise: nil)
        case .connectionClose:
            answerClose(frame.unmaskedData)
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
        channel.flush()
    }

    private func answerClose(_ reason: ByteBuffer) {
        if isClosing {
            channel.close(promise: nil)
            return
        }
        isClosing = true
        let channel = channel
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: reason)).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if channel.isWritable { core.wake() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        core.remove(self)
        if number > 0 { core.observer.onChange?(.disconnected(client: number, sent: sent)) }
        context.fireChannelInactive()
    }

    /// A protocol error of the client, or a connection that broke: `channelInactive` follows.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        channel.close(promise: nil)
    }
}
