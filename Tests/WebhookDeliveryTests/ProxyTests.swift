import RelayConfig
import RelayModel
import Testing

@testable import WebhookDelivery

/// Requests through a proxy.
///
/// That the environment's proxies are not used shows in every other test: they would all fail.
@Suite struct ProxyTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    /// A proxy that tunnels to `port` on loopback, whatever it is asked for.
    private static func tunnel(toPort port: Int) -> RawServer {
        RawServer { connection, _ in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 200 Connection established\r\nRetry-After: 3\r\n\r\n")
            connection.tunnel(toPort: port)
        }
    }

    @Test func `an http destination is asked for by its whole URL`() throws {
        let proxy = RawServer.answering(Self.ok)
        defer { proxy.stop() }
        let outcome = try send(to: "http://other.example/hook?a=b") {
            $0.proxy = Secret("http://user:word@127.0.0.1:\(proxy.port)")
        }
        #expect(outcome.status == 200)
        let received = try #require(proxy.received.first)
        #expect(received.line == "POST http://other.example/hook?a=b HTTP/1.1")
        #expect(received.header("proxy-authorization") == ["Basic dXNlcjp3b3Jk"])
    }

    @Test func `an https destination gets a tunnel, and the proxy none of its headers`() async throws {
        let server = try await TLSServer()
        let proxy = Self.tunnel(toPort: server.port)
        defer { proxy.stop() }
        let files = try PEMFiles()
        let outcome = try send(to: "https://localhost:\(server.port)/") {
            $0.proxy = Secret("http://127.0.0.1:\(proxy.port)")
            $0.caFile = files.authority
            $0.headers = [.init(name: "x-key", value: Secret("hidden"), isSecret: true)]
        }
        #expect(outcome == .answered(status: 200, retryAfter: nil, body: Array("secure".utf8)))
        let received = try #require(proxy.received.first)
        #expect(received.line == "CONNECT localhost:\(server.port) HTTP/1.1")
        #expect(received.header("x-key") == [])
        await server.stop()
    }

    @Test(arguments: ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
    func `a proxy that refuses the tunnel is a failure of the proxy, without a request`(line: String) throws {
        let proxy = RawServer.answering("HTTP/1.1 \(line)\r\nContent-Length: 0\r\n\r\n")
        defer { proxy.stop() }
        let outcome = try send(to: "https://other.example/") { $0.proxy = Secret("http://127.0.0.1:\(proxy.port)") }
        let failure = try #require(outcome.failure)
        #expect(failure.stage == .proxy)
        #expect(!failure.requestSent)
        #expect(failure.reason.contains(line.prefix(3)))
    }

    @Test(arguments: ["http://127.0.0.1:", "socks5://127.0.0.1:", "https://127.0.0.1:", "http://proxy.invalid"])
    func `a proxy that cannot be reached is a failure of the proxy`(proxy: String) throws {
        let url = proxy.hasSuffix(":") ? "\(proxy)\(RawServer.closedPort())" : proxy
        let outcome = try send(to: "http://127.0.0.1:1/") {
            $0.proxy = Secret(url)
            $0.connectTimeout = .seconds(60)
            $0.timeout = .seconds(60)
        }
        let failure = try #require(outcome.failure)
        #expect(failure.stage == .proxy)
        #expect(!failure.requestSent)
    }

    @Test func `a proxy that closes before the tunnel stands is a failure of the proxy`() throws {
        let proxy = RawServer { connection, _ in _ = connection.readRequest() }
        defer { proxy.stop() }
        let outcome = try send(to: "https://other.example/") { $0.proxy = Secret("http://127.0.0.1:\(proxy.port)") }
        let failure = try #require(outcome.failure)
        #expect(failure.stage == .proxy)
        #expect(!failure.requestSent)
    }
}
