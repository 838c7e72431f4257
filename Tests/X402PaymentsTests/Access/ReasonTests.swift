import RelayModel
import Testing

@testable import X402Payments

/// What is read out of a server's words, and what of it is shown.
@Suite struct ReasonTests {
    private static func sent() throws -> Conversation {
        var talk = try Conversation()
        talk.say(.start)
        try talk.pay()
        return talk
    }

    @Test(arguments: [
        "duplicate_settlement", "payment refused: duplicate_settlement", "settlement_pending (try again)",
    ])
    func `a settlement's code counts within other words`(text: String) {
        guard case .unclear = PaidAnswer(code: text, from: "the stream") else {
            Issue.record("it counts as refused")
            return
        }
    }

    @Test(arguments: ["no_duplicate_settlement_found", "insufficient_funds"])
    func `other words are a refusal`(text: String) {
        guard case .refused = PaidAnswer(code: text, from: "the stream") else {
            Issue.record("it counts as unclear")
            return
        }
    }

    @Test func `the first refusal's reason stays`() throws {
        var talk = try Self.sent()
        talk.challenge(error: "insufficient_funds")
        talk.settle()
        talk.pass(.seconds(3))
        talk.settle()
        talk.challenge(error: "Blockhash not found")
        talk.settle()
        #expect(talk.disk.open.first?.reason == "the server answered 402: insufficient_funds")
    }

    @Test func `an offer of nothing is refused`() throws {
        var talk = try Conversation()
        talk.say(.start)
        talk.settle()
        var offer = Conversation.Offer()
        offer.amount = "\"0\""
        #expect(talk.challenge([offer]).contains("tell relay.payment.refused"))
        #expect(talk.access.standing.reason?.contains("asks for nothing") == true)
    }
}
