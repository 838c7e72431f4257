import NIOCore
import NIOPosix
import RelayModel

/// A simulated interface402 feed: a WebSocket server on 127.0.0.1 that sends the events of a seeded sequence to every client
/// for what it subscribed to.
///
/// Everything of one simulator runs on one thread of its own.
package final class FeedSimulator: Sendable {
    /// The port that it listens on.
    package let port: Int
    private let server: any Channel
    private let core: NIOLoopBound<SimulatorCore>
    private let group: MultiThreadedEventLoopGroup

    private init(port: Int, server: any Channel, core: NIOLoopBound<SimulatorCore>, group: MultiThreadedEventLoopGroup)
    {
        self.port = port
        self.server = server
        self.core = core
        self.group = group
    }

    /// The URL for a feed's configuration.
    package var url: String { "ws://127.0.0.1:\(port)/api/data" }

    /// Listens, and sends as soon as a client has subscribed.
    ///
    /// Throws a `SimulatorError` when the port cannot be had. Call `stop()` in the end.
    package static func start(
        _ options: SimulatorOptions = SimulatorOptions(), observer: SimulatorObserver = SimulatorObserver()
    ) async throws -> FeedSimulator {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let core = try await loop.submit {
            NIOLoopBound(SimulatorCore(options, observer: observer, loop: loop), eventLoop: loop)
        }.get()
        do {
            let server = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 128)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                // Of TCP: as an option of the socket the same number is another one, which takes a capability.
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in SimulatorPipeline.configure(channel, for: core, options.faults) }
                .bind(host: "127.0.0.1", port: options.port).get()
            let port = server.localAddress?.port ?? options.port
            return FeedSimulator(port: port, server: server, core: core, group: group)
        } catch {
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

    /// Ends every connection without a close frame, as a failing network does; says how many there were.
    ///
    /// New connections are taken as before.
    @discardableResult
    package func dropConnections() async throws -> Int {
        try await server.eventLoop.submit { [core] in core.value.dropAll() }.get()
    }

    /// Ends one of the subscribed connections in the same way, drawn from the seed; says its client's number, nil when there is
    /// none.
    @discardableResult
    package func dropOne() async throws -> Int? {
        try await server.eventLoop.submit { [core] in core.value.dropOne() }.get()
    }

    /// Sends a text frame with this payload, whatever it is, to every subscribed client; says to how many.
    @discardableResult
    package func send(_ payload: [UInt8]) async throws -> Int {
        try await server.eventLoop.submit { [core] in core.value.sendToAll(payload) }.get()
    }
}

/// Why a simulated feed does not start.
package enum SimulatorError: Error, CustomStringConvertible {
    case cannotListen(port: Int, reason: String)

    package var description: String {
        switch self {
        case .cannotListen(let port, let reason):
            "cannot listen on 127.0.0.1:\(port): \(reason); give another port, or 0 for any free one"
        }
    }
}
