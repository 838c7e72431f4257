import RelayModel
import Testing

@testable import X402Payments

@Suite struct PurseTests {
    private static let now = Conversation.start
    private static let want = Want(feed: "solana", resource: Conversation.resource, purpose: .purchase, token: nil)

    private static func units(_ text: String) -> TokenAmount { TokenAmount(text) ?? .max }

    private static func spend(_ id: Int64, _ at: Timestamp, _ text: String) -> LedgerMemory.Spend {
        LedgerMemory.Spend(id: PaymentID(id), at: at, units: units(text))
    }

    private static func purse(_ policy: Purse.Policy, _ memory: LedgerMemory = LedgerMemory()) throws -> Purse {
        Purse(wallet: try Conversation.wallet(), policy: policy, memory: memory)
    }

    private static func breach(_ purse: Purse, _ text: String, _ now: Timestamp = Self.now) -> LimitBreach.Limit? {
        purse.breach(units(text), asset: Conversation.usdc, for: want, now: now)?.limit
    }

    /// Signs a payment of so many millionths.
    private static func sign(_ purse: inout Purse, _ amount: UInt64, _ now: Timestamp = Self.now) throws -> LedgerEntry
    {
        var offer = Conversation.Offer()
        offer.amount = "\"\(amount)\""
        let challenge = try PaymentChallenge(headers: [Conversation.challenge([offer])], body: [])
        let bid = try #require(purse.appraise(challenge, for: want).bids.first)
        return try purse.sign(
            bid, of: challenge, mint: .usdc,
            blockhash: StreamAccess.Blockhash(hash: SolanaMint.usdc.address, lastValidBlockHeight: nil), for: want,
            memo: "m", identifier: "i", now: now)
    }

    @Test func `each limit allows what reaches it exactly and not a part more`() throws {
        let memory = LedgerMemory(
            recent: [
                Self.spend(1, Self.now - .seconds(86_399), "1"), Self.spend(2, Self.now - .seconds(3599), "2"),
            ], before: Self.units("4"), lastID: PaymentID(2))
        let cases: [(LimitBreach.Limit, Purse.Policy)] = [
            (.perPayment, try Conversation.policy(perPayment: "0.5", perDay: "100")),
            (.perHour, try Conversation.policy(perHour: "2.5", perDay: "100")),
            (.perDay, try Conversation.policy(perDay: "3.5")),
            (.total, try Conversation.policy(perDay: "100", total: "7.5")),
        ]
        for (limit, policy) in cases {
            let purse = try Self.purse(policy, memory)
            #expect(Self.breach(purse, "0.5") == nil, "\(limit)")
            #expect(Self.breach(purse, "0.500000000000000001") == limit)
        }
    }

    @Test func `windows roll, and payments of later moments count`() throws {
        let memory = LedgerMemory(recent: [
            Self.spend(1, Self.now - .seconds(86_400), "1"), Self.spend(2, Self.now - .seconds(3600), "2"),
            Self.spend(3, Self.now + .seconds(1000), "4"),
        ])
        let purse = try Self.purse(try Conversation.policy(), memory)
        #expect(
            purse.spent(now: Self.now)
                == Purse.Spent(hour: Self.units("4"), day: Self.units("6"), total: Self.units("7")))
        let later = Self.now + .seconds(86_400)
        #expect(
            purse.spent(now: later) == Purse.Spent(hour: .zero, day: Self.units("4"), total: Self.units("7")))
    }

    @Test func `a payment counts from its signature, and what is released counts as never made`() throws {
        var purse = try Self.purse(try Conversation.policy(jump: "2"))
        #expect(try Self.sign(&purse, 100_000).id == PaymentID(1))
        let second = try Self.sign(&purse, 200_000)
        #expect(purse.spent(now: Self.now).total == Self.units("0.3"))
        #expect(Self.breach(purse, "0.400001") == .priceJump)
        purse.release(second)
        #expect(purse.spent(now: Self.now).total == Self.units("0.1"))
        #expect(Self.breach(purse, "0.200001") == .priceJump)
        #expect(Self.breach(purse, "0.2") == nil)
        // A number is never given twice.
        #expect(try Self.sign(&purse, 1).id == PaymentID(3))
    }

    @Test func `a feed's only payment that is released leaves no price and no recipient`() throws {
        var purse = try Self.purse(try Conversation.policy())
        let only = try Self.sign(&purse, 100_000)
        #expect(purse.firstRecipient(feed: "solana") == Conversation.recipient)
        purse.release(only)
        #expect(purse.spent(now: Self.now).total == .zero)
        #expect(Self.breach(purse, "1") == nil)
        #expect(purse.firstRecipient(feed: "solana") == nil)
    }

    @Test func `one that is older than a day is released from the sum`() throws {
        var purse = try Self.purse(try Conversation.policy(perDay: "100", jump: "100"))
        let old = try Self.sign(&purse, 300_000)
        let later = Self.now + .seconds(86_400)
        _ = try Self.sign(&purse, 100_000, later)
        #expect(purse.recent.count == 1 && purse.before == Self.units("0.3"))
        purse.release(old)
        #expect(purse.spent(now: later).total == Self.units("0.1"))
    }

    @Test func `a limit that is passed signs nothing and reserves nothing`() throws {
        var purse = try Self.purse(try Conversation.policy(perPayment: "0.1"))
        #expect(throws: LimitBreach.self) { try Self.sign(&purse, 100_001) }
        #expect(throws: LimitBreach.self) { try Self.sign(&purse, .max) }
        #expect(purse.spent(now: Self.now).total == .zero)
        #expect(try Self.sign(&purse, 100_000).id == PaymentID(1))
    }

    @Test func `amounts near the top of 64 bits neither trap nor pass`() throws {
        let top = try #require(TokenAmount(atomic: .max, decimals: 0))
        let memory = LedgerMemory(
            recent: [LedgerMemory.Spend(id: PaymentID(1), at: Self.now, units: top * 1_000_000_000)],
            before: top * 1_000_000_000,
            prices: [.init(feed: "solana", resource: Conversation.resource, asset: Conversation.usdc, units: top)])
        let purse = try Self.purse(
            try Conversation.policy(perPayment: "18446744073709551615", perDay: "18446744073709551615"), memory)
        #expect(Self.breach(purse, "1") == .perDay)
        #expect(purse.breach(top, asset: Conversation.usdc, for: Self.want, now: Self.now)?.limit == .perDay)
    }

    @Test func `the price may rise by the factor over the feed's last one for the stream and the asset`() throws {
        let price = LedgerMemory.Price(
            feed: "solana", resource: Conversation.resource, asset: Conversation.usdc, units: Self.units("0.1"))
        let purse = try Self.purse(try Conversation.policy(), LedgerMemory(prices: [price]))
        #expect(Self.breach(purse, "0.15") == nil)
        #expect(Self.breach(purse, "0.150000000000000001") == .priceJump)
        #expect(purse.breach(Self.units("1"), asset: "another", for: Self.want, now: Self.now) == nil)
        let other = Want(feed: "other", resource: Conversation.resource, purpose: .purchase, token: nil)
        #expect(purse.breach(Self.units("1"), asset: Conversation.usdc, for: other, now: Self.now) == nil)
        var free = price
        free.units = .zero
        let freed = try Self.purse(try Conversation.policy(), LedgerMemory(prices: [free]))
        #expect(Self.breach(freed, "1") == nil)
    }

    @Test(arguments: [("1.5", true), ("1.499999999999999999", false), ("1", false), ("0", false), ("100", true)])
    func `a factor is exact`(text: String, isAllowed: Bool) throws {
        let factor = try #require(PriceFactor(text))
        #expect(factor.allows(Self.units("3"), after: Self.units("2")) == isAllowed)
        #expect(factor.description == text)
    }

    @Test(arguments: ["", "-1", "1e3", "a", "1,5", "99999999999999999999"])
    func `what is no plain decimal is no factor`(text: String) {
        #expect(PriceFactor(text) == nil)
    }

    @Test func `the recipient is that of the feed's first payment, or one of the list`() throws {
        func reasons(_ recipients: [String]?, first: String?, _ payTo: String) throws -> [String] {
            let memory = LedgerMemory(firstRecipients: first.map { ["solana": $0] } ?? [:])
            let purse = try Self.purse(try Conversation.policy(recipients: recipients), memory)
            var offer = Conversation.Offer()
            offer.payTo = payTo
            let challenge = try PaymentChallenge(headers: [Conversation.challenge([offer])], body: [])
            return purse.appraise(challenge, for: Self.want).refusals
        }
        let (one, other) = (Conversation.recipient, Conversation.otherRecipient)
        #expect(try reasons(nil, first: nil, other) == [])
        #expect(try reasons(nil, first: one, one) == [])
        #expect(try reasons(nil, first: one, other).first?.contains("of the feed's first payment") == true)
        #expect(try reasons([other], first: one, other) == [])
        #expect(try reasons([other], first: one, one).first?.contains("payments.allow.recipients") == true)
        #expect(try reasons([], first: nil, one).count == 1)
    }

    @Test(
        arguments: [
            (nil, "solana", true), (nil, "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", true),
            (nil, "solana-devnet", false),
            (["solana-devnet"], "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1", true), (["solana-devnet"], "solana", false),
            (["solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"], "solana", true), (["base"], "base", false),
            ([], "solana", false),
        ] as [([String]?, String, Bool)])
    func `networks are known by both of their names`(allowed: [String]?, name: String, isAllowed: Bool) throws {
        let purse = try Self.purse(try Conversation.policy(networks: allowed))
        var offer = Conversation.Offer()
        offer.network = name
        let challenge = try PaymentChallenge(headers: [Conversation.challenge([offer])], body: [])
        let appraisal = purse.appraise(challenge, for: Self.want)
        #expect(appraisal.bids.count == (isAllowed ? 1 : 0))
        #expect(appraisal.bids.allSatisfy { $0.network.caip2.hasPrefix("solana:") })
    }

    @Test func `no more than so many payments are kept, and past them none is made`() throws {
        let spends = (0..<Purse.maxRecent).map { Self.spend(Int64($0), Self.now - .seconds($0 % 86_399), "0.000001") }
        let purse = try Self.purse(try Conversation.policy(), LedgerMemory(recent: spends))
        #expect(Self.breach(purse, "0.1") == .paymentsPerDay)
        #expect(Self.breach(purse, "0.1", Self.now + .seconds(86_400)) == nil)
    }
}
