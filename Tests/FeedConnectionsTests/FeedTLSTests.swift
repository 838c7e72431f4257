import FeedConnections
import FeedProtocols
import RelayConfig
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FeedTLSTests {
    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a server of the given CA is trusted, by name and by address`(host: String) async throws {
        try await withTemporaryFile(TestCertificates.authority) { path in
            let run = try await FeedRun(TestCertificates.loopback, host: host) { $0.caFile = path }
            let peer = try await run.subscribe()
            try await peer.say(#"{"type":"payment"}"#)
            #expect(try await run.sink.next(1) == [.messages(["payment"])])
            try await peer.close()
            guard case .dropped = try await run.sink.down().end else {
                Issue.record("it did not end as a drop")
                return
            }
            await run.stop()
        }
    }

    @Test func `a server of an unknown CA is not trusted`() async throws {
        let run = try await FeedRun(TestCertificates.loopback)
        run.feed.start()
        let end = try await run.sink.down().end
        #expect("\(end)".contains("not trusted"), "\(end)")
        #expect("\(end)".contains("tls.caFile"))
        await run.stop()
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a certificate for another name is refused`(host: String) async throws {
        try await withTemporaryFile(TestCertificates.authority) { path in
            let run = try await FeedRun(TestCertificates.elsewhere, host: host) { $0.caFile = path }
            run.feed.start()
            let end = try await run.sink.down().end
            #expect("\(end)".contains("certificate is for another name"), "\(end)")
            await run.stop()
        }
    }

    @Test func `a CA file that is missing or holds no certificate is told before anything is tried`() async throws {
        try await withTemporaryFile("nothing") { path in
            for file in [path, "/nonexistent/ca.pem"] {
                await #expect(throws: FeedSetupError.self) {
                    _ = try await FeedRun(TestCertificates.loopback) { $0.caFile = file }
                }
            }
        }
    }
}
