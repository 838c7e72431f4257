import RelayModel
import Testing

@testable import X402Payments

/// Tokens of which the slice is over, where the server does not say plainly that it refuses them.
@Suite struct DeadTokenTests {
    private static let unpaid = "GET /v2/schema/stream/s1"
    private static let post = #"POST /v2/renew/stream/s1 {"token":"T1"}"#
    private static let hello = StreamNews.hello(Secret("T1"), sliceSeconds: 300, expiresAt: "end of T1")

    /// A feed whose slice has half a minute left, and whose renewal is asked for.
    private static func renewing() throws -> Conversation {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        talk.pass(.seconds(270))
        #expect(talk.hear(.reminder(expiresAt: "end of T1", msUntilExpiry: 30_000)).first == post)
        talk.settle()
        return talk
    }

    // MARK: A renewal that is refused

    @Test(arguments: [400, 401, 403, 404, 409, 410, 422])
    func `a renewal refused after the slice is over leads to a purchase, though the stream lets the token in`(
        status: Int
    ) throws {
        var talk = try Self.renewing()
        let isOfToken = [401, 403, 404, 410].contains(status)
        #expect(talk.answer(status) == (isOfToken ? ["reconnect"] : []))
        if isOfToken { talk.hear(Self.hello) }
        var lines: [String] = []
        for _ in 0..<100 where lines.isEmpty {
            // Every look before the end is refused, and nothing more comes of it.
            #expect(talk.pass(.seconds(1)).allSatisfy { $0 == Self.post })
            lines = talk.answer(status)
        }
        #expect(talk.now >= Conversation.start + .seconds(300))
        #expect(lines.prefix(2) == ["tell relay.feed.payment_required", "hold"])
        lines += talk.settle() + talk.pass(.seconds(20))
        #expect(lines.filter { $0.hasPrefix("GET") } == [Self.unpaid])
        #expect(!lines.contains("reconnect"))
        try talk.pay()
        talk.answer(200, [], Conversation.schema("T2"))
        #expect(talk.written() == ["use T2", "renew_token T2"])
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.3"))
    }

    @Test(arguments: [429, 500, 503])
    func `a renewal that the server cannot answer now leads to no purchase`(status: Int) throws {
        var talk = try Self.renewing()
        talk.pass(.seconds(40))
        for _ in 0..<20 {
            #expect(talk.answer(status) == [])
            #expect(talk.pass(.seconds(61)).allSatisfy { $0 == Self.post })
        }
    }

    @Test func `a payment that the stream asks for makes the refused renewal one of a slice that is over`() throws {
        var talk = try Self.renewing()
        #expect(talk.hear(.paymentRequired(reason: "expired")) == [])
        #expect(talk.answer(404).prefix(2) == ["tell relay.feed.payment_required", "hold"])
        #expect(talk.access.standing.state == .unpaid)
    }

    @Test func `a greeting after the refused renewal pays for nothing twice`() throws {
        var talk = try Self.renewing()
        talk.hear(.paymentRequired(reason: "expired"))
        talk.answer(404)
        talk.settle()
        #expect(talk.challenge() == ["blockhash?"])
        #expect(talk.hear(Self.hello).first == "use T1")
        #expect(try talk.blockhash() == [])
        talk.settle()
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
        #expect(talk.access.standing.state != .unresolved)
    }

    @Test func `a configured token is tried before one is bought, on connections that are opened again`() throws {
        var talk = try Conversation(Conversation.settings(token: "C"))
        talk.say(.start)
        talk.hear(.tokenRefused(Secret("C"), reason: "401"))
        try talk.buy("T1")
        talk.pass(.seconds(270))
        var settings = talk.settings
        settings.token = Secret("T1")
        talk.say(.reloaded(settings))
        settings.token = Secret("D")
        talk.say(.reloaded(settings))
        talk.settle()
        talk.hear(.hello(Secret("D"), sliceSeconds: 300, expiresAt: nil))
        talk.hear(.reminder(expiresAt: "end of D", msUntilExpiry: 0))
        talk.settle()
        let lines = talk.answer(404)
        #expect(lines.prefix(3) == ["tell relay.feed.payment_required", "use T1", "reconnect"])
    }

    @Test func `a reload lets the connections be opened once more over a refused renewal`() throws {
        var talk = try Self.renewing()
        #expect(talk.answer(404) == ["reconnect"])
        talk.hear(Self.hello)
        talk.pass(.seconds(2))
        #expect(talk.answer(404) == [])
        #expect(talk.say(.reloaded(talk.settings)) == [Self.post])
        #expect(talk.answer(404) == ["reconnect"])
    }

    // MARK: A token that is not greeted

    private static let silence = StreamNews.notGreeted(Secret("T1"), reason: "closed with code 1000")

    @Test func `a token seen to run out that is not greeted is one that is refused`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        talk.pass(.seconds(304))
        #expect(talk.hear(Self.silence) == [])
        #expect(talk.access.standing.state == .paid)
        talk.pass(.seconds(2))
        #expect(talk.hear(Self.silence).prefix(2) == ["hold", Self.unpaid])
        // The connections that wait for a token have nothing more to say.
        #expect(talk.hear(Self.silence) == [])
    }

    @Test func `a token of which the slice runs is not paid for again, however often it is not greeted`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        for _ in 0..<29 {
            talk.pass(.seconds(10))
            #expect(talk.hear(Self.silence) == [])
        }
    }

    @Test func `a token that ran out while the relay was down is given up on after three connections`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        try talk.restart(after: .seconds(600))
        talk.say(.start)
        for _ in 0..<2 {
            #expect(talk.hear(Self.silence) == [])
            talk.pass(.seconds(5))
        }
        #expect(talk.hear(Self.silence).prefix(2) == ["hold", Self.unpaid])
    }

    @Test func `a configured token is given up on after three in a row that do not come at once`() throws {
        var talk = try Conversation(Conversation.settings(token: "T1"))
        talk.say(.start)
        talk.settle()
        for _ in 0..<5 { #expect(talk.hear(Self.silence) == []) }
        talk.pass(.seconds(20))
        talk.hear(.hello(Secret("T1"), sliceSeconds: nil, expiresAt: nil))
        for _ in 0..<2 {
            #expect(talk.hear(Self.silence) == [])
            talk.pass(.seconds(5))
        }
        #expect(talk.hear(Self.silence).prefix(2) == ["hold", Self.unpaid])
    }

    @Test func `a greeting takes back that a token was given up on`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        talk.pass(.seconds(400))
        talk.hear(Self.silence)
        talk.settle()
        #expect(talk.challenge() == ["blockhash?"])
        #expect(talk.hear(Self.hello).first == "use T1")
        #expect(try talk.blockhash() == [])
    }

    @Test func `a slice that is over is not shown as paid while nothing is known of its token`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        try talk.restart(after: .seconds(100))
        talk.say(.start)
        talk.pass(.seconds(229))
        #expect(talk.access.standing.state == .paid)
        talk.pass(.seconds(1))
        #expect(talk.access.standing.state == .unpaid)
        let end = Conversation.start + .seconds(300)
        #expect(
            talk.access.standing.reason
                == "its slice is over since \(end), and the server has neither let the token in nor refused it")
        talk.hear(Self.hello)
        #expect(talk.access.standing.state == .paid)
    }
}
