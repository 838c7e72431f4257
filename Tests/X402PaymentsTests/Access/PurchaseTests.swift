import RelayModel
import Testing

@testable import X402Payments

@Suite struct PurchaseTests {
    @Test func `without a token a slice is bought, and each step is on disk before the next`() throws {
        var talk = try Conversation()
        #expect(talk.say(.start) == ["hold", "GET /v2/schema/stream/s1"])
        #expect(talk.access.standing.state == .paying)
        #expect(talk.challenge() == ["blockhash?"])
        #expect(try talk.blockhash() == ["write: 1 signed 0"])
        #expect(talk.written() == ["write: 1 sent 1"])
        #expect(talk.written() == ["GET /v2/schema/stream/s1 paid"])
        #expect(
            talk.answer(200, [Conversation.receipt(true)], Conversation.schema("T1"))
                == ["write: 1 settled served 1; token T1, unserved 0; +relay.payment.settled"])
        #expect(talk.written() == ["use T1"])
        #expect(talk.access.standing.state == .paid)
        #expect(talk.access.standing.price == TokenAmount("0.15"))
        // The stream says how long it lasts.
        #expect(
            talk.hear(.hello(Secret("T1"), sliceSeconds: 300, expiresAt: "e")) == ["write: token T1, unserved 0"])
        #expect(talk.access.standing.paidUntil == Conversation.start + .seconds(300))
        #expect(talk.settle() == [])
        #expect(talk.pass(.seconds(3600)) == [])
    }

    @Test func `what is on disk says all of the payment, and its end keeps no payload`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        let entry = try #require(talk.disk.open.first)
        #expect(entry.state == .sent && entry.purpose == .purchase && entry.resource == Conversation.resource)
        #expect(entry.amount == 150_000 && entry.decimals == 6 && entry.recipient == Conversation.recipient)
        #expect(entry.blockhash == Conversation.blockhash && entry.lastValidBlockHeight == 9)
        #expect(entry.memo.count == 32 && entry.sentAt == talk.now && !entry.payload.isEmpty)
        talk.answer(200, [Conversation.receipt(true)], Conversation.schema("T1"))
        let change = try #require(talk.changes.values.first)
        let end = try #require(change.entries.first)
        #expect(end.payload.isEmpty && end.requirements.isEmpty && end.transaction == Conversation.transaction)
        #expect(end.endedAt == talk.now)
        #expect(
            change.own.first?.details.map(\.name) == [
                "payment", "amount", "asset", "recipient", "network", "transaction", "served",
            ])
    }

    @Test func `the payment that is sent again has the same bytes`() throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        talk.lose()
        talk.settle()
        talk.pass(.seconds(3))
        talk.settle()
        let paid = talk.said.compactMap { action -> StreamAccess.HTTPQuestion? in
            guard case .request(_, let question) = action, question.headers.count > 1 else { return nil }
            return question
        }
        #expect(paid.count == 2)
        #expect(paid.first == paid.last)
    }

    @Test func `a blockhash and a memo of the challenge are used, and no RPC is asked`() throws {
        var talk = try Conversation()
        talk.say(.start)
        var offer = Conversation.Offer()
        offer.extra += ",\"memo\":\"order 7\""
        offer.blockhash = Conversation.feePayer
        #expect(talk.challenge([offer]) == ["write: 1 signed 0"])
        talk.settle()
        let entry = try #require(talk.disk.open.first)
        #expect(entry.memo == "order 7" && entry.blockhash == Conversation.feePayer)
        #expect(entry.lastValidBlockHeight == nil)
    }

    @Test func `a mint that is not known is asked for once, and an answer about another one is refused`() throws {
        let mint = Conversation.otherRecipient
        let policy = try Conversation.policy(assets: [mint])
        var talk = try Conversation(policy: policy)
        talk.say(.start)
        var offer = Conversation.Offer()
        offer.asset = mint
        #expect(talk.challenge([offer]) == ["mint? \(mint)"])
        let other = try #require(SolanaMint.known(SolanaProgram.address(Conversation.usdc)))
        #expect(talk.say(.mint(talk.asked["mint"] ?? 0, .success(other))) == [])
        #expect(talk.access.standing.state == .unpaid)
        talk.pass(.seconds(3))
        talk.challenge([offer])
        let found = SolanaMint(address: SolanaProgram.address(mint), program: SolanaProgram.token, decimals: 5)
        #expect(
            talk.say(.mint(talk.asked["mint"] ?? 0, .success(found))) == [
                "tell relay.payment.limit_reached", "tell relay.feed.payment_required",
            ])
        offer.amount = "\"90000\""
        talk.pass(.seconds(10))
        #expect(talk.challenge([offer]) == ["blockhash?"])
    }

    @Test(arguments: [UInt8(19), 255])
    func `a mint with too many decimals is a refusal`(decimals: UInt8) throws {
        let mint = Conversation.otherRecipient
        var talk = try Conversation(policy: Conversation.policy(assets: [mint]))
        talk.say(.start)
        var offer = Conversation.Offer()
        offer.asset = mint
        talk.challenge([offer])
        let found = SolanaMint(address: SolanaProgram.address(mint), program: SolanaProgram.token, decimals: decimals)
        #expect(
            talk.say(.mint(talk.asked["mint"] ?? 0, .success(found))) == [
                "tell relay.payment.refused", "tell relay.feed.payment_required",
            ])
    }

    @Test(arguments: [200, 204, 301, 302, 404, 500, 503])
    func `any other answer than a price costs nothing and is asked again after a wait`(status: Int) throws {
        var talk = try Conversation()
        talk.say(.start)
        #expect(talk.answer(status, [], "{}") == [])
        #expect(talk.access.standing.state == .unpaid)
        let deadline = try #require(talk.access.nextDeadline)
        #expect((talk.now + .seconds(1)...talk.now + .seconds(2)).contains(deadline))
        #expect(talk.pass(.seconds(2)) == ["GET /v2/schema/stream/s1"])
    }

    @Test func `waits between looks double up to the longest`() throws {
        var talk = try Conversation()
        talk.say(.start)
        for wait in [1, 2, 4, 8, 16, 30, 30, 30] {
            talk.lose()
            let deadline = try #require(talk.access.nextDeadline)
            #expect((talk.now + .seconds(wait)...talk.now + .seconds(2 * wait)).contains(deadline))
            #expect(talk.pass(.seconds(2 * wait)) == ["GET /v2/schema/stream/s1"])
        }
    }

    @Test func `questions that nobody answers are given up`() throws {
        var talk = try Conversation()
        talk.say(.start)
        #expect(talk.pass(.seconds(62)) == ["GET /v2/schema/stream/s1"])
        talk.challenge()
        #expect(talk.pass(.seconds(125)) == ["GET /v2/schema/stream/s1"])
        let old = talk.asked["blockhash"]
        #expect(try talk.blockhash() == [] && old == talk.asked["blockhash"])
    }

    @Test func `a token without a payment is used once it is on disk`() throws {
        var talk = try Conversation()
        talk.say(.start)
        #expect(talk.answer(200, [], Conversation.schema("gift")) == ["write: token gift, unserved 0"])
        #expect(talk.notWritten() == [])
        #expect(talk.pass(.seconds(3)) == ["write: token gift, unserved 0"])
        #expect(talk.written() == ["use gift"])
        #expect(talk.access.standing.state == .paid)
        // One that is refused each time is not asked for in a loop.
        #expect(talk.hear(.tokenRefused(Secret("gift"), reason: "403")) == ["hold", "write: token none, unserved 0"])
        #expect(talk.settle() == [])
        #expect(talk.pass(.seconds(4)) == ["GET /v2/schema/stream/s1"])
    }

    @Test func `a payment that could not be written never was, and its price is asked for anew`() throws {
        var talk = try Conversation()
        talk.say(.start)
        talk.challenge()
        try talk.blockhash()
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
        #expect(talk.notWritten() == [])
        #expect(talk.purse?.spent(now: talk.now).total == .zero)
        #expect(talk.access.standing.state == .unpaid)
        #expect(talk.pass(.seconds(2)) == ["GET /v2/schema/stream/s1"])
        try talk.pay()
        #expect(talk.disk.open.map(\.id) == [PaymentID(2)])
    }

    @Test func `nothing leaves while it could not be written that it does`() throws {
        var talk = try Conversation()
        talk.say(.start)
        talk.challenge()
        try talk.blockhash()
        #expect(talk.written() == ["write: 1 sent 1"])
        #expect(talk.notWritten() == [])
        #expect(talk.pass(.seconds(2)) == ["write: 1 sent 1"])
        #expect(talk.written() == ["GET /v2/schema/stream/s1 paid"])
        #expect(
            talk.answer(200, [], Conversation.schema("T1")) == [
                "write: 1 settled served 1; token T1, unserved 0; +relay.payment.settled"
            ])
        #expect(talk.notWritten() == [])
        #expect(talk.pass(.seconds(4)) == ["write: 1 settled served 1; token T1, unserved 0; +relay.payment.settled"])
        #expect(talk.written() == ["use T1"])
    }

    @Test func `a payment is not signed while another write is under way, and not after its wallet is gone`() throws {
        var talk = try Conversation(Conversation.settings(token: "A"))
        talk.say(.start)
        talk.settle()
        #expect(
            talk.hear(.tokenRefused(Secret("A"), reason: "401")) == [
                "hold", "GET /v2/schema/stream/s1", "write: token none, unserved 0",
            ])
        talk.challenge()
        #expect(try talk.blockhash() == [])
        #expect(talk.purse?.spent(now: talk.now).total == .zero)
        var other = talk
        #expect(talk.written() == ["write: 1 signed 0"])
        other.purse = nil
        #expect(other.written() == ["tell relay.feed.payment_required"])
    }
}
