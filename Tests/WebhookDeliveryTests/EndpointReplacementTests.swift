import DeliveryPlanning
import Dispatch
import RelayConfig
import RelayModel
import Testing

@testable import WebhookDelivery

/// Destinations that change while requests to them are under way.
@Suite(.timeLimit(.minutes(1))) struct EndpointReplacementTests {
    /// A server that answers a request only once `gate` is opened, and a transport whose request 1 is there.
    private func flight(
        gate: DispatchSemaphore
    ) -> (server: RawServer, transport: CurlTransport) {
        let server = RawServer { connection, _ in
            guard connection.readRequest() != nil else { return }
            gate.wait()
            connection.write("HTTP/1.1 201 Old\r\nContent-Length: 0\r\n\r\n")
        }
        let transport = makeTransport([destination(server.url)])
        transport.start([request(1)])
        while server.received.isEmpty { #expect(transport.wait(timeout: .milliseconds(1)).isEmpty) }
        return (server, transport)
    }

    private func next(_ transport: CurlTransport) throws -> HTTPResult {
        while true {
            let results = transport.wait(timeout: .seconds(60))
            try Task.checkCancellation()
            guard results.isEmpty else { return try #require(results.count == 1 ? results[0] : nil) }
        }
    }

    @Test func `a request in flight ends on the endpoint it began with, and the next goes to the new one`() throws {
        let gate = DispatchSemaphore(value: 0)
        let (old, transport) = flight(gate: gate)
        let new = RawServer.answering("HTTP/1.1 202 New\r\nContent-Length: 0\r\n\r\n")
        defer { for server in [old, new] { server.stop() } }
        transport.replace([
            destination(new.url) { $0.headers = [.init(name: "x-a", value: Secret("b"), isSecret: false)] }
        ])
        #expect(transport.leaving.count == 1)
        transport.start([request(2)])
        let second = try next(transport)
        #expect(second.token == 2)
        #expect(second.outcome.status == 202)
        #expect(new.received.first?.header("x-a") == ["b"])
        gate.signal()
        let first = try next(transport)
        #expect(first.token == 1)
        #expect(first.outcome.status == 201)
        #expect(transport.leaving.isEmpty)
    }

    @Test func `a destination that is removed takes no further request, and ends what it has`() throws {
        let gate = DispatchSemaphore(value: 0)
        let (server, transport) = flight(gate: gate)
        defer { server.stop() }
        transport.replace([])
        transport.start([request(2)])
        #expect(try next(transport).outcome.failure?.requestSent == false)
        gate.signal()
        #expect(try next(transport).outcome.status == 201)
    }

    @Test func `requests of replaced endpoints are cancelled with the others`() {
        let gate = DispatchSemaphore(value: 0)
        let (server, transport) = flight(gate: gate)
        defer { server.stop() }
        transport.replace([destination(server.url) { $0.timeout = .seconds(30) }])
        transport.cancelAll()
        #expect(transport.leaving.isEmpty)
        gate.signal()
        #expect(transport.wait(timeout: .zero).isEmpty)
    }

    @Test func `an unchanged destination keeps its connection, also where its policy or its secrets change`() throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        let other = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { for server in [server, other] { server.stop() } }
        let transport = makeTransport([destination(server.url), destination(other.url, name: "other")])
        let changes: [(inout DestinationConfiguration) -> Void] = [
            { _ in }, { $0.policy.concurrency = 3 }, { $0.secrets = [Secret("whsec_new")] }, { $0.format = .raw },
        ]
        for (index, change) in changes.enumerated() {
            #expect(try transport.send(request()).status == 204)
            transport.replace([destination(server.url, change), destination("\(other.url)?\(index)", name: "other")])
            #expect(try transport.send(request(to: "other")).status == 204)
        }
        #expect(server.connectionCount == 1)
        #expect(other.received.map(\.line).last == "POST /hook?3 HTTP/1.1")
    }

    @Test func `endpoints with TLS are replaced again and again, amid requests`() async throws {
        let files = try PEMFiles()
        let server = try await TLSServer()
        let configured = { (round: Int) in
            destination("https://localhost:\(server.port)/hook") {
                $0.caFile = files.authority
                $0.headers = [.init(name: "x-round", value: Secret("\(round)"), isSecret: false)]
            }
        }
        let transport = makeTransport([configured(0)])
        var answered = 0
        for round in 1...30 {
            transport.start([request(UInt64(round))])
            transport.replace([configured(round)])
            let results = transport.wait(timeout: .zero)
            answered += results.count { $0.outcome.status == 200 }
        }
        while answered < 30 {
            let results = transport.wait(timeout: .seconds(60))
            try Task.checkCancellation()
            #expect(results.allSatisfy { $0.outcome.status == 200 })
            answered += results.count
        }
        #expect(transport.leaving.isEmpty)
        #expect(server.requestCount == 30)
        await server.stop()
    }
}
