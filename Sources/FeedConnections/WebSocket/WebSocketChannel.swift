import FeedProtocols
import NIOCore
import NIOWebSocket
import RelayModel

/// What the owner of an open WebSocket is told, on its event loop.
protocol WebSocketOwner: AnyObject {
    /// One whole message.
    func received(_ message: [UInt8])
    func receivedOversized(size: Int, beginning: [UInt8])
    /// All that one read of the socket brought was handed on; it may have been a part of a message only.
    func readCompleted()
    /// The peer answered the close that this side began: all that it had sent has come.
    func closeAnswered()
    /// The connection is gone; called once, last.
    func ended(_ end: ConnectionEnd)
}

/// One open WebSocket, from the client's side (RFC 6455): messages in both directions, pings answered, closed in order.
///
/// Lives on the channel's event loop.
final class WebSocketChannel: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// How long the peer may take over its part of closing.
    static let closeTimeout: TimeAmount = .seconds(2)

    /// Those of the last few slices of a paid feed.
    private static let maxSecrets = 16

    private enum State {
        case open
        /// A close frame was sent. `deliversMessages` unless the peer broke the protocol: what it still sends counts.
        case closing(ConnectionEnd, deliversMessages: Bool)
        /// Kept for an owner that comes late: the connection may end before it is attached.
        case closed(ConnectionEnd)
    }

    private var state = State.open
    private var assembler: MessageAssembler
    private var context: ChannelHandlerContext?
    private weak var owner: (any WebSocketOwner)?
    private var secrets: [Secret]
    private let eventLoop: any EventLoop
    private var isReading = true
    private var lastError: String?

    /// `hiding` is kept out of what the peer's close frame says.
    init(keepLimit: Int, hiding secrets: [Secret], eventLoop: any EventLoop) {
        assembler = MessageAssembler(keepLimit: keepLimit)
        self.secrets = secrets
        self.eventLoop = eventLoop
    }

    /// From here on the owner is told what comes.
    ///
    /// Before the first frame is read, or it is lost. A connection that is gone already says so on the next tick.
    func attach(_ owner: any WebSocketOwner) {
        self.owner = owner
        if case .closed = state { reportLater() }
    }

    /// Keeps these too out of what the peer's close frame says; the oldest of many are given up.
    func hide(_ more: [Secret]) {
        secrets = (secrets + more).suffix(Self.maxSecrets)
    }

    /// Sends one text message.
    func send(_ text: [UInt8]) {
        guard case .open = state, let context else { return }
        write(.text, ByteBuffer(bytes: text), context)
    }

    /// Stops or goes on issuing reads.
    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        // Fails only on a channel that is gone.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    /// Begins to close; `ended` follows with `end`, or with the end that had begun before.
    func close(because end: ConnectionEnd, awaitsPeer: Bool = true) {
        if case .closed = state { return reportLater() }
        guard case .open = state, let context else { return }
        let code: WebSocketErrorCode =
            switch end {
            case .protocolError: .protocolError
            case .messageTooLarge: .messageTooLarge
            default: .normalClosure
            }
        state = .closing(end, deliversMessages: code == .normalClosure)
        var payload = ByteBuffer()
        payload.write(webSocketErrorCode: code)
        write(.connectionClose, payload, context)
        // What is not read cannot bring the peer's answer.
        finish(context, awaitsPeer: awaitsPeer && isReading)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // Added to a channel that had gone inactive, it hears of no other end.
        closed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let outcome = assembler.take(Self.unwrapInboundIn(data))
        if case .closing(_, let deliversMessages) = state {
            switch outcome {
            case .message, .oversized: if !deliversMessages { return }
            case .close:
                if deliversMessages { owner?.closeAnswered() }
                return context.close(promise: nil)
            case .tooLarge, .violation: return context.close(promise: nil)
            case .nothing, .ping: return
            }
        }
        switch outcome {
        case .nothing: break
        case .message(let bytes): owner?.received(bytes)
        case .oversized(let size, let beginning): owner?.receivedOversized(size: size, beginning: beginning)
        case .ping(let data):
            // A peer that pings without reading would fill the memory with pongs.
            if context.channel.isWritable { write(.pong, data, context) }
        case .tooLarge: close(because: .messageTooLarge(limit: MessageAssembler.readLimit))
        case .violation(let text): close(because: .protocolError(text))
        case .close(let code, let reason): closedByPeer(code, reason, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        owner?.readCompleted()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            close(because: .messageTooLarge(limit: MessageAssembler.readLimit))
        case let error as NIOWebSocketError:
            close(because: .protocolError("\(error)"))
        default:
            if lastError == nil { lastError = ChannelFault.text(error) }
            // A TLS peer that left without saying so is an ordinary end, which follows by itself; so does any other.
            if case .open = state { context.close(promise: nil) }
        }
    }

    /// The peer closes: its code goes back to it, and the connection ends.
    private func closedByPeer(_ code: Int?, _ reason: [UInt8], _ context: ChannelHandlerContext) {
        let text = Excerpt.of(reason, hiding: secrets)
        state = .closing(.closedByServer(code: code, reason: text), deliversMessages: false)
        var payload = ByteBuffer()
        if let code { payload.write(webSocketErrorCode: WebSocketErrorCode(codeNumber: code)) }
        write(.connectionClose, payload, context)
        finish(context, awaitsPeer: false)
    }

    /// The channel is gone.
    private func closed() {
        switch state {
        case .open: state = .closed(.dropped(lastError ?? "it ended without a close frame"))
        case .closing(let end, _): state = .closed(end)
        case .closed: return
        }
        report()
    }

    /// Tells the owner of the end, once.
    private func report() {
        guard case .closed(let end) = state, let owner else { return }
        self.owner = nil
        owner.ended(end)
    }

    /// Not from inside a call of the owner, which has yet to finish what it does with an open connection.
    private func reportLater() {
        eventLoop.assumeIsolated().execute { self.report() }
    }

    private func finish(_ context: ChannelHandlerContext, awaitsPeer: Bool) {
        guard awaitsPeer else { return context.close(promise: nil) }
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.closeTimeout) { channel.close(promise: nil) }
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
    }
}
