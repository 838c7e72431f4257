import RelayModel
import Testing

@testable import X402Payments

/// Which token is used, at a start, without a wallet and after a reload.
@Suite struct TokenTests {
    private static func memory(_ token: String?, _ resource: StreamResource = Conversation.resource) -> LedgerMemory {
        LedgerMemory(standings: [
            StreamStanding(feed: "solana", resource: resource, token: token.map { Secret($0) }, sliceSeconds: 300)
        ])
    }

    private static let other = StreamResource(origin: "https://stream.example:8443", version: "v2", stream: "s2")

    @Test func `the stored token comes before the configured one, and only refusals lead to a purchase`() throws {
        var talk = try Conversation(Conversation.settings(token: "C"), memory: Self.memory("S"))
        #expect(talk.say(.start) == ["use S"])
        #expect(talk.pass(.seconds(86_400)) == [])
        #expect(talk.hear(.tokenRefused(Secret("C"), reason: "401")) == [])
        #expect(talk.hear(.tokenRefused(Secret("S"), reason: "401")) == ["use C", "write: token C, unserved 0"])
        talk.settle()
        #expect(talk.hear(.tokenRefused(Secret("S"), reason: "401")) == [])
        #expect(talk.hear(.tokenRefused(Secret("C"), reason: "401")).prefix(2) == ["hold", "GET /v2/schema/stream/s1"])
        #expect(talk.hear(.tokenRefused(Secret("C"), reason: "401")) == [])
    }

    @Test func `the stored token of another stream is not used`() throws {
        var talk = try Conversation(memory: Self.memory("S", Self.other))
        #expect(talk.say(.start) == ["hold", "GET /v2/schema/stream/s1", "write: token none, unserved 0"])
    }

    @Test func `no message and no end of a connection leads to a purchase`() throws {
        var talk = try Conversation(memory: Self.memory("S"))
        talk.say(.start)
        for news: StreamNews in [
            .failed("x"), .renewalLost, .renewed(expiresAt: nil, method: nil),
            .hello(Secret("S"), sliceSeconds: nil, expiresAt: nil),
        ] {
            #expect(talk.hear(news) == [])
        }
    }

    @Test func `without a wallet the refused tokens are tried again and again`() throws {
        var talk = try Conversation(Conversation.settings(token: "C"), pays: false, memory: Self.memory("S"))
        talk.say(.start)
        talk.hear(.tokenRefused(Secret("S"), reason: "401"))
        talk.settle()
        #expect(talk.hear(.tokenRefused(Secret("C"), reason: "401")) == ["hold", "tell relay.feed.payment_required"])
        #expect(talk.access.standing.state == .unpaid)
        #expect(talk.pass(.seconds(2)) == ["use S", "write: token S, unserved 0"])
        talk.settle()
        #expect(talk.hear(.tokenRefused(Secret("S"), reason: "401")) == ["use C", "write: token C, unserved 0"])
        talk.settle()
        #expect(talk.hear(.tokenRefused(Secret("C"), reason: "401")) == ["hold"])
        #expect(talk.pass(.seconds(1)) == [])
        #expect(talk.pass(.seconds(3)).first == "use S")
        talk.settle()
        #expect(talk.access.standing.state == .unpaid)
        // The server was wrong.
        talk.hear(.hello(Secret("S"), sliceSeconds: 300, expiresAt: nil))
        #expect(talk.access.standing.state == .paid)
        #expect(talk.pass(.seconds(1000)) == [])
    }

    @Test func `without a wallet a slice that ends is told once, and a wallet that comes pays at once`() throws {
        var talk = try Conversation(Conversation.settings(token: "C"), pays: false)
        talk.say(.start)
        talk.settle()
        talk.hear(.hello(Secret("C"), sliceSeconds: 300, expiresAt: nil))
        talk.settle()
        #expect(talk.hear(.reminder(expiresAt: nil, msUntilExpiry: 30_000)).first == "tell relay.feed.payment_required")
        talk.settle()
        #expect(talk.pass(.seconds(100)) == [])
        talk.purse = Purse(
            wallet: try Conversation.wallet(), policy: try Conversation.policy(), memory: LedgerMemory())
        #expect(talk.say(.reloaded(talk.settings)) == [#"POST /v2/renew/stream/s1 {"token":"C"}"#])
    }

    @Test func `a new configured token is used at once, and the one before it after its refusal`() throws {
        var talk = try Conversation(memory: Self.memory("S"))
        talk.say(.start)
        talk.hear(.hello(Secret("S"), sliceSeconds: 300, expiresAt: nil))
        talk.settings.token = Secret("N")
        #expect(talk.say(.reloaded(talk.settings)) == ["use N", "renew_token N", "write: token N, unserved 0"])
        talk.settle()
        #expect(talk.say(.reloaded(talk.settings)) == [])
        #expect(talk.hear(.tokenRefused(Secret("N"), reason: "401")) == ["use S", "write: token S, unserved 0"])
        talk.settle()
        #expect(talk.say(.reloaded(talk.settings)) == [])
    }

    @Test func `a reload with a token ends an unpaid wait`() throws {
        var talk = try Conversation(policy: Conversation.policy(perPayment: "0.01"))
        talk.say(.start)
        talk.challenge()
        talk.settings.token = Secret("N")
        #expect(talk.say(.reloaded(talk.settings)) == ["use N", "write: token N, unserved 0"])
        #expect(talk.access.standing.state == .paid)
        talk.settle()
        #expect(talk.pass(.seconds(100)) == [])
    }

    @Test func `another stream begins anew`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        talk.settings = Conversation.settings(resource: Self.other)
        #expect(
            talk.say(.reloaded(talk.settings)) == [
                "hold", "GET /v2/schema/stream/s2", "write: token none, unserved 0",
            ])
        #expect(talk.access.standing.paidUntil == nil)
    }

    @Test func `a payment for the stream before is resolved first, with its own stream, and its token is not used`()
        throws
    {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        talk.settings = Conversation.settings(resource: Self.other)
        #expect(talk.say(.reloaded(talk.settings)) == ["hold", "write: token none, unserved 0"])
        talk.settle()
        talk.lose()
        talk.settle()
        talk.pass(.seconds(2))
        #expect(talk.written() == ["GET /v2/schema/stream/s1 paid"])
        #expect(
            talk.answer(200, [], Conversation.schema("T1")) == [
                "write: 1 settled served 2; +relay.payment.settled"
            ])
        #expect(talk.written() == ["GET /v2/schema/stream/s2"])
    }

    @Test func `a start that comes twice repeats the order and nothing else`() throws {
        var talk = try Conversation(memory: Self.memory("S"))
        #expect(talk.say(.start) == ["use S"])
        #expect(talk.say(.start) == ["use S"])
    }

    @Test func `before the start nothing is done`() throws {
        var talk = try Conversation(memory: Self.memory("S"))
        #expect(talk.access.nextDeadline == nil)
        #expect(talk.say(.tick) == [])
        #expect(talk.hear(.tokenRefused(Secret("S"), reason: "")) == [])
        #expect(talk.say(.reloaded(Conversation.settings(token: "N"))) == [])
        #expect(talk.access.standing.state == .unpaid)
        #expect(talk.say(.start) == ["use S"])
    }

    @Test(
        arguments: [
            ("wss://h/v2/stream/s?t=abc", "abc"), ("/v2/stream/s?format=raw&t=a%2Bb%3D#x", "a+b="), ("?t=a&t=b", "a"),
            ("wss://h/s?token=abc", nil), ("wss://h/s", nil), ("wss://h/s?t=", nil), ("wss://h/s?t=a%20b", nil),
            ("wss://h/s?t=%zz", nil), ("wss://h/s?t=a%2", nil), ("wss://h/s#?t=a", nil), ("wss://h/s?t=%00", nil),
        ] as [(String, String?)])
    func `a token is what the endpoint's query says, decoded`(url: String, token: String?) {
        let grant = Grant(Array("{\"websocketEndpoint\":\"\(url)\"}".utf8), for: .purchase)
        #expect(grant?.token == token.map { Secret($0) })
    }
}
