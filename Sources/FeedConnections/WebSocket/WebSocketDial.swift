import DeliveryPlanning
import FeedProtocols
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import RelayModel

/// One attempt to open a WebSocket: DNS, TCP, TLS and the upgrade under one deadline.
///
/// `@unchecked Sendable`: everything happens on its event loop.
final class WebSocketDial: @unchecked Sendable {
    struct Target: Sendable {
        var url: WebSocketURL
        /// Nil for `ws://`.
        var tls: FeedTLS?
        var timeout: Duration
    }

    private enum Upgrade: Sendable {
        case accepted
        /// Its status follows, by the handler that was added.
        case refused
    }

    private let target: Target
    private let eventLoop: any EventLoop
    private let webSocket: WebSocketChannel
    private var completion: ((Result<WebSocketChannel, ConnectionEnd>) -> Void)?
    private var channel: (any Channel)?
    private var deadline: Scheduled<Void>?

    /// `webSocket` is put into the pipeline once the server has agreed.
    init(_ target: Target, webSocket: WebSocketChannel, eventLoop: any EventLoop) {
        self.target = target
        self.webSocket = webSocket
        self.eventLoop = eventLoop
    }

    /// Begins.
    ///
    /// `completion` is called once, before the first frame is read, unless the attempt is cancelled.
    func start(completion: @escaping (Result<WebSocketChannel, ConnectionEnd>) -> Void) {
        eventLoop.preconditionInEventLoop()
        self.completion = completion
        let limit = TimeAmount(target.timeout)
        deadline = eventLoop.scheduleTask(in: limit) { self.finish(.failure(.connectTimeout(self.target.timeout))) }
        ClientBootstrap(group: eventLoop)
            .connectTimeout(limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: target.url.host, port: target.url.port)
            .whenComplete { result in
                switch result {
                case .success(let channel): self.connected(channel)
                case .failure(let error): self.fail(error)
                }
            }
    }

    /// Gives up, without a word to the completion.
    func cancel() {
        completion = nil
        finish(.failure(.stopped))
    }

    private func connected(_ channel: any Channel) {
        // The deadline may have passed while the name was being resolved.
        guard completion != nil else { return channel.close(promise: nil) }
        self.channel = channel
        do {
            if let tls = target.tls {
                let handler = try NIOSSLClientHandler(context: tls.context, serverHostname: target.url.serverName)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
            try upgrade(channel).whenComplete { result in
                switch result {
                case .success(.accepted): self.finish(.success(self.webSocket))
                case .success(.refused): break
                case .failure(let error): self.fail(error)
                }
            }
        } catch {
            fail(error)
        }
    }

    private func upgrade(_ channel: any Channel) throws -> EventLoopFuture<Upgrade> {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target.url.target.revealed)
        head.headers.add(name: "Host", value: target.url.hostHeader)
        head.headers.add(name: "User-Agent", value: RelayVersion.userAgent)
        let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(
            maxFrameSize: MessageAssembler.readLimit, enableAutomaticErrorHandling: false
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(self.webSocket)
                return .accepted
            }
        }
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Upgrade>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    UpgradeRefusal { self.finish(.failure(.upgradeRefused(status: $0, retryAfter: $1))) })
                return .refused
            }
        }
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
        // The default drops frames that come in one read with the 101.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }

    private func fail(_ error: any Error) {
        finish(.failure(.unreachable(ChannelFault.text(error))))
    }

    private func finish(_ result: Result<WebSocketChannel, ConnectionEnd>) {
        deadline?.cancel()
        deadline = nil
        if case .failure = result { channel?.close(promise: nil) }
        channel = nil
        let completion = completion
        self.completion = nil
        completion?(result)
    }
}

/// Hears the status of a server that did not switch protocols.
private final class UpgradeRefusal: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let report: (Int, Duration?) -> Void

    init(report: @escaping (Int, Duration?) -> Void) {
        self.report = report
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = Self.unwrapInboundIn(data) else { return }
        let wait = head.headers.first(name: "retry-after").flatMap { RetryAfter($0, end: RelayClock.wallTime)?.wait }
        report(Int(head.status.code), wait)
    }
}
