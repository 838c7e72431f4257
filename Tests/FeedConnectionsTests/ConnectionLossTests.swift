import FeedConnections
import FeedProtocols
import RelayConfig
import RelayModel
import Synchronization
import Testing

/// How connections end, and what follows.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionLossTests {
    @Test func `a connection that breaks off is opened and subscribed again`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        try await peer.say(#"{"type":"payment"}"#)
        let received = try await run.sink.raw.next().receivedAt
        try await peer.close()
        let down = try await run.sink.down()
        #expect(down.end == .dropped("it ended without a close frame"))
        #expect(down.lastMessageAt == received)
        #expect(down.retryIn != nil)
        let next = try await run.server.open()
        try await next.confirm()
        try await run.sink.subscribed()
        await run.stop()
    }

    @Test func `a message that is cut off is never delivered in part`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        try await peer.send(Frame.make(first: 0x01, Array(#"{"type":"x"}"#.utf8)) + [0x80, 100, 0x20])
        try await peer.close()
        #expect(
            try await run.sink.next(1) == [
                .change("down: the connection broke off: it ended without a close frame")
            ])
        await run.stop()
    }

    @Test func `a server that closes gets its close frame back`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        try await peer.send(Frame.close(1001, "going\naway"))
        #expect(try await peer.closeCode() == 1001)
        #expect(try await peer.did.next() == .leave)
        #expect(try await run.sink.down().end == .closedByServer(code: 1001, reason: "going\\u{a}away"))
        await run.stop()
    }

    @Test func `a close frame without a code is answered by one`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        try await peer.send(Frame.make(first: 0x88, []))
        #expect(try await peer.closeCode() == nil)
        #expect(try await run.sink.down().end == .closedByServer(code: nil, reason: ""))
        await run.stop()
    }

    @Test func `a silent peer is pinged and then given up`() async throws {
        let run = try await FeedRun {
            $0.pingInterval = .milliseconds(300)
            $0.pongTimeout = .milliseconds(300)
        }
        let peer = try await run.subscribe()
        #expect(try await peer.did.next() == .say(#"{"method":"ping"}"#))
        #expect(try await run.sink.down().end == .noPong(.milliseconds(300)))
        await run.stop()
    }

    @Test(arguments: [
        (Frame.make(first: 0x81, Array("{}".utf8), isMasked: true), "a masked frame"),
        (Frame.make(first: 0xC1, Array("{}".utf8)), "reserved bits are set"),
        (Frame.make(first: 0x83, []), "an unknown opcode"),
        (Frame.make(first: 0x8B, []), "an unknown opcode"),
        (Frame.make(first: 0x80, []), "a continuation without a message"),
        (Frame.make(first: 0x01, []) + Frame.make(first: 0x81, []), "a new message inside a fragmented one"),
        (Frame.make(first: 0x09, []), "fragmentedControlFrame"),
        (Frame.make(first: 0x89, Array(repeating: 0, count: 126)), "multiByteControlFrameLength"),
        (Frame.make(first: 0x88, [3]), "a close frame with half a code"),
        (Frame.close(1005), "a close frame with code 1005"),
        (Frame.make(first: 0x88, [3, 232, 0xFF]), "a close frame whose reason is not UTF-8"),
    ])
    func `a server that breaks the protocol is told so`(frame: [UInt8], fault: String) async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        try await peer.send(frame)
        #expect(try await peer.closeCode() == 1002)
        #expect(try await run.sink.down().end == .protocolError(fault))
        await run.stop()
    }

    @Test func `a message past all bounds closes with 1009`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        // Only the head of a frame that announces one byte more than is read.
        let length = (32 << 20) + 1
        try await peer.send([0x81, 127] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) })
        #expect(try await peer.closeCode() == 1009)
        #expect(try await run.sink.down().end == .messageTooLarge(limit: 32 << 20))
        await run.stop()
    }

    @Test func `a refused upgrade tells its status and keeps its Retry-After`() async throws {
        let run = try await FeedRun()
        run.feed.start()
        let peer = try await run.server.accept()
        _ = try await peer.did.next()
        try await peer.send(
            Array("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\nContent-Length: 2\r\n\r\nno".utf8))
        let down = try await run.sink.down()
        #expect(down.end == .upgradeRefused(status: 503, retryAfter: .seconds(120)))
        #expect(down.retryIn.map { $0 >= .seconds(120) } == true)
        #expect(try await peer.did.next() == .leave)
        await run.stop()
    }

    @Test(arguments: [
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", "no WebSocket's"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                + "Sec-WebSocket-Accept: bm90IHRoZSBrZXk=\r\n\r\n", "no WebSocket's"
        ),
        ("SSH-2.0-OpenSSH_9\r\n\r\n", "is not HTTP"),
    ])
    func `an answer that is no WebSocket's is named`(answer: String, expected: String) async throws {
        let run = try await FeedRun()
        run.feed.start()
        let peer = try await run.server.accept()
        _ = try await peer.did.next()
        try await peer.send(Array(answer.utf8))
        let end = try await run.sink.down().end
        #expect("\(end)".contains(expected))
        await run.stop()
    }

    @Test func `a server that hangs up during the opening is tried again`() async throws {
        let run = try await FeedRun()
        run.feed.start()
        let peer = try await run.server.accept()
        _ = try await peer.did.next()
        try await peer.close()
        #expect(
            try await run.sink.down().end == .unreachable("the server ended the connection before it was open"))
        _ = try await run.server.open()
        await run.stop()
    }

    @Test func `a server that never answers the upgrade is given up in time`() async throws {
        let run = try await FeedRun { $0.connectTimeout = .milliseconds(100) }
        run.feed.start()
        let peer = try await run.server.accept()
        #expect(try await run.sink.down().end == .connectTimeout(.milliseconds(100)))
        _ = try await peer.did.next { $0 == .leave }
        await run.stop()
    }

    @Test func `nobody listening and a name that does not resolve are told apart`() async throws {
        let refused = try await FeedRun { $0.url = "ws://127.0.0.1:1/" }
        refused.feed.start()
        #expect("\(try await refused.sink.down().end)".contains("127.0.0.1:1: "))
        await refused.stop()

        let unknown = try await FeedRun { $0.url = "ws://no-such-host.invalid/" }
        unknown.feed.start()
        #expect(
            try await unknown.sink.down().end == .unreachable("the name no-such-host.invalid does not resolve"))
        await unknown.stop()
    }

    // MARK: Stopping

    @Test func `a clean stop says 1000 and waits for the answer`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        peer.endsWhenClosed.store(false, ordering: .relaxed)
        async let stopped: Void = run.feed.stop()
        #expect(try await peer.closeCode() == 1000)
        // What the server sent before it heard still counts.
        try await peer.send(Frame.text(#"{"type":"last"}"#) + Frame.close(1000))
        await stopped
        #expect(try await run.sink.next(1) == [.messages(["last"])])
        #expect(try await run.sink.next(1) == [.change("down: closed by the relay")])
        run.sink.calls.end()
        await #expect(throws: Inbox<RecordingSink.Call>.Ended.self) { try await run.sink.next(1) }
        await run.server.stop()
    }

    @Test func `a stop does not hang on a server that does not answer`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        peer.endsWhenClosed.store(false, ordering: .relaxed)
        await run.stop()
        #expect(try await run.sink.down().end == .stopped)
    }

    @Test func `a feed can be stopped while it opens, while it waits, twice, and unstarted`() async throws {
        let opening = try await FeedRun()
        opening.feed.start()
        let peer = try await opening.server.accept()
        await opening.stop()
        _ = try await peer.did.next { $0 == .leave }

        let waiting = try await FeedRun { $0.reconnectInitial = .seconds(3600) }
        try await waiting.subscribe().close()
        _ = try await waiting.sink.down()
        await waiting.feed.stop()
        await waiting.stop()

        await (try await FeedRun()).stop()
    }
}
