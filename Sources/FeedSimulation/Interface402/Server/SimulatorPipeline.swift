import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Takes a connection from HTTP to WebSocket, or refuses it.
enum SimulatorPipeline {
    /// The longest frame and message taken from a client, over the longest that a session reads.
    private static let maxFrameSize = 2 << 20
    /// The most frames of one message.
    private static let maxFragments = 1024

    static func configure(
        _ channel: any Channel, for core: NIOLoopBound<SimulatorCore>, _ faults: SimulatorFaults
    ) -> EventLoopFuture<Void> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            maxFrameSize: maxFrameSize,
            shouldUpgrade: { channel, _ in
                guard faults.refusedUpgrade == nil else { return channel.eventLoop.makeSucceededFuture(nil) }
                return channel.eventLoop.scheduleTask(in: TimeAmount(faults.handshakeDelay)) { HTTPHeaders() }
                    .futureResult
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: maxFragments,
                            maxAccumulatedFrameSize: maxFrameSize),
                        ClientConnection(channel: channel, core: core.value),
                    ])
                }
            })
        let refusal = HTTPResponseStatus(statusCode: faults.refusedUpgrade ?? 426)
        let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Void>(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(UpgradeRefusal(status: refusal))
                }
            })
        return channel.eventLoop.makeCompletedFuture {
            _ = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade))
        }
    }
}

/// Answers whatever is no WebSocket upgrade, or one that is to be refused, and ends the connection.
private final class UpgradeRefusal: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let status: HTTPResponseStatus

    init(status: HTTPResponseStatus) {
        self.status = status
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let text = "A simulated x402 feed: connect with a WebSocket client.\n"
        let headers: HTTPHeaders = [
            "content-type": "text/plain", "content-length": "\(text.utf8.count)", "connection": "close",
            "upgrade": "websocket",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        let end = context.eventLoop.makePromise(of: Void.self)
        end.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: end)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
