import NIOCore
import NIOPosix
import Synchronization

/// A client of the live events.
final class EventClient: Sendable {
    enum Address {
        case port(Int)
        case socket(String)
    }

    private let channel: any Channel
    private let collector: Collector

    private init(channel: any Channel, collector: Collector) {
        self.channel = channel
        self.collector = collector
    }

    /// Connects and asks; one that does not read takes next to nothing into its kernel either.
    static func open(
        _ address: Address, headers: [String] = [], isReading: Bool = true
    ) async throws -> EventClient {
        let collector = Collector()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: isReading)
            .channelInitializer { $0.pipeline.addHandler(collector) }
        if !isReading { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 4096) }
        let channel: any Channel
        var lines = ["GET /api/v1/events HTTP/1.1"]
        switch address {
        case .port(let port):
            channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
            lines.append("Host: 127.0.0.1:\(port)")
        case .socket(let path):
            channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
            lines.append("Host: relay")
        }
        lines += headers
        try await channel.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n"))
        return EventClient(channel: channel, collector: collector)
    }

    /// As `open`, once the stream has begun.
    static func follow(_ port: Int) async throws -> EventClient {
        let client = try await open(.port(port))
        try await client.wait { $0.retry != nil }
        return client
    }

    /// What has come, as soon as it is enough; throws where it never will be, or the test's time is over.
    @discardableResult
    func wait(until isEnough: (EventStreamReader) -> Bool) async throws -> EventStreamReader {
        while true {
            let isActive = channel.isActive
            if let reader = collector.reader.withLock({ isEnough($0) ? $0 : nil }) { return reader }
            guard isActive else { throw ChannelError.alreadyClosed }
            try await Self.pause()
        }
    }

    /// Waits for so many events and messages of missed ones.
    func messages(_ count: Int) async throws -> [EventStreamReader.Message] {
        try await wait { $0.messages.count >= count }.messages
    }

    /// Lets others run, until the test's time is over.
    static func pause() async throws {
        try Task.checkCancellation()
        await Task.yield()
    }

    var reader: EventStreamReader { collector.reader.withLock { $0 } }

    func read() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// Ends only what it sends.
    func endSending() async throws {
        try await channel.close(mode: .output)
    }

    func close() async throws {
        try await channel.close()
    }

    /// Returns once the server has ended the connection; reads what is left.
    func isClosed() async throws {
        try? await channel.setOption(.autoRead, value: true).get()
        try await channel.closeFuture.get()
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let reader = Mutex(EventStreamReader())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            reader.withLock { $0.take(unwrapInboundIn(data).readableBytesView) }
        }
    }
}
