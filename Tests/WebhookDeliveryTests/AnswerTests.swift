import RelayConfig
import RelayModel
import Synchronization
import Testing

@testable import WebhookDelivery

/// What the receiver's answer becomes.
@Suite struct AnswerTests {
    @Test func `a request carries its body, its headers and those of the destination`() throws {
        let server = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
        defer { server.stop() }
        let transport = makeTransport([
            destination("http://user:pass%20word@127.0.0.1:\(server.port)/hook?kind=a#part") { destination in
                destination.headers = [
                    .init(name: "x-team", value: Secret("billing"), isSecret: false),
                    .init(name: "x-empty", value: Secret(""), isSecret: false),
                ]
            }
        ])
        let headers = [
            (name: "webhook-id", value: "evt_1"), (name: "content-type", value: "application/json"),
            (name: "x-none", value: ""),
        ]
        let body = Array("{\"a\":\"\u{0}\"}".utf8)
        let outcome = try transport.send(request(headers: headers, body: body))
        #expect(outcome == .answered(status: 200, retryAfter: nil, body: Array("done".utf8)))

        let received = try #require(server.received.first)
        #expect(received.line == "POST /hook?kind=a HTTP/1.1")
        #expect(received.body == body)
        #expect(received.header("host") == ["127.0.0.1:\(server.port)"])
        #expect(received.header("user-agent") == ["x402-relay/1.0"])
        #expect(received.header("content-type") == ["application/json"])
        #expect(received.header("content-length") == ["\(body.count)"])
        #expect(received.header("webhook-id") == ["evt_1"])
        #expect(received.header("authorization") == ["Basic dXNlcjpwYXNzIHdvcmQ="])
        #expect(received.header("x-team") == ["billing"])
        #expect(received.header("x-empty") == [""])
        #expect(received.header("x-none") == [""])
        #expect(received.header("expect") == [])
    }

    @Test func `a large body is sent without waiting for a 100`() throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
        #expect(try send(to: server.url, body: body).status == 204)
        let received = try #require(server.received.first)
        #expect(received.body == body)
        #expect(received.header("expect") == [])
    }

    @Test func `an empty body has a length of zero`() throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        #expect(try send(to: server.url, body: []).status == 204)
        #expect(server.received.first?.header("content-length") == ["0"])
    }

    @Test(arguments: [200, 202, 299, 300, 302, 308, 400, 404, 410, 418, 429, 500, 502, 503, 504, 599, 799])
    func `every final status is an answer`(status: Int) throws {
        let server = RawServer.answering(
            "HTTP/1.1 \(status) Words\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno")
        defer { server.stop() }
        #expect(try send(to: server.url) == .answered(status: status, retryAfter: nil, body: Array("no".utf8)))
        #expect(server.received.count == 1, "a redirect is not followed, nothing is sent twice")
    }

    @Test(arguments: [
        ("Retry-After: 120\r\n", "120"), ("retry-after:7  \r\n", "7"),
        ("RETRY-AFTER: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "Fri, 31 Dec 1999 23:59:59 GMT"),
        ("Retry-After: 5\r\nRetry-After: 9\r\n", "5"),
    ])
    func `Retry-After is kept as written`(header: String, value: String) throws {
        let server = RawServer.answering("HTTP/1.1 503 Busy\r\n\(header)Content-Length: 0\r\n\r\n")
        defer { server.stop() }
        #expect(try send(to: server.url) == .answered(status: 503, retryAfter: value, body: []))
    }

    @Test(arguments: [
        "HTTP/1.1 503 Busy\r\nRetry-After: \r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 103 Hints\r\nRetry-After: 9\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nRetry-After: 9\r\n\r\n",
        "HTTP/1.1 503 Busy\r\nX-Retry-After: 9\r\nContent-Length: 0\r\n\r\n",
    ])
    func `what is no Retry-After of the answer is none`(answer: String) throws {
        let server = RawServer.answering(answer)
        defer { server.stop() }
        #expect(try send(to: server.url) == .answered(status: 503, retryAfter: nil, body: []))
    }

    @Test(arguments: ["100 Continue", "102 Processing", "103 Early Hints"])
    func `a 1xx announces the answer and is none`(line: String) throws {
        let server = RawServer.answering(
            "HTTP/1.1 \(line)\r\nx: y\r\n\r\nHTTP/1.1 \(line)\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        #expect(try send(to: server.url).status == 200)
    }

    @Test func `a 1xx and then the end of the connection is no answer`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 103 Early Hints\r\n\r\n")
        }
        defer { server.stop() }
        let failure = try #require(try send(to: server.url).failure)
        #expect(failure.stage == .receive)
        #expect(failure.requestSent)
    }

    @Test func `a change of protocol is no answer`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
            connection.waitForClose()
        }
        defer { server.stop() }
        let failure = try #require(try send(to: server.url).failure)
        #expect(failure.stage == .answer)
        #expect(failure.requestSent)
        #expect(failure.reason.contains("101"))
    }

    @Test func `the first 1 KiB of a body is kept, whatever its length`() throws {
        let body = (0..<40_000).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 500 Oops\r\nContent-Length: \(body.count)\r\n\r\n")
            connection.write(body)
            connection.waitForClose()
        }
        defer { server.stop() }
        #expect(try send(to: server.url).body == Array(body.prefix(1024)))
    }

    @Test func `a body that never ends is cut off and the status counts`() throws {
        let written = Mutex(0)
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
            while connection.write(piece) { written.withLock { $0 += piece.count } }
        }
        defer { server.stop() }
        let outcome = try send(to: server.url)
        #expect(outcome.status == 200)
        #expect(outcome.body?.count == 1024)
        // What the sockets' buffers take beside what was read; without a bound it is all that fits into the timeout.
        #expect(written.withLock { $0 } < 32 << 20)
    }

    @Test func `an answer that comes before the body was taken counts`() throws {
        let server = RawServer { connection, _ in
            connection.readSome()
            connection.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
        }
        defer { server.stop() }
        #expect(try send(to: server.url, body: [UInt8](repeating: 32, count: 8 << 20)).status == 413)
    }

    @Test func `an answer that comes in single bytes is read`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            for byte in "HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: 2\r\n\r\nno".utf8 {
                connection.write([byte])
            }
            connection.waitForClose()
        }
        defer { server.stop() }
        #expect(try send(to: server.url) == .answered(status: 429, retryAfter: "30", body: Array("no".utf8)))
    }

    @Test func `headers without end are cut off and the status counts`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 201 Created\r\n")
            while connection.write("x-more: \(String(repeating: "y", count: 1000))\r\n") {}
        }
        defer { server.stop() }
        #expect(try send(to: server.url).status == 201)
    }

    @Test func `interim answers without end are no answer`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            while connection.write("HTTP/1.1 103 Early Hints\r\nx: \(String(repeating: "y", count: 1000))\r\n\r\n") {}
        }
        defer { server.stop() }
        let failure = try #require(try send(to: server.url).failure)
        #expect(failure.stage == .answer)
        #expect(failure.reason.contains("65536"))
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    ])
    func `whatever follows the status, the status counts`(answer: String) throws {
        for resets in [true, false] {
            let server = RawServer { connection, _ in
                _ = connection.readRequest()
                connection.write(answer)
                if resets { connection.reset() }
            }
            defer { server.stop() }
            #expect(try send(to: server.url).status == 200)
        }
    }

    @Test func `a status counts though the rest of the answer comes too late`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            connection.waitForClose()
        }
        defer { server.stop() }
        let outcome = try send(to: server.url) { $0.timeout = .milliseconds(200) }
        #expect(outcome == .answered(status: 200, retryAfter: nil, body: Array("half".utf8)))
    }
}
