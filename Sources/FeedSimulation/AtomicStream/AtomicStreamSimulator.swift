import NIOCore
import NIOPosix
import RelayModel

/// A simulated AtomicStream: its paid endpoints, its streams and a Solana RPC, over HTTP and WebSocket on one port of
/// 127.0.0.1.
///
/// Everybody has money on its chain. Everything of one simulator runs on one thread of its own.
package final class AtomicStreamSimulator: Sendable {
    /// The port that it listens on.
    package let port: Int
    private let server: any Channel
    private let core: NIOLoopBound<AtomicStreamCore>
    private let group: MultiThreadedEventLoopGroup

    private init(
        port: Int, server: any Channel, core: NIOLoopBound<AtomicStreamCore>, group: MultiThreadedEventLoopGroup
    ) {
        self.port = port
        self.server = server
        self.core = core
        self.group = group
    }

    /// The URL for a feed's configuration.
    package var url: String { "http://127.0.0.1:\(port)" }
    /// The URL for `payments.rpcUrls`.
    package var rpcURL: String { "\(url)/rpc" }

    /// Listens.
    ///
    /// Throws a `SimulatorError` when the port cannot be had. Call `stop()` in the end.
    package static func start(
        _ options: AtomicStreamOptions = AtomicStreamOptions(), observer: AtomicStreamObserver = AtomicStreamObserver()
    ) async throws -> AtomicStreamSimulator {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        // What is accepted before the core is there waits for it: the port is known only then.
        let made = loop.makePromise(of: NIOLoopBound<AtomicStreamCore>.self)
        do {
            let server = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 128)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    made.futureResult.flatMap { VendorPipeline.configure(channel, for: $0) }
                }
                .bind(host: "127.0.0.1", port: options.port).get()
            let port = server.localAddress?.port ?? options.port
            let core = try await loop.submit {
                NIOLoopBound(
                    AtomicStreamCore(options, observer: observer, authority: "127.0.0.1:\(port)", loop: loop),
                    eventLoop: loop)
            }.get()
            made.succeed(core)
            return AtomicStreamSimulator(port: port, server: server, core: core, group: group)
        } catch {
            made.fail(error)
            try? await group.shutdownGracefully()
            throw SimulatorError.cannotListen(port: options.port, reason: "\(error)")
        }
    }

    /// Closes the clients' connections with 1001, waiting for each at most a second, and frees the port.
    package func stop() async {
        try? await server.close()
        try? await server.eventLoop.flatSubmit { [core] in core.value.close() }.get()
        try? await group.shutdownGracefully()
    }

    /// What it has counted so far.
    package func totals() async throws -> AtomicStreamTotals {
        try await server.eventLoop.submit { [core] in core.value.totals }.get()
    }

    /// Ends every WebSocket without a close frame, as a failing network does; says how many there were.
    @discardableResult
    package func dropConnections() async throws -> Int {
        try await server.eventLoop.submit { [core] in core.value.dropAll() }.get()
    }

    /// Sends a text frame with this payload, whatever it is, to every connected client; says to how many.
    @discardableResult
    package func send(_ payload: [UInt8]) async throws -> Int {
        try await server.eventLoop.submit { [core] in core.value.sendToAll(payload) }.get()
    }

    /// Goes on as if so much time had passed at once, on the chain too: slices end, blockhashes grow old.
    ///
    /// So a test need not wait for it.
    package func pass(_ duration: Duration) async throws {
        try await server.eventLoop.submit { [core] in core.value.pass(duration) }.get()
    }
}
