import RelayConfig
import RelayModel
import Testing

@testable import WebhookDelivery

/// Who is trusted, and as whom the relay comes.
@Suite struct TLSTests {
    private let files: PEMFiles

    init() throws {
        files = try PEMFiles()
    }

    /// What comes of a request to `server` by the name `localhost`, and how many requests arrived.
    private func outcome(
        of server: TLSServer, host: String = "localhost", _ change: (inout DestinationConfiguration) -> Void = { _ in }
    ) async throws -> (outcome: AttemptOutcome, requests: Int) {
        let outcome = try send(to: "https://\(host):\(server.port)/hook") {
            $0.caFile = files.authority
            change(&$0)
        }
        await server.stop()
        return (outcome, server.requestCount)
    }

    /// Expects a failure of TLS before any request.
    private func expectRefusal(
        _ result: (outcome: AttemptOutcome, requests: Int), sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let failure = try #require(result.outcome.failure, sourceLocation: sourceLocation)
        #expect(failure.stage == .tls, "\(failure)", sourceLocation: sourceLocation)
        #expect(!failure.requestSent, sourceLocation: sourceLocation)
        #expect(result.requests == 0, sourceLocation: sourceLocation)
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a certificate of the given authority for the host is trusted`(host: String) async throws {
        let result = try await outcome(of: try TLSServer(), host: host)
        #expect(result.outcome == .answered(status: 200, retryAfter: nil, body: Array("secure".utf8)))
    }

    @Test func `a certificate of an unknown authority is refused`() async throws {
        try expectRefusal(try await outcome(of: try TLSServer()) { $0.caFile = nil })
    }

    @Test func `a certificate for another host is refused`() async throws {
        try expectRefusal(try await outcome(of: try TLSServer(certificate: TestCertificates.otherHost)))
    }

    @Test func `an expired certificate is refused`() async throws {
        try expectRefusal(try await outcome(of: try TLSServer(certificate: TestCertificates.expired)))
    }

    @Test func `a CA file that holds no certificate is a failure of TLS`() async throws {
        try expectRefusal(try await outcome(of: try TLSServer()) { $0.caFile = files.nonsense })
        try expectRefusal(try await outcome(of: try TLSServer()) { $0.caFile = "/nowhere/ca.pem" })
    }

    @Test func `the relay shows its certificate to a server that asks for it`() async throws {
        let result = try await outcome(of: try TLSServer(asksForClient: true)) {
            $0.certFile = files.client
            $0.keyFile = files.key
        }
        #expect(result.outcome.status == 200)
    }

    @Test func `without the certificate that a server asks for there is no answer`() async throws {
        let result = try await outcome(of: try TLSServer(asksForClient: true))
        // With TLS 1.3 the refusal comes after the handshake has ended for the client: the request may have left.
        #expect(result.outcome.failure != nil)
        #expect(result.requests == 0)
    }

    @Test func `a key under a password fails, and nobody is asked for it`() async throws {
        try expectRefusal(
            try await outcome(of: try TLSServer(asksForClient: true)) {
                $0.certFile = files.client
                $0.keyFile = files.encryptedKey
            })
    }

    @Test func `TLS to a port without it is a failure of TLS`() throws {
        let server = RawServer { connection, _ in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForClose()
        }
        defer { server.stop() }
        let failure = try #require(try send(to: "https://127.0.0.1:\(server.port)/").failure)
        #expect(failure.stage == .tls)
        #expect(!failure.requestSent)
    }

    @Test func `a connection that ends amid the handshake is a failure of TLS`() throws {
        let server = RawServer { connection, _ in
            connection.readSome()
            connection.reset()
        }
        defer { server.stop() }
        let failure = try #require(try send(to: "https://127.0.0.1:\(server.port)/").failure)
        #expect(failure.stage == .tls)
        #expect(!failure.requestSent)
    }

    @Test func `endpoints with other authorities do not share a connection`() async throws {
        let server = try await TLSServer()
        let url = "https://localhost:\(server.port)/"
        let destinations = [
            destination(url, name: "trusting") { $0.caFile = files.authority }, destination(url, name: "wary"),
        ]
        do {
            let transport = makeTransport(destinations)
            #expect(try transport.send(request(to: "trusting")).status == 200)
            #expect(try transport.send(request(to: "wary")).failure?.stage == .tls)
        }
        #expect(server.requestCount == 1)
        await server.stop()
    }
}
