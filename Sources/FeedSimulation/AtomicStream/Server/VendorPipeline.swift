import NIOCore
import NIOHTTP1
import NIOWebSocket
import RelayModel
import X402Payments

/// Takes a connection of the simulated vendor: HTTP requests one after another, or a WebSocket.
enum VendorPipeline {
    /// The longest frame and message taken from a client, over the longest that a session reads.
    private static let maxFrameSize = 2 << 20
    /// The most frames of one message.
    private static let maxFragments = 1024

    static func configure(_ channel: any Channel, for core: NIOLoopBound<AtomicStreamCore>) -> EventLoopFuture<Void> {
        guard core.value.open() else { return channel.close() }
        channel.closeFuture.whenComplete { _ in core.value.closed() }
        let patience = RequestPatience(channel, core.value.options.requestTime)
        let keeper = HeadKeeper()
        let bound = NIOLoopBound((patience: patience, keeper: keeper), eventLoop: channel.eventLoop)
        let delay = TimeAmount(core.value.options.faults.sending.handshakeDelay)
        let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            maxFrameSize: maxFrameSize,
            shouldUpgrade: { channel, head in
                guard core.value.admits(VendorRequest(head)) else {
                    return channel.eventLoop.makeSucceededFuture(nil)
                }
                return channel.eventLoop.scheduleTask(in: delay) { HTTPHeaders() }.futureResult
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    bound.value.patience.end()
                    channel.pipeline.syncOperations.removeHandler(bound.value.keeper, promise: nil)
                    guard let session = core.value.session(for: VendorRequest(head)) else {
                        return channel.close(promise: nil)
                    }
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: maxFragments,
                            maxAccumulatedFrameSize: maxFrameSize),
                        StreamConnection(channel: channel, core: core.value, session: session),
                    ])
                }
            })
        let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Void>(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (patience, keeper) = bound.value
                    try channel.pipeline.syncOperations.addHandler(
                        VendorRequestHandler(core.value, patience, keeper))
                }
            })
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            var configuration = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade)
            // Past what is refused with 431, so that only what never ends is cut off by the decoder.
            configuration.decoderConfiguration.maxHeaderListSize = 2 * VendorRequest.maxHeaders
            configuration.decoderConfiguration.maxHeaderFieldSize = 2 * VendorRequest.maxHeaders
            _ = try pipeline.configureUpgradableHTTPServerPipeline(configuration: configuration)
            try pipeline.addHandler(
                keeper, position: .before(try pipeline.handler(type: NIOTypedHTTPServerUpgradeHandler<Void>.self)))
        }
    }
}

extension VendorRequest {
    init(_ head: HTTPRequestHead, body: [UInt8] = []) {
        self.init(
            method: head.method.rawValue, uri: head.uri, headers: head.headers.map { HTTPField($0.name, $0.value) },
            body: body)
    }
}

/// Ends a connection on which no whole request comes in time; touched on its event loop only.
final class RequestPatience {
    private let channel: any Channel
    private let time: TimeAmount
    private var deadline: Scheduled<Void>?

    init(_ channel: any Channel, _ time: Duration) {
        self.channel = channel
        self.time = TimeAmount(time)
        begin()
    }

    /// The next request may take the whole time.
    func begin() {
        deadline?.cancel()
        let channel = channel
        deadline = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    /// No further request is waited for.
    func end() {
        deadline?.cancel()
        deadline = nil
    }
}

/// Remembers the head of the request that came last: of one that asks for an upgrade and does not get it NIO hands on
/// only the end.
private final class HeadKeeper: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private(set) var head: HTTPRequestHead?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { self.head = head }
        context.fireChannelRead(data)
    }

    /// What is no HTTP was answered with 400 by NIO's own handler, which leaves the closing to others.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// Collects a request, within bounds, and has the vendor answer it.
private final class VendorRequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let core: AtomicStreamCore
    private let patience: RequestPatience
    private let keeper: HeadKeeper
    private var body: [UInt8] = []
    private var isRefused = false

    init(_ core: AtomicStreamCore, _ patience: RequestPatience, _ keeper: HeadKeeper) {
        self.core = core
        self.patience = patience
        self.keeper = keeper
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            body = []
            let size = head.headers.reduce(head.uri.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            if size > VendorRequest.maxHeaders {
                refuse(
                    .error(431, "the headers have \(size) bytes, at most \(VendorRequest.maxHeaders) are read"), context
                )
            }
        case .body(let part):
            guard body.count + part.readableBytes <= VendorRequest.maxBody else {
                return refuse(.error(413, "the body has more than \(VendorRequest.maxBody) bytes"), context)
            }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head = keeper.head else { return }
            let answer = core.answer(VendorRequest(head, body: body))
            body = []
            guard !answer.isLost else { return context.close(promise: nil) }
            write(answer, isLast: !head.isKeepAlive, context)
        }
    }

    private func refuse(_ answer: VendorAnswer, _ context: ChannelHandlerContext) {
        isRefused = true
        write(answer, isLast: true, context)
    }

    private func write(_ answer: VendorAnswer, isLast: Bool, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
        headers.add(name: "content-length", value: "\(answer.body.count)")
        if isLast { headers.add(name: "connection", value: "close") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        let end = context.eventLoop.makePromise(of: Void.self)
        if isLast { end.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: end)
        patience.begin()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
