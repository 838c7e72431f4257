import FeedConnections
import FeedProtocols
import RelayConfig
import RelayModel
import Testing

/// Over loopback, from opening to events.
///
/// The time limit guards against a hang; nothing waits for it.
@Suite(.timeLimit(.minutes(1)))
struct WebSocketFeedTests {
    @Test func `it opens, authenticates, subscribes and hands on events`() async throws {
        let run = try await FeedRun(apiKey: "k3y")
        run.feed.start()
        let peer = try await run.server.accept()
        let request = try await peer.upgrade()
        #expect(request.first == "GET /data?a=1 HTTP/1.1")
        #expect(request.contains("Host: 127.0.0.1:\(run.server.port)"))
        #expect(request.contains("User-Agent: x402-relay/1.0"))
        #expect(try await peer.did.next() == .say(#"{"method":"authenticate","apiKey":"k3y"}"#))
        try await peer.say(#"{"type":"authenticated","userId":"u","plan":"standard"}"#)
        #expect(try await peer.did.next() == .say(#"{"method":"subscribe","keys":["payments"]}"#))
        try await peer.say(#"{"type":"payment","paymentId":"1"}"#)
        #expect(
            try await run.sink.next(4) == [
                .change("connecting"), .change("opened"), .change("authenticated standard"), .messages(["payment"]),
            ])
        try await peer.say(#"{"type":"subscribed","keys":["payments"]}"#)
        #expect(try await run.sink.next(1) == [.change("subscribed 1 []")])
        await run.stop()
    }

    @Test func `an event keeps its bytes and gets its time of receipt`() async throws {
        let run = try await FeedRun()
        let before = RelayClock().now
        let peer = try await run.subscribe()
        let text = #" {"type" : "payment", "amount": 0.10, "x":"\u00e9é"} "#
        try await peer.say(text)
        let message = try await run.sink.raw.next()
        guard case .event(let document) = message.content else {
            Issue.record("not an event")
            return
        }
        #expect(document.bytes == Array(text.utf8))
        #expect(message.receivedAt - before >= .milliseconds(-1) && message.receivedAt - before < .seconds(60))
        #expect(message.connection == 0)
        #expect(run.feed.lastMessageAt != nil)
        await run.stop()
    }

    @Test func `what comes in one read with the 101 is not lost`() async throws {
        let run = try await FeedRun()
        run.feed.start()
        let peer = try await run.server.accept()
        try await peer.upgrade(followedBy: Frame.text(#"{"type":"first"}"#) + Frame.text(#"{"type":"second"}"#))
        _ = try await run.sink.next(2)
        #expect(try await run.sink.next(1) == [.messages(["first", "second"])])
        try await peer.confirm()
        try await run.sink.subscribed()
        await run.stop()
    }

    @Test func `all that comes in one read is one batch, in order with what happened meanwhile`() async throws {
        let run = try await FeedRun()
        run.feed.start()
        let peer = try await run.server.open()
        _ = try await peer.did.next()
        try await peer.say(
            #"{"type":"a"}"#, "nonsense", #"{"type":"subscribed","keys":["payments"]}"#, #"{"type":"b"}"#,
            #"{"type":"pong"}"#, #"{"type":"c"}"#)
        #expect(
            try await run.sink.next(5) == [
                .change("connecting"), .change("opened"), .messages(["a", "malformed: not JSON"]),
                .change("subscribed 1 []"), .messages(["b", "c"]),
            ])
        await run.stop()
    }

    @Test func `fragments become one message, and pings between them are answered`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        try await peer.send(
            Frame.make(first: 0x01, Array(#"{"ty"#.utf8)) + Frame.make(first: 0x89, [1, 2, 3])
                + Frame.make(first: 0x00, Array(#"pe":"#.utf8)) + Frame.make(first: 0x00, [])
                + Frame.make(first: 0x80, Array(#""whole"}"#.utf8)))
        #expect(try await run.sink.next(1) == [.messages(["whole"])])
        #expect(try await peer.did.next() == .frame(opcode: 0xA, payload: [1, 2, 3]))
        await run.stop()
    }

    @Test func `bad messages cost themselves and not the connection`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        let deep = #"{"type":"x","a":"# + String(repeating: "[", count: 10_000)
        try await peer.send(Frame.make(first: 0x81, [0x22, 0xFF, 0x22]))
        #expect(try await run.sink.next(1) == [.messages(["malformed: not UTF-8"])])
        try await peer.say(deep)
        #expect(try await run.sink.next(1) == [.messages(["malformed: nested too deeply"])])
        try await peer.send(Frame.text(#"{"type":"x","a":""# + String(repeating: "a", count: 20 << 20)))
        #expect(try await run.sink.next(1) == [.messages(["malformed: too large"])])
        try await peer.send(Frame.make(first: 0x82, Array(#"{"type":"binary"}"#.utf8)))
        #expect(try await run.sink.next(1) == [.messages(["binary"])])
        await run.stop()
    }

    @Test func `a refused key is told and the others stay`() async throws {
        let run = try await FeedRun { $0.kind = .interface402(.init(apiKey: nil, keys: ["payments", "bad"])) }
        run.feed.start()
        let peer = try await run.server.open()
        _ = try await peer.did.next()
        try await peer.say(
            #"{"type":"subscribed","keys":["payments"]}"#,
            #"{"type":"error","code":"SUBSCRIPTION_FAILED","message":"Invalid subscription key"}"#)
        #expect(
            try await run.sink.next(4).suffix(2) == [
                .change("refused bad: Invalid subscription key"), .change(#"subscribed 1 ["bad"]"#),
            ])
        // The next connection asks for it last and alone.
        try await peer.close()
        let next = try await run.server.open()
        #expect(try await next.did.next() == .say(#"{"method":"subscribe","keys":["payments"]}"#))
        await run.stop()
    }

    @Test func `several connections are held, and no more than the plan allows`() async throws {
        let run = try await FeedRun(apiKey: "k") { $0.connections = 7 }
        run.feed.start()
        var peers: [ScriptedPeer] = []
        for _ in 0..<7 { peers.append(try await run.server.open()) }
        try await peers[0].say(#"{"type":"authenticated","plan":"standard"}"#)
        // Two of the seven are closed; each says so with code 1000 and is not opened again.
        for _ in 0..<2 {
            let down = try await run.sink.down()
            #expect(down.end == .surplus)
            #expect(down.retryIn == nil)
        }
        await run.stop()
    }

    @Test func `the key never reaches the log`() async throws {
        let log = RecordingLog()
        let run = try await FeedRun(apiKey: "k3y", logger: log.logger)
        run.feed.start()
        let peer = try await run.server.open()
        try await peer.say(
            #"{"type":"error","code":"k3y","message":"Unknown k3y"}"#,
            #"{"type":"error","code":"AUTHENTICATION_FAILED","message":"Invalid API key k3y"}"#)
        let down = try await run.sink.down()
        #expect(down.end == .authenticationFailed("Invalid API key [secret]"))
        #expect(down.retryIn.map { $0 >= .seconds(60) } == true)
        await run.stop()
        let lines = log.lines
        #expect(lines.contains { $0.contains("the feed refused the API key") && $0.contains("feed=f") })
        #expect(!lines.contains { $0.contains("k3y") })
    }
}
