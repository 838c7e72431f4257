import FeedConnections
import FeedProtocols
import RelayConfig
import Testing

/// Servers that agree to the WebSocket and leave before the relay has taken notice.
@Suite(.timeLimit(.minutes(1)))
struct EarlyEndTests {
    enum Opening: CaseIterable, Sendable {
        case plain, tls
    }

    enum Farewell: CaseIterable, Sendable {
        case none, closeFrame

        var frames: [UInt8] {
            switch self {
            case .none: []
            case .closeFrame: Frame.close(1013, "busy")
            }
        }
    }

    private func run(_ opening: Opening, change: @escaping (inout FeedConfiguration) -> Void = { _ in }) async throws
        -> FeedRun
    {
        guard opening == .tls else { return try await FeedRun(change: change) }
        return try await withTemporaryFile(TestCertificates.authority) { path in
            try await FeedRun(TestCertificates.loopback) {
                $0.caFile = path
                change(&$0)
            }
        }
    }

    @Test(arguments: Opening.allCases, Farewell.allCases)
    func `a server that ends with its 101 is tried again`(opening: Opening, farewell: Farewell) async throws {
        let run = try await run(opening)
        run.feed.start()
        for _ in 0..<3 {
            try await run.server.accept().upgrade(followedBy: farewell.frames, departure: .end)
            let down = try await run.sink.down()
            // The HTTP decoder drops what it holds at the end of the stream, so the close frame may be lost.
            switch down.end {
            case .dropped, .closedByServer(code: 1013, reason: "busy"): break
            default: Issue.record("it ended otherwise: \(down.end)")
            }
            #expect(down.retryIn != nil)
        }
        let peer = try await run.server.open()
        try await peer.confirm()
        try await run.sink.subscribed()
        await run.stop()
    }

    @Test(arguments: Opening.allCases)
    func `a server that resets with its 101 is tried again`(opening: Opening) async throws {
        let run = try await run(opening)
        run.feed.start()
        for _ in 0..<3 {
            try await run.server.accept().upgrade(departure: .reset)
            #expect(try await run.sink.down().retryIn != nil)
        }
        let peer = try await run.server.open()
        try await peer.confirm()
        try await run.sink.subscribed()
        await run.stop()
    }

    @Test(arguments: Opening.allCases, Farewell.allCases)
    func `a stop returns though the server ended with its 101`(opening: Opening, farewell: Farewell) async throws {
        let run = try await run(opening) { $0.reconnectInitial = .seconds(3600) }
        run.feed.start()
        try await run.server.accept().upgrade(followedBy: farewell.frames, departure: .end)
        // Wherever the connection has got to by now.
        await run.stop()
        _ = try await run.sink.down()
    }
}
