import AdminAPI
import Logging
import NIOPosix
import RelayConfig
import RelayModel

/// A server on a socket and on a free TCP port of 127.0.0.1.
struct RunningServer {
    let server: AdminServer
    let socketPath: String
    let port: Int

    static func with<Result>(
        _ control: ScriptedControl = ScriptedControl(), token: String? = nil,
        limits change: (inout AdminLimits) -> Void = { _ in }, _ body: (RunningServer) async throws -> Result
    ) async throws -> Result {
        var limits = AdminLimits()
        change(&limits)
        return try await TemporaryFolder.with { folder in
            let path = folder + "/outbox.sqlite.sock"
            let server = AdminServer(
                routes: AdminRoutes(control: control, now: { Samples.now }), socketPath: path,
                tcp: AdminConfiguration(host: "127.0.0.1", port: 0, token: token.map { Secret($0) }), limits: limits,
                group: MultiThreadedEventLoopGroup.singleton,
                logger: Logger(
                    label: "test",
                    factory: { _ in
                        SwiftLogNoOpLogHandler()
                    }))
            try await server.start()
            do {
                let result = try await body(
                    RunningServer(server: server, socketPath: path, port: server.tcpPort ?? 0))
                await server.stop()
                return result
            } catch {
                await server.stop()
                throw error
            }
        }
    }

    /// What comes back to these bytes over TCP, until the server ends the connection.
    func exchange(_ bytes: String) async throws -> String {
        try await RawConnection.exchange(port: port, Array(bytes.utf8))
    }

    /// The answer to a request with the right Host; its headers in lower case, since they have none.
    func ask(_ line: String, headers: [String] = [], body: String = "") async throws -> String {
        let lines = ["\(line) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"] + headers
        let answer = try await exchange(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        guard let line = answer.firstRange(of: "\r\n"), let end = answer.firstRange(of: "\r\n\r\n") else {
            return answer
        }
        return answer[..<line.upperBound] + answer[line.upperBound..<end.upperBound].lowercased()
            + answer[end.upperBound...]
    }

    /// A request's beginning with the right Host after its first line, if that is whole.
    func withHost(_ request: String) -> String {
        guard let end = request.firstRange(of: "\r\n") else { return request }
        return request[..<end.upperBound] + "Host: 127.0.0.1:\(port)\r\n" + request[end.upperBound...]
    }

    func isHealthy() async throws -> Bool {
        try await ask("GET /healthz").hasPrefix("HTTP/1.1 200 OK\r\n")
    }
}
