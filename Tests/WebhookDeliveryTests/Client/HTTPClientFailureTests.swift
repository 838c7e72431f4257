import RelayModel
import Synchronization
import Testing

@testable import WebhookDelivery

/// What becomes of a question without an answer: whether it may have left, in words without a secret.
@Suite(.timeLimit(.minutes(1))) struct HTTPClientFailureTests {
    /// Asks with credentials in every part of the URL, and checks that none is told.
    private func failure(
        _ port: Int, host: String = "127.0.0.1", scheme: String = "http", timeout: Duration = .seconds(60)
    ) async throws -> HTTPClient.Failure {
        let url = "\(scheme)://user7:hunter2@\(host):\(port)/v1/key9?api-key=token8"
        let failure = try #require(await makeClient().failure(.get(url, timeout: timeout)))
        for secret in ["user7", "hunter2", "key9", "token8", "http:", "https:"] {
            #expect(!failure.description.contains(secret))
        }
        return failure
    }

    @Test func `a port where nobody listens: nothing has left`() async throws {
        let failure = try await failure(RawServer.closedPort())
        #expect(!failure.mayHaveLeft)
        #expect(failure.description.contains("Connection refused"))
    }

    @Test func `a name that nobody knows: nothing has left`() async throws {
        let failure = try await failure(80, host: "nobody.invalid")
        #expect(!failure.mayHaveLeft)
        #expect(failure.description.contains("nobody.invalid"))
    }

    enum Ill: CaseIterable {
        case hangs, resets, closes, breaksOff, stopsWithinTheBody, babbles, switches
    }

    @Test(arguments: Ill.allCases)
    func `a server that took the request and gave no whole answer: it may have left`(ill: Ill) async throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            switch ill {
            case .hangs: connection.waitForClose()
            case .resets: connection.reset()
            case .closes: break
            case .breaksOff: connection.write("HTTP/1.1 20")
            case .stopsWithinTheBody: connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            case .babbles: connection.write("\u{1}\u{2}\u{3} 200 fine\r\n\r\n")
            case .switches: connection.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")
            }
        }
        defer { server.stop() }
        let failure = try await failure(server.port, timeout: ill == .hangs ? .milliseconds(300) : .seconds(60))
        #expect(failure.mayHaveLeft)
        #expect(!failure.description.isEmpty)
    }

    @Test func `a slow answer is broken off at the time limit`() async throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun")
            connection.waitForClose()
        }
        defer { server.stop() }
        #expect(try await failure(server.port, timeout: .milliseconds(300)).mayHaveLeft)
    }

    @Test func `a server that speaks no TLS gets nothing`() async throws {
        let server = RawServer { connection, _ in
            connection.readSome()
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        defer { server.stop() }
        #expect(try await !failure(server.port, scheme: "https").mayHaveLeft)
    }

    @Test(arguments: [
        "http://169.254.169.254/latest", "http://[::ffff:169.254.169.254]/", "http://2852039166/", "http://0xa9fea9fe/",
        "http://[fe80::1]/", "http://100.100.100.200/",
    ])
    func `a link-local or metadata address is not dialled`(url: String) async throws {
        let failure = try #require(await makeClient().failure(.get(url)))
        #expect(failure.description.contains("is a link-local or cloud metadata address, to which nothing is sent"))
        #expect(!failure.mayHaveLeft)
    }

    @Test func `an address that policy refuses is refused after names are resolved`() async throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        let policy = AddressPolicy(refused: [.init(.v4(0x7F00_0000), 8), .init(.v6(high: 0, low: 1), 128)])
        let failure = try #require(await makeClient(policy: policy).failure(.get("http://localhost:\(server.port)/")))
        #expect(!failure.mayHaveLeft)
        #expect(server.connectionCount == 0)
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "", "http://"])
    func `what is no HTTP URL is not asked`(url: String) async throws {
        #expect(try #require(await makeClient().failure(.get(url))).mayHaveLeft == false)
    }

    @Test func `a header with a line break, and another method, are not sent`() async throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        let client = makeClient()
        let broken = try #require(await client.failure(.get(server.url, headers: [("X-Payment", "secret\r\nHost: x")])))
        #expect(broken.description == "the header X-Payment holds a control character")
        var question = HTTPClient.Question.get(server.url)
        question.method = "PUT"
        #expect(await client.failure(question)?.description == "the method PUT is neither GET nor POST")
        #expect(server.connectionCount == 0)
    }
}
