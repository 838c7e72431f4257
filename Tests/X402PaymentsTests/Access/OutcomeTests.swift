import RelayModel
import Testing

@testable import X402Payments

@Suite struct OutcomeTests {
    private static let paid = "GET /v2/schema/stream/s1 paid"
    private static let settled = "write: 1 settled served 2; token T1, unserved 0; +relay.payment.settled"

    /// A first slice whose paid request is out.
    private static func sent() throws -> Conversation {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        return talk
    }

    /// What a server may answer to a payment without giving anything, and the state that follows.
    private static let answers: [(status: Int, headers: [HTTPField], state: LedgerEntry.State)] = [
        (402, [Conversation.receipt(false, "insufficient_funds")], .refused),
        (402, [Conversation.challenge([Conversation.Offer()], error: "no")], .refused),
        (402, [], .refused), (400, [], .refused), (401, [], .refused), (409, [], .refused), (429, [], .refused),
        (500, [Conversation.receipt(false, "broken")], .refused),
        (402, [Conversation.receipt(false, "duplicate_settlement")], .unknown),
        (402, [Conversation.receipt(false, "settlement_pending")], .unknown),
        (402, [Conversation.receipt(true)], .unknown), (200, [Conversation.receipt(true)], .unknown),
        (200, [], .unknown), (204, [], .unknown), (302, [], .unknown), (500, [], .unknown), (503, [], .unknown),
    ]

    @Test(arguments: OutcomeTests.answers.indices)
    func `whatever a server answers without a token, the same bytes go again and nothing else is signed`(
        index: Int
    ) throws {
        let (status, headers, state) = Self.answers[index]
        var talk = try Self.sent()
        let event = state == .refused ? "; +relay.payment.refused" : ""
        #expect(talk.answer(status, headers, "{}") == ["write: 1 \(state) 1\(event)"])
        talk.settle()
        #expect(talk.access.standing.state == .unresolved)
        #expect(talk.pass(.seconds(2)) == ["write: 1 \(state) 2"])
        #expect(talk.written() == [Self.paid])
        // Told once for the payment, and written only what is new.
        #expect(talk.answer(status, headers, "{}") == [])
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
        talk.pass(.seconds(4))
        talk.settle()
        #expect(
            talk.answer(200, [], Conversation.schema("T1")) == [
                "write: 1 settled served 3; token T1, unserved 0; +relay.payment.settled"
            ])
        #expect(talk.written() == ["use T1"])
    }

    @Test func `an answer that is lost, late or never comes leads to the same bytes`() throws {
        var talk = try Self.sent()
        #expect(talk.lose() == ["write: 1 unknown 1"])
        talk.settle()
        talk.pass(.seconds(2))
        #expect(talk.written() == [Self.paid])
        #expect(talk.pass(.seconds(60)) == ["write: 1 unknown 2"])
        talk.settle()
        #expect(talk.pass(.seconds(4)) == ["write: 1 unknown 3"])
        #expect(talk.written() == [Self.paid])
    }

    @Test func `a token that comes late settles its payment, also while it waits or is being written`() throws {
        for isWriting in [false, true] {
            var talk = try Self.sent()
            let first = talk.asked["request"]
            talk.pass(.seconds(60))
            talk.settle()
            talk.pass(.seconds(2))
            if !isWriting { talk.settle() }
            let lines = talk.answer(200, [], Conversation.schema("T1"), to: first)
            if isWriting {
                #expect(lines == [])
                #expect(talk.written() == [Self.settled])
            } else {
                #expect(lines == [Self.settled])
            }
            #expect(talk.written() == ["use T1"])
            // The second send is answered too, now that the payment is final.
            if !isWriting { #expect(talk.answer(200, [], Conversation.schema("T9")) == []) }
            #expect(talk.access.tokens.inUse?.token == Secret("T1"))
        }
    }

    @Test func `a second answer while the first is being written settles nothing again`() throws {
        var talk = try Self.sent()
        let first = talk.asked["request"]
        talk.pass(.seconds(60))
        talk.settle()
        talk.pass(.seconds(2))
        talk.settle()
        #expect(talk.answer(200, [], Conversation.schema("T1")) == [Self.settled])
        #expect(talk.answer(200, [], Conversation.schema("T2"), to: first) == [])
        #expect(talk.written() == ["use T1"])
        #expect(talk.answer(200, [], Conversation.schema("T3"), to: first) == [])
    }

    @Test func `a late refusal and an answer to nobody's question change nothing`() throws {
        var talk = try Self.sent()
        let first = talk.asked["request"]
        talk.pass(.seconds(60))
        talk.settle()
        let before = talk.access.standing
        #expect(talk.answer(402, [Conversation.receipt(false, "no")], to: first) == [])
        #expect(talk.answer(200, [], Conversation.schema("X"), to: 9999) == [])
        #expect(talk.say(.landing(9999, .notLanded)) == [])
        #expect(talk.say(.written(9999)) == [])
        #expect(talk.say(.notWritten(9999, reason: "")) == [])
        #expect(talk.access.standing == before)
    }

    @Test func `the chain is asked once the blockhash has expired, and says that it never landed`() throws {
        var talk = try Self.sent()
        talk.answer(402, [Conversation.receipt(false, "no")])
        while talk.now < Conversation.start + .seconds(120) {
            talk.settle()
            #expect(!talk.pass(.seconds(1)).contains("landed? 1"))
            if !talk.changes.isEmpty {
                talk.settle()
                talk.answer(402, [Conversation.receipt(false, "no")])
            }
        }
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
        // The bytes first, then the chain.
        let lines = talk.pass(.seconds(60))
        #expect(lines.count == 1 && lines.first?.hasPrefix("write: 1 refused") == true)
        talk.settle()
        #expect(talk.answer(402, [Conversation.receipt(false, "no")]) == ["landed? 1"])
        #expect(talk.landing(.undecided(reason: "an RPC is behind")) == [])
        #expect(talk.pass(.seconds(60)) == ["landed? 1"])
        #expect(talk.landing(.notLanded).first?.hasPrefix("write: 1 expired") == true)
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
        #expect(talk.written() == [])
        #expect(talk.purse?.spent(now: talk.now).total == .zero)
        #expect(talk.pass(.seconds(60)) == ["GET /v2/schema/stream/s1"])
        try talk.pay()
        #expect(talk.disk.open.map(\.id) == [PaymentID(2)])
    }

    /// A payment that the chain has and the server gave nothing for.
    private static func unserved(_ talk: inout Conversation) {
        var lines = talk.lose()
        for _ in 0..<1000 where !lines.contains(where: { $0.hasPrefix("landed?") }) {
            lines = talk.settle()
            if lines.contains(paid) { lines = talk.lose() } else { lines += talk.pass(.seconds(1)) }
        }
        talk.landing(.landed(transaction: Conversation.transaction))
    }

    @Test func `one that landed unserved is spent and told, one more is allowed, and two in a row stop the feed`()
        throws
    {
        var talk = try Self.sent()
        Self.unserved(&talk)
        let change = try #require(talk.changes.values.first)
        #expect(change.entries.first?.served == false && change.entries.first?.state == .settled)
        #expect(change.own.first?.details.last == .init("served", false))
        #expect(change.standings.first?.unservedInRow == 1)
        // At once: nothing is waited for.
        #expect(talk.written() == ["GET /v2/schema/stream/s1"])
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
        try talk.pay()
        Self.unserved(&talk)
        #expect(talk.written() == ["tell relay.feed.payment_required"])
        #expect(talk.access.standing.state == .stopped)
        #expect(talk.pass(.seconds(86_400)) == [])
        try talk.restart()
        #expect(talk.say(.start) == ["hold", "tell relay.feed.payment_required"])
        #expect(talk.pass(.seconds(86_400)) == [])
        #expect(talk.access.standing.state == .stopped)
        #expect(
            talk.say(.reloaded(talk.settings)) == [
                "GET /v2/schema/stream/s1", "write: token none, unserved 0",
            ])
    }

    @Test func `a token for one that had counted as unserved serves it after all`() throws {
        var talk = try Self.sent()
        let first = talk.asked["request"]
        Self.unserved(&talk)
        talk.written()
        #expect(talk.answer(200, [], Conversation.schema("T1"), to: first).last?.contains("settled served") == true)
        #expect(talk.written() == ["use T1"])
        #expect(talk.disk.standings.first?.unservedInRow == 0)
        #expect(talk.pass(.seconds(1000)) == [])
    }

    @Test func `a token that is dead from the start counts as unserved, and two of them stop the feed`() throws {
        var talk = try Self.sent()
        for (number, token) in ["T1", "T2"].enumerated() {
            talk.answer(200, [], Conversation.schema(token))
            talk.settle()
            #expect(talk.disk.standings.first?.unservedInRow == 0)
            let lines = talk.hear(.tokenRefused(Secret(token), reason: "403"))
            #expect(lines.first == "hold")
            #expect(
                lines.last == "write: \(number + 1) settled unserved 1; token none, unserved \(number + 1); "
                    + "+relay.payment.settled")
            talk.settle()
            guard number == 0 else { continue }
            #expect(talk.pass(.seconds(4)) == ["GET /v2/schema/stream/s1"])
            try talk.pay()
        }
        #expect(talk.access.standing.state == .stopped)
        #expect(talk.pass(.seconds(86_400)) == [])
    }

    @Test func `a token that was let in once and is refused later was served`() throws {
        var talk = try Self.sent()
        talk.answer(200, [], Conversation.schema("T1"))
        talk.settle()
        talk.hear(.hello(Secret("T1"), sliceSeconds: 300, expiresAt: nil))
        talk.settle()
        talk.pass(.seconds(200))
        #expect(
            talk.hear(.tokenRefused(Secret("T1"), reason: "403")) == [
                "hold", "GET /v2/schema/stream/s1", "write: token none, unserved 0",
            ])
    }

    @Test func `a served payment clears what was unserved before it`() throws {
        var talk = try Self.sent()
        Self.unserved(&talk)
        talk.written()
        try talk.buy("T2")
        #expect(talk.disk.standings.first?.unservedInRow == 0)
        #expect(talk.access.standing.state == .paid)
    }
}
