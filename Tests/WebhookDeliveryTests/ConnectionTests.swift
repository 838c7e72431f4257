import RelayModel
import Testing

@testable import WebhookDelivery

/// Connections: used again, used at once, given up, woken.
@Suite struct ConnectionTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test func `one connection serves one request after the other`() throws {
        let server = RawServer.answering(Self.ok)
        defer { server.stop() }
        let transport = makeTransport([destination(server.url)])
        for token in 1...5 as ClosedRange<UInt64> {
            #expect(try transport.send(request(token, body: Array("\(token)".utf8))).status == 200)
        }
        #expect(server.connectionCount == 1)
        #expect(server.received.map(\.body) == (1...5).map { Array("\($0)".utf8) })
    }

    @Test func `a connection is used again after an answer with a body that fits`() throws {
        let body = String(repeating: "x", count: 60_000)
        let server = RawServer.answering("HTTP/1.1 500 Oops\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        defer { server.stop() }
        let transport = makeTransport([destination(server.url)])
        for _ in 1...3 { #expect(try transport.send(request()).status == 500) }
        #expect(server.connectionCount == 1)
    }

    @Test func `two endpoints of one host share its connections`() throws {
        let server = RawServer.answering(Self.ok)
        defer { server.stop() }
        let transport = makeTransport([destination(server.url, name: "a"), destination(server.url, name: "b")])
        #expect(try transport.send(request(to: "a")).status == 200)
        #expect(try transport.send(request(to: "b")).status == 200)
        #expect(server.connectionCount == 1)
    }

    @Test func `a request on a connection that the receiver closed meanwhile goes over a new one`() throws {
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.write(Self.ok)
        }
        defer { server.stop() }
        let transport = makeTransport([destination(server.url)])
        for _ in 1...3 { #expect(try transport.send(request()).status == 200) }
        #expect(server.connectionCount == 3)
        #expect(server.received.count == 3)
    }

    /// libcurl sends again by itself, as it cannot tell whether the request met a connection that was being closed: the
    /// receiver may see the same id twice within one attempt, as delivery at least once allows.
    @Test func `a request that a used connection swallowed is sent again on a new one`() throws {
        let server = RawServer { connection, number in
            if number == 0 {
                _ = connection.readRequest()
                connection.write(Self.ok)
                _ = connection.readRequest()
            } else {
                while connection.readRequest() != nil { connection.write(Self.ok) }
            }
        }
        defer { server.stop() }
        let transport = makeTransport([destination(server.url)])
        #expect(try transport.send(request(1, body: Array("first".utf8))).status == 200)
        #expect(try transport.send(request(2, body: Array("second".utf8))).status == 200)
        #expect(server.connectionCount == 2)
        #expect(server.received.map { String(decoding: $0.body, as: UTF8.self) } == ["first", "second", "second"])
    }

    @Test func `a request that a new connection swallowed is not sent again`() throws {
        let server = RawServer { connection, _ in _ = connection.readRequest() }
        defer { server.stop() }
        #expect(try send(to: server.url).failure?.stage == .receive)
        #expect(server.received.count == 1)
    }

    @Test func `a hundred requests at once each get their own result`() throws {
        let server = RawServer { connection, _ in
            while let request = connection.readRequest() {
                let number = Int(String(decoding: request.body, as: UTF8.self)) ?? 0
                let name = request.header("x-number").first ?? ""
                connection.write("HTTP/1.1 \(400 + number) No\r\nContent-Length: \(name.utf8.count)\r\n\r\n\(name)")
            }
        }
        defer { server.stop() }
        let transport = makeTransport([destination(server.url)])
        for _ in 1...3 {
            let results = transport.send(
                (0..<100).map { number in
                    request(
                        number, headers: [(name: "x-number", value: "number \(number)")], body: Array("\(number)".utf8))
                })
            let expected = (0..<100).map { number in
                AttemptOutcome.answered(status: 400 + number, retryAfter: nil, body: Array("number \(number)".utf8))
            }
            #expect(results.map(\.token) == Array(0..<100))
            #expect(results.map(\.outcome) == expected)
        }
        #expect(server.connectionCount <= 100)
    }

    @Test func `a destination that hangs does not hold up another`() throws {
        let hanging = RawServer { connection, _ in connection.waitForClose() }
        let answering = RawServer.answering(Self.ok)
        defer {
            hanging.stop()
            answering.stop()
        }
        let transport = makeTransport([
            destination(hanging.url, name: "hanging"), destination(answering.url, name: "answering"),
        ])
        transport.start((1...8).map { request($0, to: "hanging") })
        for _ in 1...20 {
            transport.start([request(100, to: "answering")])
            let results = transport.wait(timeout: .seconds(60))
            #expect(results.map(\.token) == [100])
            #expect(results.first?.outcome.status == 200)
        }
    }

    @Test func `cancelled requests have no result, and their handles serve again`() throws {
        let server = RawServer { connection, number in
            if number < 5 {
                connection.waitForClose()
            } else {
                while connection.readRequest() != nil { connection.write(Self.ok) }
            }
        }
        defer { server.stop() }
        let transport = makeTransport([destination(server.url)])
        transport.start((1...5).map { request($0) })
        while server.connectionCount < 5 { #expect(transport.wait(timeout: .milliseconds(1)).isEmpty) }
        transport.cancelAll()
        #expect(transport.wait(timeout: .zero).isEmpty)
        #expect(transport.send((6...9).map { request($0) }).map(\.outcome.status) == [200, 200, 200, 200])
    }

    @Test(.timeLimit(.minutes(1))) func `a wake ends the present wait or the next one`() {
        let transport = makeTransport([])
        transport.wake()
        transport.wake()
        #expect(transport.wait(timeout: .seconds(3600)).isEmpty)
        startThread(named: "waker") { transport.wake() }
        #expect(transport.wait(timeout: .seconds(3600)).isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func `a wait without requests ends when its time is up`() {
        let transport = makeTransport([])
        #expect(transport.wait(timeout: .milliseconds(1)).isEmpty)
        #expect(transport.wait(timeout: .zero).isEmpty)
        #expect(transport.wait(timeout: .seconds(-1)).isEmpty)
    }

    @Test func `the memory of a large request is not kept`() {
        let memory = RequestMemory()
        memory.setBody([UInt8](repeating: 1, count: 10 << 20))
        #expect(memory.body.count >= 10 << 20)
        memory.shrink()
        #expect(memory.body.count <= RequestMemory.keptCapacity)
    }
}
