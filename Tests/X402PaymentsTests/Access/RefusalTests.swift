import RelayModel
import Testing

@testable import X402Payments

@Suite struct RefusalTests {
    /// A challenge with one thing wrong, and a part of the reason.
    struct Bad: Sendable, CustomStringConvertible {
        var description: String
        var offer = Conversation.Offer()
        var url = "https://stream.example/v2/schema/stream/s1"
        var reason: String
    }

    private static func bad(_ name: String, _ reason: String, _ change: (inout Conversation.Offer) -> Void) -> Bad {
        var bad = Bad(description: name, reason: reason)
        change(&bad.offer)
        return bad
    }

    private static var wallet: String { (try? Conversation.wallet().address.description) ?? "" }

    static var all: [Bad] {
        [
            bad("unknown scheme", "scheme \"upto\"") { $0.scheme = "upto" },
            bad("unknown flow", "payment flow \"x\"") { $0.extra += ",\"paymentFlow\":\"x\"" },
            bad("unknown network", "network \"eip155:1\"") { $0.network = "eip155:1" },
            bad("another network", "payments.allow.networks") { $0.network = "solana-devnet" },
            bad("another asset", "payments.allow.assets") { $0.asset = Conversation.otherRecipient },
            bad("an asset that is no address", "asset \"usdc\" is not base58") { $0.asset = "usdc" },
            bad("a recipient that is no address", "recipient \"me\" is not base58") { $0.payTo = "me" },
            bad("our own wallet as recipient", "the recipient is our own wallet") { $0.payTo = wallet },
            bad("no fee payer", "extra.feePayer is missing") { $0.extra = "" },
            bad("our own wallet as fee payer", "the fee payer is our own wallet") {
                $0.extra = "\"feePayer\":\"\(wallet)\""
            },
            bad("a fee payer that is no address", "fee payer \"0\"") { $0.extra = "\"feePayer\":\"0\"" },
            bad("a memo that is too long", "the memo has 257 bytes") {
                $0.extra += ",\"memo\":\"\(String(repeating: "m", count: 257))\""
            },
            bad("a blockhash that is none", "recent blockhash \"zz\"") { $0.blockhash = "zz" },
            bad("a negative amount", "amount \"-1\"") { $0.amount = "\"-1\"" },
            bad("a signed amount", "amount \"+1\"") { $0.amount = "\"+1\"" },
            bad("a fraction", "amount \"1.5\"") { $0.amount = "\"1.5\"" },
            bad("an empty amount", "amount \"\"") { $0.amount = "\"\"" },
            bad("a power", "amount \"1e3\"") { $0.amount = "\"1e3\"" },
            bad("an amount past 64 bits", "amount \"18446744073709551616\"") { $0.amount = "\"18446744073709551616\"" },
            bad("a number", "the amount is no string") { $0.amount = "150000" },
            Bad(
                description: "another host", url: "https://evil.example/v2/schema/stream/s1", reason: "the feed's host"),
            Bad(
                description: "a user that looks like the host", url: "https://stream.example@evil.example/",
                reason: "host"),
            Bad(description: "a host without a scheme", url: "//evil.example/v2", reason: "the feed's host"),
            Bad(description: "a longer host", url: "https://stream.example.evil.example/", reason: "the feed's host"),
        ]
    }

    @Test(arguments: RefusalTests.all)
    func `what may not be paid is refused with its reason, told once, and looked at again`(bad: Bad) throws {
        var talk = try Conversation()
        talk.say(.start)
        let challenge = Conversation.challenge([bad.offer], url: bad.url)
        #expect(talk.answer(402, [challenge]) == ["tell relay.payment.refused", "tell relay.feed.payment_required"])
        #expect(talk.access.standing.state == .unpaid)
        #expect(talk.access.standing.reason?.contains(bad.reason) == true, "\(talk.access.standing.reason ?? "")")
        let told = talk.said.compactMap { action -> OwnEvent? in
            if case .tell(let event) = action { event } else { nil }
        }
        #expect(told.allSatisfy { $0.reason == talk.access.standing.reason && $0.feed == "solana" })
        #expect(talk.purse?.spent(now: talk.now).total == .zero)
        for _ in 0..<3 {
            #expect(talk.pass(.seconds(60)) == ["GET /v2/schema/stream/s1"])
            #expect(talk.answer(402, [challenge]) == [])
        }
        #expect(talk.pass(.seconds(60)) == ["GET /v2/schema/stream/s1"])
        try talk.buy("T1")
        #expect(talk.access.standing.state == .paid)
    }

    @Test(arguments: [
        "https://STREAM.example/x", "http://stream.example:1/x", "https://u:p@stream.example", "/v2/schema/stream/s1",
        "",
        "s1",
    ])
    func `a challenge for the feed's host, or for no host, may be paid`(url: String) throws {
        var talk = try Conversation()
        talk.say(.start)
        #expect(talk.answer(402, [Conversation.challenge([Conversation.Offer()], url: url)]) == ["blockhash?"])
    }

    @Test func `a challenge of another version than the path's, or one that is none, is a refusal`() throws {
        let v1 =
            #"{"x402Version":1,"error":"","accepts":[{"scheme":"exact","network":"solana","maxAmountRequired":"1","#
            + #""asset":"\#(Conversation.usdc)","payTo":"\#(Conversation.recipient)","extra":{"feePayer":"#
            + #""\#(Conversation.feePayer)"}}]}"#
        for body in [v1, "", "<html>", "{}", "[]", #"{"x402Version":3,"accepts":[]}"#] {
            var talk = try Conversation()
            talk.say(.start)
            #expect(talk.answer(402, [], body) == ["tell relay.payment.refused", "tell relay.feed.payment_required"])
        }
        var talk = try Conversation(
            Conversation.settings(
                resource: StreamResource(origin: "https://stream.example", version: "v1", stream: "s1")))
        talk.say(.start)
        #expect(talk.answer(402, [], v1) == ["blockhash?"])
        #expect(talk.answer(402, [Conversation.challenge([Conversation.Offer()])]) == [])
    }

    @Test func `the first offer that passes is taken, also when one before it only breaks a limit`() throws {
        var talk = try Conversation()
        talk.say(.start)
        var dear = Conversation.Offer()
        dear.amount = "\"5000000\""
        var foreign = Conversation.Offer()
        foreign.network = "eip155:8453"
        var second = Conversation.Offer()
        second.amount = "\"160000\""
        talk.challenge([foreign, dear, second, Conversation.Offer()])
        try talk.blockhash()
        talk.settle()
        #expect(talk.disk.open.map(\.amount) == [160_000])
        #expect(!talk.said.contains { if case .tell = $0 { true } else { false } })
    }

    @Test func `a limit is told once with its figures, and the feed comes back when it allows`() throws {
        var talk = try Conversation(policy: Conversation.policy(perHour: "0.2"))
        talk.say(.start)
        try talk.buy("T1")
        talk.pass(.seconds(270))
        talk.hear(.reminder(expiresAt: nil, msUntilExpiry: 30_000))
        talk.settle()
        #expect(talk.challenge() == ["tell relay.payment.limit_reached", "tell relay.feed.payment_required"])
        let event = talk.said.compactMap { action -> OwnEvent? in
            if case .tell(let event) = action, event.kind == .paymentLimitReached { event } else { nil }
        }.first
        #expect(
            event?.details == [
                .init("limit", "perHour"), .init("allowed", "0.2"), .init("spent", "0.15"), .init("amount", "0.15"),
                .init("asset", Conversation.usdc),
            ])
        #expect(talk.access.standing.state == .unpaid)
        var looks = 0
        while talk.now < Conversation.start + .seconds(3599) {
            let lines = talk.pass(.seconds(1))
            guard !lines.isEmpty else { continue }
            looks += 1
            #expect(talk.challenge() == [])
        }
        #expect(looks > 50)
        talk.pass(.seconds(61))
        #expect(talk.challenge() == ["blockhash?"])
    }

    @Test func `a limit that is raised and reloaded is an agreement to pay, at once`() throws {
        var talk = try Conversation(policy: Conversation.policy(perPayment: "0.1"))
        talk.say(.start)
        for _ in 0..<5 {
            talk.challenge()
            talk.pass(.seconds(60))
        }
        talk.purse?.change(wallet: try Conversation.wallet(), policy: try Conversation.policy())
        #expect(talk.say(.reloaded(talk.settings)) == ["GET /v2/schema/stream/s1"])
        #expect(talk.challenge() == ["blockhash?"])
    }

    @Test func `another feed's payment between judging and signing counts`() throws {
        var talk = try Conversation(policy: Conversation.policy(perDay: "0.2"))
        talk.say(.start)
        talk.challenge()
        let other = Want(feed: "other", resource: Conversation.resource, purpose: .purchase, token: nil)
        let json = Conversation.challenge([Conversation.Offer()])
        let challenge = try PaymentChallenge(headers: [json], body: [])
        let bid = try #require(talk.purse?.appraise(challenge, for: other).bids.first)
        let mint = SolanaMint.usdc
        let hash = StreamAccess.Blockhash(hash: mint.address, lastValidBlockHeight: nil)
        _ = try talk.purse?.sign(
            bid, of: challenge, mint: mint, blockhash: hash, for: other, memo: "m", identifier: "i", now: talk.now)
        #expect(try talk.blockhash() == ["tell relay.payment.limit_reached", "tell relay.feed.payment_required"])
        #expect(talk.purse?.spent(now: talk.now).total == TokenAmount("0.15"))
    }

    @Test func `the price hint of a message is never believed`() throws {
        var talk = try Conversation(policy: Conversation.policy(perPayment: "0.2"))
        talk.say(.start)
        try talk.buy("T1")
        talk.pass(.seconds(299))
        talk.hear(.paymentRequired(reason: "amount=1 asset=\(Conversation.usdc)"))
        talk.settle()
        var dear = Conversation.Offer()
        dear.amount = "\"210000\""
        #expect(talk.challenge([dear]) == ["tell relay.payment.limit_reached", "tell relay.feed.payment_required"])
        #expect(talk.access.standing.price == TokenAmount("0.21"))
    }

    @Test func `no text holds a token, a signed payment or the key`() throws {
        let tokens = ["configured-token", "T-short", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl_-x"]
        var talk = try Conversation(Conversation.settings(token: tokens[0]))
        talk.say(.start)
        talk.settle()
        talk.hear(.tokenRefused(Secret(tokens[0]), reason: "token \(tokens[0]) is not known"))
        talk.answer(500, [], tokens[0])
        talk.say(.answered(0, .failed(reason: tokens[0], mayHaveLeft: false)))
        talk.pass(.seconds(4))
        talk.answer(402, [Conversation.challenge([Conversation.Offer()], url: "https://evil/\(tokens[0])")])
        talk.pass(.seconds(4))
        try talk.buy(tokens[1])
        talk.pass(.seconds(299))
        talk.hear(.paymentRequired(reason: "\(tokens[1]) expired"))
        try talk.pay()
        let payload = Base64.encode(talk.disk.open.first?.payload ?? [])
        let echoed = payload.prefix(80)
        talk.answer(402, [Conversation.receipt(false, "bad \(tokens[1]) \(echoed)")])
        talk.settle()
        talk.pass(.seconds(2))
        talk.settle()
        talk.answer(402, [Conversation.challenge([], error: "\(String(repeating: "x ", count: 56))\(tokens[1])")])
        talk.settle()
        talk.say(.notWritten(0, reason: tokens[1]))
        talk.hear(.failed(tokens[1]))
        talk.pass(.seconds(10))
        talk.settle()
        talk.answer(200, [], Conversation.renewed(tokens[2]))
        talk.settle()
        talk.hear(.tokenRefused(Secret(tokens[2]), reason: "\(tokens[1]) became \(tokens[2])"))

        var texts = talk.disk.open.compactMap(\.reason)
        for action in talk.said {
            switch action {
            case .note(let text): texts.append(text)
            case .tell(let event): texts.append(String(decoding: event.data(number: 1), as: UTF8.self))
            case .order(.hold(let text)), .order(.reconnect(let text)): texts.append(text)
            case .write(_, let change):
                texts += change.own.map { String(decoding: $0.data(number: 1), as: UTF8.self) }
                texts += change.entries.compactMap(\.reason)
            default: break
            }
        }
        #expect(texts.count > 15)
        for text in texts {
            for secret in tokens + [Conversation.seed, String(echoed.prefix(24))] {
                #expect(!text.contains(secret), "\(text)")
            }
            #expect(!text.contains("T-sho"), "\(text)")
        }
    }
}
