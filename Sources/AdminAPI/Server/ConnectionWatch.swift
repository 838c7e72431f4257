import NIOCore
import NIOHTTP1

/// Ends a connection that keeps the server waiting: for a request, for the rest of one, or to take an answer.
///
/// A stream of events may last as long as its client takes what comes: it is each piece that may not wait. Whoever ends their
/// side of one has left; there is no other sign of it while nothing is sent.
///
/// It also ends one after an answer that says so, in two steps: no more is sent, what still comes is dropped, and only then, or
/// after `linger`, it closes. A close at once would reset it, and the client might never see the answer.
final class ConnectionWatch: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connections: Connections
    private let patience: TimeAmount
    private let linger: TimeAmount
    private var deadline: Scheduled<Void>?
    /// Requests that came, whole or not, and whose answers have not ended.
    private var unanswered = 0
    private var isReadingRequest = false
    private var isWritingAnswer = false
    /// A request that came says that it is the connection's last; what follows it is dropped.
    private var hasLastRequest = false
    private var dropsRequests = false
    /// The answer that is being written is the connection's last.
    private var isLastAnswer = false
    private var isEnding = false
    /// The answer that is being written is a stream.
    private var isStreaming = false
    /// Pieces of the stream that the client has not taken yet.
    private var untaken = 0
    private var isStreamEmpty = true
    private var isInputClosed = false

    init(_ connections: Connections, patience: Duration, linger: Duration) {
        self.connections = connections
        self.patience = .init(patience)
        self.linger = .init(linger)
    }

    /// Adds one behind the parser of a channel that speaks HTTP; on its event loop.
    static func add(to channel: any Channel, of connections: Connections, _ limits: AdminLimits) throws {
        let pipeline = channel.pipeline.syncOperations
        let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(
            ConnectionWatch(connections, patience: limits.patience, linger: limits.linger), position: .after(parser))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { wait(patience, context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopWaiting()
    }

    func channelActive(context: ChannelHandlerContext) {
        wait(patience, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopWaiting()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isEnding || dropsRequests { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard !hasLastRequest else {
                dropsRequests = true
                return
            }
            unanswered += 1
            isReadingRequest = true
            hasLastRequest = !head.isKeepAlive
            if unanswered == 1 {
                wait(patience, context)
                connections.set(context.channel, isAtWork: true)
            }
        case .body:
            break
        case .end:
            isReadingRequest = false
            if unanswered > 0, !isWritingAnswer { stopWaiting() }
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            isInputClosed = true
            if isStreaming { return context.close(promise: nil) }
        }
        // The end of a stream would wait behind what the client does not take.
        if event is ChannelShouldQuiesceEvent, isStreaming, untaken > 0 { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            isWritingAnswer = true
            wait(patience, context)
            isLastAnswer =
                hasLastRequest && unanswered == 1 || head.headers[canonicalForm: "connection"].contains("close")
            if isLastAnswer { head.headers.replaceOrAdd(name: "connection", value: "close") }
            isStreaming = head.headers.first(name: "content-type") == LiveFrames.contentType
            isStreamEmpty = true
            if !isStreaming { connections.set(context.channel, isAtWork: false) }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            if isStreaming, isInputClosed { context.close(promise: nil) }
        case .body:
            context.write(data, promise: isStreaming ? pieceTaken(context, promise) : promise)
        case .end:
            // The answer to HEAD has no chunks, not even the last; the encoder knows nothing of methods.
            let hasNoEnd = isStreaming && isStreamEmpty
            if isStreaming { wait(patience, context) }
            isStreaming = false
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in self.answerEnded(context) }
            context.write(hasNoEnd ? wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))) : data, promise: written)
        }
    }

    /// The promise of a piece of a stream, with which the waiting ends or begins anew.
    private func pieceTaken(
        _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) -> EventLoopPromise<Void> {
        isStreamEmpty = false
        untaken += 1
        if untaken == 1 { wait(patience, context) }
        let taken = promise ?? context.eventLoop.makePromise(of: Void.self)
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.untaken -= 1
            guard context.channel.isActive else { return }
            if self.untaken > 0 || !self.isStreaming { self.wait(self.patience, context) } else { self.stopWaiting() }
        }
        return taken
    }

    private func answerEnded(_ context: ChannelHandlerContext) {
        guard context.channel.isActive, !isEnding else { return }
        isWritingAnswer = false
        unanswered -= 1
        connections.set(context.channel, isAtWork: unanswered > 0 && !isLastAnswer)
        if isLastAnswer {
            isEnding = true
            wait(linger, context)
            context.close(mode: .output, promise: nil)
        } else if unanswered <= 0 || (unanswered == 1 && isReadingRequest) {
            wait(patience, context)
        } else {
            stopWaiting()
        }
    }

    private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        stopWaiting()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }

    private func stopWaiting() {
        deadline?.cancel()
        deadline = nil
    }
}
