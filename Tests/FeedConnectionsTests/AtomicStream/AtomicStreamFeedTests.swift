import FeedConnections
import FeedProtocols
import RelayConfig
import RelayModel
import Testing

/// A paid stream over loopback, while its token is good.
@Suite(.timeLimit(.minutes(1)))
struct AtomicStreamFeedTests {
    @Test func `it opens with the token, sends what is configured in order, and hands on events`() async throws {
        let run = try await StreamRun(token: "t k/1+", options: #""eventFormat":"enhanced""#) {
            $0.stream.mints = ["mint"]
            $0.stream.programs = ["prog"]
            $0.stream.encoding = "hex"
        }
        run.feed.start()
        let peer = try await run.server.accept()
        let request = try await peer.upgrade()
        #expect(
            request.first == "GET /v2/stream/wallet-balance?t=t%20k%2F1%2B&format=enhanced&encoding=hex HTTP/1.1")
        #expect(request.contains("Host: 127.0.0.1:\(run.server.port)"))
        var sent: [ClientDid] = []
        while sent.count < 5 { sent.append(try await peer.did.next()) }
        #expect(
            sent == [
                .say(#"{"op":"setOptions","eventFormat":"enhanced"}"#),
                .say(#"{"op":"setAccounts","accounts":["acc"]}"#), .say(#"{"op":"setPrograms","programs":["prog"]}"#),
                .say(#"{"op":"setMints","mints":["mint"]}"#), .say(#"{"op":"getState"}"#),
            ])
        try await peer.say(
            #"{"op":"hello","expiresAt":"x","sliceSeconds":60}"#, #"{"op":"brand.new"}"#, #"{"type":"slot"}"#,
            #"{"type":"status","watchedAccounts":1,"watchedMints":1}"#, #"{"type":"account"}"#)
        #expect(
            try await run.sink.next(5) == [
                .change("connecting"), .change("opened"), .messages(["slot", "status"]), .change("subscribed 3 []"),
                .messages(["account"]),
            ])
        #expect(
            try await run.tokens.news.next() == .hello(Secret("t k/1+"), sliceSeconds: 60, expiresAt: "x"))
        #expect(run.feed.subscribedConnections == 1)
        await run.stop()
    }

    @Test func `without a token nothing is opened until one is ordered`() async throws {
        let run = try await StreamRun(token: nil)
        run.feed.start()
        try await run.settle()
        run.tokens.order(.hold(reason: "not paid"))
        try await run.settle()
        #expect(run.server.accepted == 0)
        #expect(run.sink.count.value == 0)
        run.tokens.order(.use(Secret("tok-9")))
        #expect(try await run.server.accept().upgrade().first == "GET /v2/stream/wallet-balance?t=tok-9 HTTP/1.1")
        await run.stop()
    }

    @Test func `a token that is not proven is tried by one connection, and then all are opened with it`() async throws {
        let run = try await StreamRun { $0.connections = 3 }
        run.feed.start()
        let first = try await run.server.open()
        try await run.settle()
        #expect(run.server.accepted == 1)
        try await first.greet()
        for _ in 1..<3 { try await run.server.open().greet() }
        for _ in 0..<3 { try await run.sink.subscribed() }
        #expect(run.feed.subscribedConnections == 3)
        await run.stop()
    }

    @Test func `a drop is followed by the same token`() async throws {
        let run = try await StreamRun()
        try await run.subscribe().close()
        if case .dropped = try await run.sink.down().end {} else { Issue.record("it ended otherwise") }
        #expect(try await run.server.accept().upgrade().first?.contains("?t=tok-1 ") == true)
        await run.stop()
    }

    @Test func `a renewed token goes out on every open connection, and the next ones open with it`() async throws {
        let run = try await StreamRun { $0.connections = 2 }
        let first = try await run.subscribe()
        let second = try await run.server.open()
        try await second.greet()
        try await run.sink.subscribed()
        _ = try await (first.said(), second.said())
        run.tokens.order(.use(Secret("tok-2")))
        run.tokens.order(.renewToken(Secret("tok-2")))
        for peer in [first, second] {
            #expect(try await peer.said() == #"{"op":"renew_token","token":"tok-2"}"#)
        }
        try await first.say(#"{"op":"renewed","expiresAt":"x","method":"http"}"#)
        _ = try await run.tokens.news.next { $0 == .renewed(expiresAt: "x", method: "http") }
        try await first.close()
        #expect(try await run.server.accept().upgrade().first?.contains("?t=tok-2 ") == true)
        await run.stop()
    }

    @Test func `a payment goes over one greeted connection, and is lost with it`() async throws {
        let run = try await StreamRun { $0.connections = 2 }
        let payment = StreamOrder.renewInband(requirements: Array(#"{"r":1}"#.utf8), payload: Array(#"{"p":2}"#.utf8))
        run.feed.start()
        let peer = try await run.server.open()
        run.tokens.order(payment)
        #expect(try await run.tokens.news.next() == .renewalLost)

        try await peer.greet()
        _ = try await run.tokens.news.next()
        let second = try await run.server.open()
        _ = try await peer.said()
        run.tokens.order(payment)
        #expect(
            try await peer.said() == #"{"op":"renew_inband","paymentRequirements":{"r":1},"paymentPayload":{"p":2}}"#)
        try await second.close()
        try await peer.close()
        #expect(try await run.tokens.news.next() == .renewalLost)
        await run.stop()
    }

    @Test func `an answered payment is not lost with its connection`() async throws {
        let run = try await StreamRun()
        let peer = try await run.subscribe()
        run.tokens.order(.renewInband(requirements: Array("{}".utf8), payload: Array("{}".utf8)))
        _ = try await peer.said()
        _ = try await peer.said()
        try await peer.say(#"{"op":"renewed","expiresAt":"x","method":"inband"}"#)
        _ = try await run.tokens.news.next { $0 == .renewed(expiresAt: "x", method: "inband") }
        try await peer.close()
        try await run.server.open().greet()
        if case .hello = try await run.tokens.news.next() {} else { Issue.record("something came before the hello") }
        await run.stop()
    }

    @Test func `watch-lists change on the live connection, and what is in the URL does not`() async throws {
        let run = try await StreamRun(options: #""eventFormat":"raw","includeLogs":true"#)
        let peer = try await run.subscribe()
        _ = try await peer.said()
        _ = try await peer.said()
        func change(_ change: (inout FeedConfiguration.AtomicStream) -> Void) -> Bool {
            run.feed.reconfigure(run.configuration { change(&$0.stream) })
        }
        #expect(!change { $0.stream = "account-data" })
        #expect(!change { $0.version = "v1" })
        #expect(!change { $0.encoding = "hex" })
        #expect(!change { $0.options = #""eventFormat":"enhanced","includeLogs":true"# })
        #expect(!change { $0.options = #""eventFormat":"raw""# })
        #expect(!run.feed.reconfigure(run.configuration { $0.name = "g" }))
        #expect(
            change {
                $0.token = Secret("other"); $0.renew = "inband"
            })
        #expect(
            change {
                $0.accounts = ["acc", "more"]; $0.mints = []
            })
        #expect(try await peer.said() == #"{"op":"setAccounts","accounts":["acc","more"]}"#)
        try await peer.say(#"{"type":"status","watchedAccounts":2}"#)
        #expect(try await run.sink.next(2) == [.messages(["status"]), .change("subscribed 2 []")])
        #expect(run.server.accepted == 1)
        await run.stop()
    }

    @Test func `an unhealthy stream is told and does not count as subscribed until it is well`() async throws {
        let run = try await StreamRun()
        let peer = try await run.subscribe()
        try await peer.say(#"{"type":"status","nodeHealthy":false}"#)
        #expect(
            try await run.sink.next(2) == [
                .messages(["status"]), .change("impaired: the stream reports that its node is unhealthy"),
            ])
        try await run.settle()
        #expect(run.feed.subscribedConnections == 0)
        try await peer.say(#"{"type":"status","nodeHealthy":true}"#)
        #expect(try await run.sink.next(2) == [.messages(["status"]), .change("subscribed 1 []")])
        try await run.settle()
        #expect(run.feed.subscribedConnections == 1)
        await run.stop()
    }

    @Test(arguments: ["ftp://a.example", "nonsense", "https://"])
    func `a url that is none is refused`(url: String) async throws {
        await #expect(throws: FeedSetupError.self) { try await StreamRun { $0.url = url } }
    }
}
