import AdminAPI
import NIOCore
import RelayModel
import Testing

/// What comes over TCP from broken and hostile clients; after each the server still answers.
@Suite(.timeLimit(.minutes(1))) struct HostileHTTPTests {
    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test(arguments: [
        "GET /\(long(20_000)) HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \(long(20_000))\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\(long(20_000)): x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\((0..<200).map { "X\($0): y\r\n" }.joined())\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\((0..<5).map { "X\($0): \(long(8000))\r\n" }.joined())\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET  /  HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "\r\n\r\n\r\n\u{0}\u{1}\u{2}\u{3}\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\u{3}\u{3}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    ])
    func `what is no HTTP, or too much of it, is refused or gets nothing`(bytes: String) async throws {
        try await RunningServer.with(limits: { $0.patience = .seconds(2) }) { running in
            let answer = try await running.exchange(bytes)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer.prefix(60))")
            #expect(try await running.isHealthy())
        }
    }

    @Test(arguments: ["ZZ\r\nabc\r\n", "5\r\nhello world\r\n", "-5\r\n", "FFFFFFFFFFFFFFFFFF\r\n", "5\rhello"])
    func `broken chunks get 400`(body: String) async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control) { running in
            let answer = try await running.ask(
                "POST /api/v1/match", headers: ["Transfer-Encoding: chunked"], body: body)
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(60))")
            #expect(control.asked.isEmpty)
            #expect(try await running.isHealthy())
        }
    }

    @Test func `a body past its limit gets 413, declared or not`() async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control) { running in
            let declared = try await running.ask("POST /api/v1/replay", headers: ["Content-Length: 65537"])
            #expect(declared.hasPrefix("HTTP/1.1 413 "))
            let chunk = "8000\r\n" + Self.long(0x8000) + "\r\n"
            let streamed = try await running.ask(
                "POST /api/v1/replay", headers: ["Transfer-Encoding: chunked"],
                body: String(repeating: chunk, count: 20))
            #expect(streamed.hasPrefix("HTTP/1.1 413 "))
            let event = try await running.ask("POST /api/v1/match", headers: ["Content-Length: 8388610"])
            #expect(event.hasPrefix("HTTP/1.1 413 "))
            #expect(control.asked.isEmpty)
        }
    }

    @Test func `pipelined requests are answered in order`() async throws {
        try await RunningServer.with { running in
            let host = "Host: 127.0.0.1:\(running.port)\r\n"
            let requests = (0..<100).map { "GET /api/v1/\($0) HTTP/1.1\r\n\(host)\r\n" }.joined()
            let answers = try await running.exchange(
                requests + "GET /healthz HTTP/1.1\r\n\(host)Connection: close\r\n\r\n")
            #expect(answers.split(separator: "HTTP/1.1 404 ").count == 100)
            #expect(answers.hasSuffix(#"{"status":"alive"}"#))
        }
    }

    @Test func `HTTP 1.0 is answered, and the connection ended`() async throws {
        try await RunningServer.with { running in
            let answer = try await running.exchange("GET /healthz HTTP/1.0\r\nHost: 127.0.0.1:\(running.port)\r\n\r\n")
            #expect(answer.hasSuffix(#"{"status":"alive"}"#))
        }
    }

    @Test(arguments: [
        "", "GET /hea", "GET /healthz HTTP/1.1\r\nHost: a\r\n",
        "POST /api/v1/match HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",
        "POST /api/v1/match HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ])
    func `a request that does not come to its end is not waited for`(bytes: String) async throws {
        try await RunningServer.with(limits: { $0.patience = .seconds(2) }) { running in
            let answer = try await running.exchange(running.withHost(bytes))
            #expect(answer == "")
            #expect(try await running.isHealthy())
        }
    }

    @Test func `a connection that is kept open without another request ends`() async throws {
        try await RunningServer.with(limits: { $0.patience = .seconds(2) }) { running in
            let answer = try await running.exchange("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:\(running.port)\r\n\r\n")
            #expect(answer.hasSuffix(#"{"status":"alive"}"#))
        }
    }

    @Test func `a client that never takes its answer is given up`() async throws {
        let control = ScriptedControl { $0.detail = Samples.detail(event: [UInt8](repeating: 0x31, count: 20 << 20)) }
        let limits = { (limits: inout AdminLimits) in
            limits.patience = .seconds(2)
            limits.connections = 1
        }
        try await RunningServer.with(control, limits: limits) { running in
            let deaf = try await RawConnection.open(
                port: running.port, "GET /api/v1/deliveries/1 HTTP/1.1\r\nHost: 127.0.0.1:\(running.port)\r\n\r\n")
            while control.asked.isEmpty { await Task.yield() }
            while try await !running.isHealthy() { await Task.yield() }
            try await deaf.close()
        }
    }

    @Test func `two hundred silent connections hold nobody up`() async throws {
        try await RunningServer.with { running in
            var silent: [any Channel] = []
            for _ in 0..<200 { silent.append(try await RawConnection.open(port: running.port)) }
            #expect(try await running.isHealthy())
            for channel in silent { try await channel.close() }
        }
    }

    @Test func `connections that ask nothing give way to those that ask, the oldest first`() async throws {
        try await RunningServer.with(limits: { $0.connections = 3 }) { running in
            var silent: [any Channel] = []
            for bytes in ["", "GET /hea", "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:\(running.port)\r\n\r\n"] {
                silent.append(try await RawConnection.open(port: running.port, bytes))
            }
            for _ in 0..<10 { #expect(try await running.isHealthy()) }
            // All that asked nothing more were closed for them, one after the other.
            for channel in silent { try await channel.closeFuture.get() }
        }
    }

    @Test func `a body that nothing reads is not waited for`() async throws {
        try await RunningServer.with { running in
            let answer = try await running.exchange(
                running.withHost("GET /healthz HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"))
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func `more connections at work than the limit are refused, and the socket is not concerned`() async throws {
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        let control = ScriptedControl { $0.gate = gate }
        try await RunningServer.with(control, limits: { $0.connections = 3 }) { running in
            var waiting: [any Channel] = []
            for _ in 0..<3 {
                waiting.append(
                    try await RawConnection.open(
                        port: running.port, running.withHost("GET /api/v1/status HTTP/1.1\r\n\r\n")))
            }
            while control.asked.count < 3 { await Task.yield() }
            let refused = try await running.ask("GET /healthz")
            #expect(refused == "")
            #expect(try await AdminClient.open(socketPath: running.socketPath) != nil)
            opening.finish()
            for channel in waiting { try await channel.close() }
            while try await !running.isHealthy() { await Task.yield() }
        }
    }
}
