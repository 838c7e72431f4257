import AdminAPI
import Logging
import NIOCore
import NIOPosix
import RelayConfig
import RelayModel
import Testing

@Suite(.timeLimit(.minutes(1))) struct AdminServerTests {
    @Test func `the same is answered on the socket and on TCP`() async throws {
        try await RunningServer.with { running in
            let client = try #require(try await AdminClient.open(socketPath: running.socketPath))
            let overSocket = try await client.request(.get("status"))
            let overTCP = try await running.ask("GET /api/v1/status")
            #expect(overSocket.status == 200)
            #expect(overTCP.hasSuffix(String(decoding: overSocket.body, as: UTF8.self)))
            #expect(overTCP.contains("content-type: application/json\r\n"))
            #expect(overTCP.contains("cache-control: no-store\r\n"))
        }
    }

    @Test func `HEAD has the length and no body`() async throws {
        try await RunningServer.with { running in
            let answer = try await running.ask("HEAD /healthz")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("content-length: 18\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `a wrong method names the right ones in Allow`() async throws {
        try await RunningServer.with { running in
            let answer = try await running.ask("DELETE /api/v1/status")
            #expect(answer.hasPrefix("HTTP/1.1 405 "))
            #expect(answer.contains("allow: get, head\r\n"))
        }
    }

    @Test func `over TCP without a token other names and origins are refused`() async throws {
        try await RunningServer.with { running in
            let foreign = try await running.exchange(
                "GET /healthz HTTP/1.1\r\nHost: evil.example:\(running.port)\r\nConnection: close\r\n\r\n")
            #expect(foreign.hasPrefix("HTTP/1.1 421 "))
            let twice = try await running.ask("GET /healthz", headers: ["Host: evil.example"])
            #expect(twice.hasPrefix("HTTP/1.1 400 "))
            let origin = try await running.ask("POST /api/v1/reload", headers: ["Origin: http://evil.example"])
            #expect(origin.hasPrefix("HTTP/1.1 403 "))
            let own = try await running.ask(
                "POST /api/v1/reload", headers: ["Origin: http://127.0.0.1:\(running.port)"])
            #expect(own.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `over TCP with a token the API needs it, and the socket does not`() async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control, token: "geheim") { running in
            let without = try await running.ask(
                "POST /api/v1/replay", headers: ["Content-Length: 14"], body: #"{"rule":"paid"}"#)
            #expect(without.hasPrefix("HTTP/1.1 401 "))
            #expect(without.contains("www-authenticate: bearer"))
            #expect(!without.contains("geheim"))
            #expect(control.asked.isEmpty)
            let with = try await running.ask("GET /api/v1/status", headers: ["Authorization: Bearer geheim"])
            #expect(with.hasPrefix("HTTP/1.1 200 "))
            #expect(try await running.isHealthy())
            let client = try #require(try await AdminClient.open(socketPath: running.socketPath))
            #expect(try await client.request(.get("status")).status == 200)
        }
    }

    @Test func `a TCP port that is taken is named, and the socket is not left behind`() async throws {
        try await RunningServer.with { running in
            try await TemporaryFolder.with { folder in
                let second = Self.server(folder, port: running.port)
                let fault = await #expect(throws: AdminServerFault.self) { try await second.start() }
                #expect(
                    fault?.description.contains(
                        "cannot listen on 127.0.0.1:\(running.port): another program listens there") == true)
                #expect(!TemporaryFolder.exists(folder + "/s"))
            }
        }
    }

    @Test func `it listens on an IPv6 address`() async throws {
        try await TemporaryFolder.with { folder in
            let server = Self.server(folder, host: "::1", port: 0)
            try await server.start()
            #expect((server.tcpPort ?? 0) > 0)
            await server.stop()
        }
    }

    @Test func `off loopback it does not listen without a token`() async throws {
        try await TemporaryFolder.with { folder in
            let server = Self.server(folder, host: "0.0.0.0", port: 0)
            let fault = await #expect(throws: AdminServerFault.self) { try await server.start() }
            #expect(fault?.description.contains("off loopback admin.token is required") == true)
        }
    }

    @Test func `a stop ends idle connections and removes the socket`() async throws {
        try await RunningServer.with { running in
            let idle = try await RawConnection.open(port: running.port)
            #expect(try await running.isHealthy())
            await running.server.stop()
            #expect(!TemporaryFolder.exists(running.socketPath))
            idle.read()
            try await idle.closeFuture.get()
            #expect(try await AdminClient.open(socketPath: running.socketPath) == nil)
        }
    }

    @Test func `a stop waits for an answer on its way`() async throws {
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        let control = ScriptedControl { $0.gate = gate }
        try await RunningServer.with(control, limits: { $0.stopGrace = .seconds(30) }) { running in
            let client = try #require(try await AdminClient.open(socketPath: running.socketPath))
            async let answer = client.request(.get("status"))
            while control.asked.isEmpty { await Task.yield() }
            async let stopped: Void = running.server.stop()
            while TemporaryFolder.exists(running.socketPath) { await Task.yield() }
            opening.finish()
            let received = try await answer
            #expect(received.status == 200)
            await stopped
        }
    }

    @Test func `a stop does not wait for ever`() async throws {
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        let control = ScriptedControl { $0.gate = gate }
        try await RunningServer.with(control, limits: { $0.stopGrace = .milliseconds(10) }) { running in
            async let answer = running.ask("GET /api/v1/status")
            while control.asked.isEmpty { await Task.yield() }
            await running.server.stop()
            let received = try await answer
            #expect(received == "")
            opening.finish()
        }
    }

    private static func server(_ folder: String, host: String = "127.0.0.1", port: Int) -> AdminServer {
        AdminServer(
            routes: AdminRoutes(control: ScriptedControl()), socketPath: folder + "/s",
            tcp: AdminConfiguration(host: host, port: port, token: nil), group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}
