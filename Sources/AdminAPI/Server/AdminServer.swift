package import Logging
package import NIOCore
import NIOPosix
package import RelayConfig
import Synchronization

/// Serves the API on the control socket and, where `admin` is configured, on TCP.
package final class AdminServer: Sendable {
    private struct State {
        var isStarted = false
        var isStopped = false
        var listening: [(channel: any Channel, listener: AdminListener)] = []
        var socket: ControlSocket?
        var tcpPort: Int?
    }

    private let routes: AdminRoutes
    private let socketPath: String
    private let tcp: AdminConfiguration?
    private let limits: AdminLimits
    private let group: any EventLoopGroup
    private let logger: Logger
    private let state = Mutex(State())

    /// A server that does nothing yet.
    ///
    /// - Parameters:
    ///   - socketPath: the outbox's path and `.sock`; at most 107 bytes.
    ///   - tcp: nil for the socket alone. Port 0 takes a free one.
    ///   - group: whose threads read and write; it outlives the server.
    package init(
        routes: AdminRoutes, socketPath: String, tcp: AdminConfiguration?, limits: AdminLimits = AdminLimits(),
        group: any EventLoopGroup, logger: Logger
    ) {
        self.routes = routes
        self.socketPath = socketPath
        self.tcp = tcp
        self.limits = limits
        self.group = group
        self.logger = logger
    }

    /// The TCP port that it listens on; nil before the start and without TCP.
    package var tcpPort: Int? { state.withLock(\.tcpPort) }

    /// Listens on both, or on none: then it says why.
    package func start() async throws(AdminServerFault) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted && !state.isStopped
        }
        guard isFirst else { return }
        do throws(AdminServerFault) {
            try await startSocket()
            if let tcp { try await startTCP(tcp) }
        } catch {
            await stop()
            throw error
        }
        // A stop that came in the meantime found less than there is now.
        if state.withLock(\.isStopped) { await stop() }
    }

    /// Stops listening, removes the socket, and waits a little for requests on their way.
    package func stop() async {
        let (listening, socket) = state.withLock { state in
            state.isStopped = true
            defer {
                state.listening = []
                state.socket = nil
            }
            return (state.listening, state.socket)
        }
        socket?.remove()
        routes.endEvents()
        for (channel, _) in listening { try? await channel.close() }
        for (_, listener) in listening { listener.connections.stop() }
        for (_, listener) in listening { await listener.connections.areGone(within: limits.stopGrace) }
        for (_, listener) in listening { listener.connections.closeAll() }
        for (_, listener) in listening { await listener.connections.areGone(within: limits.stopGrace) }
    }

    private func startSocket() async throws(AdminServerFault) {
        let socket = try ControlSocket.bind(socketPath)
        let listener = AdminListener(.socket, routes: routes, limits: limits, logger: logger)
        do {
            let channel = try await bootstrap(listener).withBoundSocket(socket.descriptor).get()
            state.withLock { state in
                state.socket = socket
                state.listening.append((channel, listener))
            }
        } catch {
            socket.remove()
            throw AdminServerFault("cannot listen on the control socket \(socketPath): \(error)")
        }
        logger.debug("the control socket listens", metadata: ["path": "\(socketPath)"])
    }

    private func startTCP(_ tcp: AdminConfiguration) async throws(AdminServerFault) {
        let host = tcp.host.contains(":") ? "[\(tcp.host)]" : tcp.host
        let address = "\(host):\(tcp.port)"
        // The configuration refuses it too; an open port is worth a second look.
        guard tcp.token != nil || URLText("http://\(host)")?.isLoopback == true else {
            throw AdminServerFault("cannot listen on \(address): off loopback admin.token is required")
        }
        let listener = AdminListener(.tcp(tcp), routes: routes, limits: limits, logger: logger)
        let channel: any Channel
        do {
            channel = try await bootstrap(listener).bind(host: tcp.host, port: tcp.port).get()
        } catch let error as IOError {
            throw .tcp(address, errnoCode: error.errnoCode)
        } catch {
            throw AdminServerFault("cannot listen on \(address): the name cannot be resolved; correct admin.listen")
        }
        let port = channel.localAddress?.port ?? tcp.port
        state.withLock { state in
            state.tcpPort = port
            state.listening.append((channel, listener))
        }
        logger.info("the admin interface listens", metadata: ["address": "\(host):\(port)"])
    }

    private func bootstrap(_ listener: AdminListener) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // A client may end its side with the request, and still reads the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { listener.serve($0) }
    }
}
