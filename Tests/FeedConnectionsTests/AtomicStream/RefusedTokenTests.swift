import FeedConnections
import FeedProtocols
import RelayConfig
import RelayModel
import Testing

/// Servers that do not let a token in.
@Suite(.timeLimit(.minutes(1)))
struct RefusedTokenTests {
    @Test(arguments: [401, 402, 403, 404, 410])
    func `an upgrade that is refused over the token is told, and nothing is tried before another`(
        status: Int
    ) async throws {
        let run = try await StreamRun { $0.connections = 2 }
        run.feed.start()
        #expect(try await run.refuse("\(status) No").contains("?t=tok-1 "))
        let refusal = try await run.tokens.refusal()
        #expect(refusal == ("tok-1", "the server refused the WebSocket with status \(status)"))
        #expect(try await run.sink.down().retryIn == nil)
        try await run.settle()
        #expect(run.server.accepted == 1)
        run.tokens.order(.use(Secret("tok-2")))
        let peer = try await run.server.accept()
        #expect(try await peer.upgrade().first?.contains("?t=tok-2 ") == true)
        await run.stop()
    }

    @Test(arguments: [1008, 4000, 4401] as [UInt16])
    func `so is one that is closed over it before the hello`(code: UInt16) async throws {
        let run = try await StreamRun()
        run.feed.start()
        try await run.server.open().send(Frame.close(code, "token tok-1"))
        #expect(
            try await run.tokens.refusal()
                == ("tok-1", "the server closed the connection with code \(code): token [secret]"))
        try await run.settle()
        #expect(run.server.accepted == 1)
        await run.stop()
    }

    @Test func `so is one that is to be paid before the hello`() async throws {
        let run = try await StreamRun()
        run.feed.start()
        let peer = try await run.server.open()
        try await peer.say(#"{"op":"payment_required","reason":"expired"}"#)
        #expect(try await run.tokens.news.next() == .paymentRequired(reason: "expired"))
        try await peer.close()
        #expect(try await run.tokens.refusal().token == "tok-1")
        await run.stop()
    }

    @Test func `an end before the hello that says nothing of the token is told, and it is tried again`() async throws {
        let run = try await StreamRun()
        run.feed.start()
        #expect(try await run.refuse("503 No").contains("?t=tok-1 "))
        #expect(try await run.refuse("429 No").contains("?t=tok-1 "))
        #expect(try await run.refuse("400 No").contains("?t=tok-1 "))
        try await run.server.open().close()
        try await run.server.open().send(Frame.close(1000))
        for part in ["status 400", "", "code 1000"] {
            guard case .notGreeted(let token, let reason) = try await run.tokens.news.next() else {
                Issue.record("it is not told")
                return
            }
            #expect(token == Secret("tok-1"))
            #expect(part.isEmpty || reason.contains(part))
        }
        let peer = try await run.server.open()
        try await peer.greet()
        guard case .hello = try await run.tokens.news.next() else {
            Issue.record("something was told before the hello")
            return
        }
        // A greeted token is a good one, whatever the server says when it closes.
        try await peer.send(Frame.close(4401))
        try await run.server.open().greet()
        if case .hello = try await run.tokens.news.next() {} else { Issue.record("a good token was refused") }
        await run.stop()
    }

    @Test func `a second connection that is turned away does not make a token bad that serves the first`() async throws
    {
        let run = try await StreamRun { $0.connections = 2 }
        _ = try await run.subscribe()
        #expect(try await run.refuse("403 No").contains("?t=tok-1 "))
        #expect(try await run.sink.down().retryIn != nil)
        try await run.server.open().greet()
        _ = try await run.tokens.news.next()
        if case .hello = try await run.tokens.news.next() {} else { Issue.record("a good token was refused") }
        await run.stop()
    }

    @Test func `the same token again is tried again`() async throws {
        let run = try await StreamRun()
        run.feed.start()
        _ = try await run.refuse("401 No")
        _ = try await run.tokens.refusal()
        run.tokens.order(.use(Secret("tok-1")))
        #expect(try await run.refuse("401 No").contains("?t=tok-1 "))
        _ = try await run.tokens.refusal()
        run.tokens.order(.reconnect(reason: "look again"))
        #expect(try await run.refuse("401 No").contains("?t=tok-1 "))
        await run.stop()
    }

    @Test func `to reconnect closes in order and opens at once with the token in use`() async throws {
        let run = try await StreamRun {
            $0.connections = 2
            $0.reconnectInitial = .seconds(3600)
            $0.reconnectMax = .seconds(3600)
        }
        let first = try await run.subscribe()
        let second = try await run.server.open()
        try await second.greet()
        try await run.sink.subscribed()
        run.tokens.order(.use(Secret("tok-2")))
        run.tokens.order(.reconnect(reason: "not paid"))
        #expect(try await first.closeCode() == 1000)
        #expect(try await second.closeCode() == 1000)
        let down = try await run.sink.down()
        #expect(down.end == .reopened("not paid"))
        #expect(down.retryIn == .zero)
        let peer = try await run.server.accept()
        #expect(try await peer.upgrade().first?.contains("?t=tok-2 ") == true)
        try await peer.greet()
        #expect(try await run.server.accept().upgrade().first?.contains("?t=tok-2 ") == true)
        await run.stop()
    }

    @Test func `the token is in the URL and nowhere else`() async throws {
        let log = RecordingLog()
        let run = try await StreamRun(token: "s3cr/t-1", logger: log.logger)
        run.feed.start()
        _ = try await run.refuse("500 s3cr/t-1")
        var ends = ["\(try await run.sink.down().end)"]
        var peer = try await run.server.open()
        try await peer.greet()
        try await run.sink.subscribed()
        run.tokens.order(.renewToken(Secret("s3cr/t-2")))
        _ = try await peer.did.next { $0 == .say(#"{"op":"renew_token","token":"s3cr/t-2"}"#) }
        let payload = #"{"payload":{"transaction":"\#(String(repeating: "Sig", count: 40))"}}"#
        run.tokens.order(.renewInband(requirements: Array("{}".utf8), payload: Array(payload.utf8)))
        _ = try await peer.did.next { if case .say(let text) = $0 { text.contains("renew_inband") } else { false } }
        try await peer.say(
            #"{"op":"error","message":"s3cr/t-1 s3cr%2Ft-1 s3cr\/t-2"}"#, #"{"op":"s3cr/t-2"}"#,
            #"{"s3cr/t-1":"s3cr/t-2"}"#,
            #"{"op":"payment_required","reason":"\#(String(repeating: "Sig", count: 40))"}"#)
        try await peer.send(Frame.close(1011, "s3cr/t-1 s3cr/t-2 s3cr%2Ft-1"))
        ends.append("\(try await run.sink.down().end)")
        peer = try await run.server.open()
        try await peer.send(Frame.close(4401, "s3cr/t-1"))
        let refusal = try await run.tokens.refusal()
        ends.append(refusal.reason)
        run.tokens.order(.hold(reason: "gone"))
        try await run.settle()
        await run.stop()
        let shown = log.lines + ends + ["\(refusal)".replacing(refusal.token, with: "")]
        #expect(log.lines.count > 8)
        #expect(shown.filter { $0.contains("s3cr") || $0.contains("SigSig") } == [])
    }
}
