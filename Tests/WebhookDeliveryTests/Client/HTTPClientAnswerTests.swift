import Glibc
import RelayModel
import Testing

@testable import WebhookDelivery

/// What a question sends, and what of its answer comes back.
@Suite(.timeLimit(.minutes(1))) struct HTTPClientAnswerTests {
    @Test func `an answer comes back whole, each header as it was sent`() async throws {
        let server = RawServer.answering(
            "HTTP/1.1 402 Payment Required\r\nPAYMENT-REQUIRED: e30=\r\nX-Twice:  one \r\nx-twice: two\r\nEmpty:\r\n"
                + "Folded: a\r\n  b\r\nContent-Length: 2\r\n\r\n{}")
        defer { server.stop() }
        let answer = try await makeClient().ask(.get(server.url))
        #expect(answer.status == 402)
        #expect(
            answer.headers.map { "\($0.name)=\($0.value)" } == [
                "PAYMENT-REQUIRED=e30=", "X-Twice=one", "x-twice=two", "Empty=", "Folded=a b", "Content-Length=2",
            ])
        #expect(answer.body == Array("{}".utf8))
    }

    @Test func `interim answers and trailers are no part of the answer`() async throws {
        let server = RawServer.answering(
            "HTTP/1.1 103 Early Hints\r\nlink: early\r\n\r\nHTTP/1.1 200 OK\r\nreal: yes\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\ntrailer: late\r\n\r\n")
        defer { server.stop() }
        let answer = try await makeClient().ask(.get(server.url))
        #expect(answer.status == 200)
        #expect(answer.headers.map(\.name) == ["real", "Transfer-Encoding"])
        #expect(answer.body == Array("abc".utf8))
    }

    @Test func `a GET has no body, names the relay, and asks for nothing compressed`() async throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        _ = try await makeClient().ask(.get(server.url + "?a=b", headers: [("X-Payment", "e30="), ("X-Empty", "")]))
        let request = try #require(server.received.first)
        #expect(request.line == "GET /hook?a=b HTTP/1.1")
        #expect(request.header("user-agent") == [RelayVersion.userAgent])
        #expect(request.header("x-payment") == ["e30="])
        #expect(request.header("x-empty") == [""])
        for name in ["accept-encoding", "content-type", "content-length", "expect", "authorization", "upgrade"] {
            #expect(request.header(name) == [])
        }
        #expect(request.body == [])
    }

    @Test(arguments: [[("Content-Type", "application/json")], []])
    func `a POST has its body, and no content-type but its own`(headers: [(name: String, value: String)]) async throws {
        let server = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        let body = String(repeating: #"{"token":"a\u0000b"}"#, count: 200)
        _ = try await makeClient().ask(.post(server.url, headers: headers, body: body))
        let request = try #require(server.received.first)
        #expect(request.line == "POST /hook HTTP/1.1")
        #expect(request.body == Array(body.utf8))
        #expect(request.header("content-type") == headers.map(\.value))
        #expect(request.header("expect") == [])
    }

    @Test func `a user and password of the URL are sent as Basic, and stand in no target`() async throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        _ = try await makeClient().ask(.get("http://me:p%40ss@127.0.0.1:\(server.port)/rpc"))
        let request = try #require(server.received.first)
        #expect(request.line == "GET /rpc HTTP/1.1")
        // "me:p@ss".
        #expect(request.header("authorization") == ["Basic bWU6cEBzcw=="])
        #expect(request.header("host") == ["127.0.0.1:\(server.port)"])
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is an answer and is not followed`(status: Int) async throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 \(status) Go\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
        }
        defer { server.stop() }
        let answer = try await makeClient().ask(.get(server.url))
        #expect(answer.status == status)
        #expect(server.received.map(\.line) == ["GET /hook HTTP/1.1"])
    }

    @Test func `a body of the most bytes is an answer, one byte more is a failure that says so`() async throws {
        let server = RawServer { connection, number in
            _ = connection.readRequest()
            let body = [UInt8](repeating: 65, count: HTTPClient.maxAnswerBytes + number)
            // Without a length, so that only counting tells.
            connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            connection.write(body)
        }
        defer { server.stop() }
        let client = makeClient()
        let answer = try await client.ask(.get(server.url))
        #expect(answer.body.count == HTTPClient.maxAnswerBytes)
        let failure = try #require(await client.failure(.get(server.url)))
        #expect(failure.description == "the answer's body is longer than 1048576 bytes")
        #expect(failure.mayHaveLeft)
    }

    @Test func `headers without end are a failure that says so`() async throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            let line = "x: " + String(repeating: "y", count: 8000) + "\r\n"
            while connection.write(line) {}
        }
        defer { server.stop() }
        let failure = try #require(await makeClient().failure(.get(server.url)))
        // libcurl has a limit of its own beside this one.
        #expect(failure.description.contains("longer than 1048576 bytes") || failure.description.contains("large"))
        #expect(failure.mayHaveLeft)
    }

    @Test func `each question has a connection of its own`() async throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        let client = makeClient()
        for _ in 0..<3 { _ = try await client.ask(.get(server.url)) }
        #expect(server.connectionCount == 3)
    }

    @Test func `a server of a private authority is asked with its CA file, and not without`() async throws {
        let files = try PEMFiles()
        let server = try await TLSServer()
        let client = makeClient()
        let url = "https://localhost:\(server.port)/"
        let answer = try await client.ask(.get(url, caFile: files.authority))
        #expect(answer.body == Array("secure".utf8))
        let failure = try #require(await client.failure(.get(url)))
        #expect(!failure.mayHaveLeft)
        #expect(failure.description.contains("certificate"))
        #expect(server.requestCount == 1)
        await server.stop()
    }
}
