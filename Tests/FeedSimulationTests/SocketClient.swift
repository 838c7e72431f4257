import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A WebSocket client of a simulated feed that reads only when asked to.
enum SocketClient {
    private typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private enum Upgrade {
        case accepted(Socket)
        case refused
    }

    struct Refused: Error {}

    /// Connects, hands a client to `body` and closes the connection after it.
    static func connect<Result: Sendable>(
        to port: Int, _ uri: String = "/api/data", _ body: (inout Conversation) async throws -> Result
    ) async throws -> Result {
        let upgrade: EventLoopFuture<Upgrade> = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            // A small buffer, so that a client that does not read is felt early.
            .channelOption(.socketOption(.so_rcvbuf), value: 32 << 10)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(maxFrameSize: 32 << 20) { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            .accepted(try Socket(wrappingChannelSynchronously: channel))
                        }
                    }
                    var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: uri)
                    head.headers = ["host": "127.0.0.1:\(port)"]
                    var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(
                        upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                            upgradeRequestHead: head, upgraders: [upgrader],
                            notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(.refused) }))
                    // Frames can arrive in one read with the answer to the upgrade.
                    pipeline.leftOverBytesStrategy = .forwardBytes
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: pipeline)
                }
            }
        guard case .accepted(let socket) = try await upgrade.get() else { throw Refused() }
        return try await socket.executeThenClose { inbound, outbound in
            var conversation = Conversation(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&conversation)
        }
    }

    /// One client's talk with the feed, message by message.
    struct Conversation {
        var inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
        let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

        func say(_ text: String) async throws {
            try await outbound.write(
                WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text)))
        }

        func subscribe(_ keys: String...) async throws {
            let list = keys.map { "\"\($0)\"" }.joined(separator: ",")
            try await say("{\"method\":\"subscribe\",\"keys\":[\(list)]}")
        }

        /// The next message's text, `close CODE` for a close frame; nil at the end.
        mutating func next() async throws -> String? {
            guard let frame = try? await inbound.next(isolation: #isolation) else { return nil }
            guard frame.opcode == .connectionClose else { return String(buffer: frame.unmaskedData) }
            var code = frame.unmaskedData
            return "close \(code.readInteger(as: UInt16.self) ?? 0)"
        }

        mutating func next(_ count: Int) async throws -> [String] {
            var texts: [String] = []
            while texts.count < count, let text = try await next() { texts.append(text) }
            return texts
        }

        /// Everything up to the end.
        mutating func rest() async throws -> [String] {
            var texts: [String] = []
            while let text = try await next() { texts.append(text) }
            return texts
        }
    }
}
