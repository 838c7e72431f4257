import RelayModel
import Testing

@testable import X402Payments

/// What the stream says of a token and takes back, or says without being right: nothing is paid for it.
@Suite struct DoubtTests {
    private static let unpaid = "GET /v2/schema/stream/s1"
    private static let post = #"POST /v2/renew/stream/s1 {"token":"T1"}"#
    private static let hello = StreamNews.hello(Secret("T1"), sliceSeconds: 300, expiresAt: "end of T1")
    private static let refusal = StreamNews.tokenRefused(Secret("T1"), reason: "401")
    private static let required = StreamNews.paymentRequired(reason: "expired")

    private static func running() throws -> Conversation {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        return talk
    }

    /// A feed that bought its first slice, whose token was not let in yet.
    private static func bought() throws -> Conversation {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        talk.answer(200, [], Conversation.schema("T1"))
        talk.settle()
        return talk
    }

    // MARK: A refusal that is taken back

    @Test(arguments: 0...2)
    func `a greeting takes back the refusal before it, at each step before a signature`(steps: Int) throws {
        var talk = try Self.running()
        talk.pass(.seconds(100))
        #expect(talk.hear(Self.refusal).prefix(2) == ["hold", Self.unpaid])
        talk.settle()
        if steps > 0 { #expect(talk.challenge() == ["blockhash?"]) }
        #expect(talk.hear(Self.hello) == ["use T1", "write: token T1, unserved 0"])
        talk.settle()
        // What was asked is answered, and nothing comes of it.
        #expect(try steps > 0 ? talk.blockhash() == [] : talk.challenge() == [])
        #expect(talk.access.standing.state == .paid)
        #expect(talk.access.standing.paidUntil == Conversation.start + .seconds(300))
        if steps > 1 { #expect(talk.hear(Self.hello) == []) }
        #expect(talk.pass(.seconds(3600)) == [])
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
    }

    @Test func `a renewal that was due before a refusal that is taken back is due after it`() throws {
        var talk = try Self.running()
        talk.pass(.seconds(200))
        talk.hear(.reminder(expiresAt: "end of T1", msUntilExpiry: 100_000))
        talk.settle()
        talk.hear(Self.refusal)
        talk.settle()
        talk.hear(Self.hello)
        talk.settle()
        #expect(talk.pass(.seconds(69)) == [])
        #expect(talk.pass(.seconds(1)) == [Self.post])
    }

    @Test func `a fresh token whose refusal is taken back was served after all`() throws {
        var talk = try Self.bought()
        #expect(
            talk.hear(Self.refusal).last
                == "write: 1 settled unserved 1; token none, unserved 1; +relay.payment.settled")
        talk.settle()
        #expect(
            talk.hear(Self.hello) == [
                "use T1", "write: 1 settled served 1; token T1, unserved 0; +relay.payment.settled",
            ])
        #expect(talk.settle() == [])
    }

    @Test func `what was not written yet of a refusal that is taken back is never written`() throws {
        for fails in [false, true] {
            var talk = try Self.bought()
            talk.hear(Self.refusal)
            #expect(talk.hear(Self.hello) == ["use T1"])
            if fails {
                // The disk still says served, as it should.
                #expect(talk.notWritten() == [])
                #expect(talk.pass(.seconds(10)) == ["write: token T1, unserved 0"])
            } else {
                #expect(
                    talk.written() == ["write: 1 settled served 1; token T1, unserved 0; +relay.payment.settled"])
            }
            #expect(talk.settle() == [])
        }
        // Another write is under way: the refusal is dropped before it was part of any.
        var talk = try Self.bought()
        talk.hear(.reminder(expiresAt: "end of T1", msUntilExpiry: 290_000))
        #expect(talk.hear(Self.refusal) == ["hold"])
        #expect(talk.hear(Self.hello) == ["use T1"])
        #expect(talk.settle().allSatisfy { !$0.contains("settled") })
    }

    @Test func `a stop over a refusal that is taken back ends with it`() throws {
        var talk = try Self.bought()
        talk.hear(Self.refusal)
        talk.settle()
        #expect(talk.pass(.seconds(3)) == [Self.unpaid])
        try talk.pay()
        talk.answer(200, [], Conversation.schema("T2"))
        talk.settle()
        talk.hear(.tokenRefused(Secret("T2"), reason: "401"))
        talk.settle()
        #expect(talk.access.standing.state == .stopped)
        talk.hear(.hello(Secret("T2"), sliceSeconds: 300, expiresAt: "end of T2"))
        talk.settle()
        #expect(talk.access.standing.state == .paid)
        #expect(talk.disk.standings.first?.unservedInRow == 0)
    }

    @Test func `once a payment is signed the greeting brings the token back, and what was counted stays`() throws {
        var talk = try Self.bought()
        talk.hear(Self.refusal)
        talk.settle()
        #expect(talk.pass(.seconds(3)) == [Self.unpaid])
        try talk.pay()
        #expect(talk.hear(Self.hello) == ["use T1", "write: token T1, unserved 1"])
        talk.settle()
        #expect(talk.answer(200, [], Conversation.schema("T2")).first?.hasPrefix("write: 2 settled served") == true)
        #expect(talk.settle() == ["use T2", "renew_token T2"])
    }

    @Test func `a refused token that is let in while another one is used comes after that one`() throws {
        var talk = try Conversation(
            Conversation.settings(token: "C"),
            memory: LedgerMemory(standings: [
                StreamStanding(feed: "solana", resource: Conversation.resource, token: Secret("T1"), sliceSeconds: 300)
            ]))
        talk.say(.start)
        #expect(talk.hear(Self.refusal).first == "use C")
        talk.settle()
        #expect(talk.hear(Self.hello) == [])
        #expect(talk.hear(.tokenRefused(Secret("C"), reason: "401")).first == "use T1")
    }

    // MARK: A payment that is required, of a slice that nothing is known of

    @Test(arguments: [-86_400, 1, 301, 86_400])
    func `after a start, whatever the clock says, the token is shown to be refused or owed before it is paid for`(
        jump: Int
    ) throws {
        var talk = try Self.running()
        try talk.restart(after: .seconds(jump))
        talk.say(.start)
        talk.hear(Self.hello)
        talk.settle()
        #expect(talk.hear(Self.required) == ["reconnect"])
        // Each of the old connections says it.
        #expect(talk.hear(Self.required) == [])
        #expect(talk.pass(.seconds(100)) == [])
        talk.hear(Self.hello)
        talk.settle()
        talk.pass(.seconds(200))
        #expect(talk.hear(Self.required) == [Self.post])
    }

    @Test func `a configured token is not renewed over a first message that payment is required`() throws {
        var talk = try Conversation(Conversation.settings(token: "T1"))
        talk.say(.start)
        talk.settle()
        talk.hear(Self.hello)
        talk.settle()
        #expect(talk.hear(Self.required) == ["reconnect"])
        #expect(talk.hear(Self.refusal).prefix(2) == ["hold", Self.unpaid])
    }

    @Test func `an in-band renewal that landed is given up on when a reload takes its stream away`() throws {
        var talk = try Conversation(Conversation.settings(inband: true))
        talk.say(.start)
        try talk.buy("T1")
        talk.pass(.seconds(270))
        talk.hear(.reminder(expiresAt: "end of T1", msUntilExpiry: 30_000))
        try talk.pay()
        var lines = talk.hear(.renewalLost)
        for _ in 0..<1000 where !lines.contains("landed? 2") {
            talk.settle()
            lines = talk.pass(.seconds(1))
        }
        #expect(talk.landing(.landed(transaction: Conversation.transaction)) == ["reconnect"])
        let other = StreamResource(origin: "https://stream.example:8443", version: "v2", stream: "s2")
        talk.settings = Conversation.settings(inband: true, resource: other)
        talk.say(.reloaded(talk.settings))
        talk.settle()
        #expect(talk.pass(.seconds(120)) == ["write: 2 settled unserved 1; +relay.payment.settled"])
        #expect(talk.written() == ["GET /v2/schema/stream/s2"])
    }
}
