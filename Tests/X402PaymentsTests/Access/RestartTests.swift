import RelayModel
import Testing

@testable import X402Payments

/// The process ends at each step of a payment; what is on disk decides what the next one does.
@Suite struct RestartTests {
    private static let unpaid = "GET /v2/schema/stream/s1"
    private static let paid = "GET /v2/schema/stream/s1 paid"

    @Test func `a crash before the payment is on disk leaves nothing of it`() throws {
        var talk = try Conversation()
        talk.say(.start)
        talk.challenge()
        try talk.blockhash()
        try talk.restart()
        #expect(talk.purse?.spent(now: talk.now).total == .zero)
        #expect(talk.say(.start) == ["hold", Self.unpaid])
    }

    @Test(arguments: 1...3)
    func `a crash after it is on disk sends the same bytes again, whether they had left or not`(writes: Int) throws {
        var talk = try Conversation()
        talk.say(.start)
        talk.challenge()
        try talk.blockhash()
        for _ in 0..<min(writes, 2) { talk.written() }
        if writes == 3 {
            talk.lose()
            talk.settle()
        }
        let before = try #require(talk.disk.open.first)
        try talk.restart()
        #expect(talk.access.standing.state == .unpaid)
        let state = writes == 3 ? "unknown 2" : writes == 2 ? "sent 2" : "sent 1"
        #expect(talk.say(.start) == ["hold", "write: 1 \(state)"])
        #expect(talk.access.standing.state == .unresolved)
        #expect(talk.written() == [Self.paid])
        #expect(talk.disk.open.first?.payload == before.payload)
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
        talk.answer(200, [], Conversation.schema("T1"))
        #expect(talk.written() == ["use T1"])
        try talk.restart()
        #expect(talk.say(.start) == ["use T1"])
    }

    @Test func `a crash while its end is written asks the server for it again`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        talk.answer(200, [], Conversation.schema("T1"))
        try talk.restart()
        #expect(talk.say(.start) == ["hold", "write: 1 sent 2"])
        #expect(talk.written() == [Self.paid])
    }

    @Test(arguments: [-86_400, -1, 1, 300, 86_400])
    func `after a start the whole life of a blockhash is waited out, whatever the clock says`(jump: Int) throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        try talk.restart(after: .seconds(jump))
        let start = talk.now
        talk.say(.start)
        var lines: [String] = []
        while !lines.contains("landed? 1"), talk.now < start + .seconds(600) {
            talk.settle()
            lines = talk.pass(.seconds(1))
            if talk.changes.isEmpty { continue }
            talk.settle()
            lines += talk.lose()
        }
        #expect((start + .seconds(120)...start + .seconds(200)).contains(talk.now))
        #expect(talk.landing(.notLanded).first?.hasPrefix("write: 1 expired") == true)
        talk.written()
        #expect(talk.purse?.spent(now: talk.now).total == .zero)
    }

    @Test func `a token that works is used while a renewal is unresolved, and reminders start nothing`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1")
        talk.pass(.seconds(270))
        talk.hear(.reminder(expiresAt: nil, msUntilExpiry: 30_000))
        try talk.pay()
        try talk.restart()
        #expect(talk.say(.start) == ["use T1", "write: 2 sent 2"])
        #expect(talk.written() == [#"POST /v2/renew/stream/s1 {"token":"T1"} paid"#])
        #expect(talk.hear(.hello(Secret("T1"), sliceSeconds: 300, expiresAt: nil)) == [])
        #expect(talk.hear(.reminder(expiresAt: nil, msUntilExpiry: 30_000)) == ["write: token T1, unserved 0"])
        #expect(talk.settle() == [])
        #expect(talk.hear(.paymentRequired(reason: "expired")) == [])
        #expect(talk.answer(200, [], Conversation.renewed("T2")).first?.hasPrefix("write: 2 settled served 2") == true)
        #expect(talk.written() == ["use T2", "renew_token T2"])
    }

    @Test func `an in-band renewal waits for a connection after a start`() throws {
        var talk = try Conversation(Conversation.settings(inband: true))
        talk.say(.start)
        try talk.buy("T1")
        talk.pass(.seconds(270))
        talk.hear(.reminder(expiresAt: nil, msUntilExpiry: 30_000))
        try talk.pay()
        try talk.restart()
        #expect(talk.say(.start) == ["use T1"])
        #expect(talk.pass(.seconds(30)) == [])
        #expect(talk.hear(.hello(Secret("T1"), sliceSeconds: 300, expiresAt: nil)) == ["write: 2 sent 2"])
        #expect(talk.written() == ["renew_inband"])
    }

    @Test func `several open payments, which only a fault can leave, are all resolved before anything is paid`() throws
    {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        var second = try #require(talk.disk.open.first)
        second.id = PaymentID(2)
        var memory = talk.disk
        memory.open.append(second)
        memory.lastID = PaymentID(2)
        talk = try Conversation(memory: memory, now: talk.now)
        #expect(talk.say(.start) == ["hold", "write: 1 sent 2"])
        #expect(talk.written() == [Self.paid, "write: 2 sent 2"])
        let first = talk.asked["request"]
        #expect(talk.written() == [Self.paid])
        #expect(talk.answer(200, [], Conversation.schema("T1"), to: first).first?.hasPrefix("write: 1 settled") == true)
        #expect(talk.written() == ["use T1"])
        #expect(talk.hear(.tokenRefused(Secret("T1"), reason: "401")).first == "hold")
        talk.settle()
        #expect(!talk.pass(.seconds(50)).contains(Self.unpaid))
        #expect(talk.access.standing.state == .unresolved || talk.access.standing.state == .paying)
    }

    @Test func `open payments of other feeds are theirs`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        var memory = talk.disk
        memory.open[0].feed = "other"
        talk = try Conversation(memory: memory, now: talk.now)
        #expect(talk.say(.start) == ["hold", Self.unpaid])
    }

    @Test func `resending and asking the chain need no wallet`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        talk.purse = nil
        talk.say(.reloaded(talk.settings))
        talk.lose()
        talk.settle()
        talk.pass(.seconds(2))
        #expect(talk.written() == [Self.paid])
        talk.lose()
        talk.now = talk.now + .seconds(200)
        talk.settle()
        talk.say(.tick)
        talk.settle()
        #expect(talk.lose().contains("landed? 1"))
        #expect(talk.landing(.notLanded).first?.hasPrefix("write: 1 expired") == true)
        #expect(talk.written() == [])
        #expect(talk.pass(.seconds(60)).first == "tell relay.feed.payment_required")
    }

    @Test func `a slice that is kept beyond its length comes from a clock that was set back`() {
        let standing = StreamStanding(
            feed: "solana", resource: Conversation.resource, token: Secret("A"), sliceSeconds: 300,
            paidUntil: Conversation.start + .seconds(1_000_000))
        let timing = SliceTiming(standing, now: Conversation.start)
        #expect(timing.paidUntil == Conversation.start + .seconds(300))
    }
}
