import RelayConfig
import RelayModel
import Testing

@testable import WebhookDelivery

/// What a request without an answer becomes: its stage, whether the receiver may have seen it, and words without secrets.
@Suite struct FailureTests {
    @Test func `a port where nobody listens is a failure to connect, and nothing was sent`() throws {
        let failure = try #require(try send(to: "http://127.0.0.1:\(RawServer.closedPort())/").failure)
        #expect(failure.stage == .connect)
        #expect(!failure.requestSent)
        #expect(failure.reason.contains("Connection refused"))
    }

    @Test func `a name that nobody knows is a failure to resolve`() throws {
        let outcome = try send(to: "http://nobody.invalid/") {
            $0.timeout = .seconds(60)
            $0.connectTimeout = .seconds(60)
        }
        let failure = try #require(outcome.failure)
        #expect(failure.stage == .resolve)
        #expect(!failure.requestSent)
        #expect(failure.reason.contains("nobody.invalid"))
    }

    @Test func `a receiver that closes without a word may have seen the request`() throws {
        let server = RawServer { connection, _ in _ = connection.readRequest() }
        defer { server.stop() }
        let failure = try #require(try send(to: server.url).failure)
        #expect(failure.stage == .receive)
        #expect(failure.requestSent)
    }

    @Test func `a receiver that resets the connection may have seen the request`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.reset()
        }
        defer { server.stop() }
        let failure = try #require(try send(to: server.url).failure)
        #expect(failure.stage == .receive)
        #expect(failure.requestSent)
    }

    @Test func `a receiver that resets amid a status line gave no status`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 20")
            connection.reset()
        }
        defer { server.stop() }
        #expect(try send(to: server.url).failure?.stage == .receive)
    }

    @Test func `a receiver that stops reading amid a large request is a failure after the request left`() throws {
        let server = RawServer { connection, _ in
            connection.readSome()
            connection.reset()
        }
        defer { server.stop() }
        let failure = try #require(try send(to: server.url, body: [UInt8](repeating: 32, count: 20 << 20)).failure)
        #expect(failure.stage == .send || failure.stage == .receive)
        #expect(failure.requestSent)
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "\u{1}\u{2}\u{3}", "HTTP/1.1 abc\r\n\r\n", "HTTP/7.3 200 OK\r\n\r\n", "\r\n\r\n\r\n",
    ])
    func `what is no HTTP is no answer`(bytes: String) throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write(bytes)
        }
        defer { server.stop() }
        let failure = try #require(try send(to: server.url).failure)
        #expect(failure.stage == .answer)
        #expect(failure.requestSent)
    }

    @Test func `a receiver that does not answer in time may have seen the request`() throws {
        let server = RawServer { connection, _ in connection.waitForClose() }
        defer { server.stop() }
        let failure = try #require(try send(to: server.url) { $0.timeout = .milliseconds(150) }.failure)
        #expect(failure.stage == .timeout)
        #expect(failure.requestSent)
        #expect(failure.reason.contains("timed out"))
    }

    @Test func `a TLS handshake that does not end in time sent no request`() throws {
        let server = RawServer { connection, _ in connection.waitForClose() }
        defer { server.stop() }
        let outcome = try send(to: "https://127.0.0.1:\(server.port)/") { $0.connectTimeout = .milliseconds(150) }
        let failure = try #require(outcome.failure)
        #expect(failure.stage == .timeout)
        #expect(!failure.requestSent)
    }

    @Test func `a destination that is not configured fails without a request`() throws {
        let failure = try #require(try makeTransport([]).send(request(to: "nowhere")).failure)
        #expect(!failure.requestSent)
        #expect(failure.reason.contains("nowhere"))
    }

    @Test(arguments: [
        "http://user:s3cret@127.0.0.1:1/?token=s3cret", "http://user:s3cret@nobody.invalid/?token=s3cret",
        "https://user:s3cret@127.0.0.1:1/?token=s3cret", "http://user:s3cret@169.254.169.254/?token=s3cret",
        "ftp://user:s3cret@127.0.0.1/?token=s3cret", "http://user:s3cret@127.0.0.1:99999/?token=s3cret",
        "http://user:s3cret@[::1/?token=s3cret", "http:// s3cret/", "s3cret://user:s3cret@localhost/",
    ])
    func `a reason has no secret in it`(url: String) throws {
        let proxies = [
            nil, "s3cret://user:s3cret@127.0.0.1:1", "http://user:s3cret@127.0.0.1:1", "http://user:s3cret@127.0.0.1:x",
        ]
        for proxy in proxies {
            let outcome = try send(to: url) {
                $0.proxy = proxy.map { Secret($0) }
                $0.headers = [.init(name: "x-key", value: Secret("s3cret"), isSecret: true)]
            }
            let failure = try #require(outcome.failure)
            #expect(!failure.reason.contains("s3cret"), "\(failure)")
            #expect(!failure.reason.isEmpty)
            #expect(!failure.requestSent)
        }
    }
}
