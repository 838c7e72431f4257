import EventRules
import FeedProtocols
import RelayModel
import Testing

/// Payments over an AtomicStream feed, as its events tell them and rules judge them together.
struct TransferPropertyTests {
    /// A transfer of a transaction, as the chain has it.
    private struct Payment {
        let sender: String
        let recipient: String
        /// Empty for a native one.
        let mint: String
        /// In the smallest units.
        let amount: UInt64
    }

    private static let decimals = ["": 9, "USDC": 6, "JUNK": 0, "FINE": 18]
    private static let reader = EventReader(protocol: .atomicstream, feed: "solana")

    private static func random(_ random: inout SplitMix64) -> Payment {
        let amount = random.oneIn(2) ? UInt64(random.below(12_000_000)) : random.next() >> random.below(64)
        return Payment(
            sender: random.pick(["Ann", "Bob", "Us"]), recipient: random.pick(["Us", "Us", "Bob", "Cat"]),
            mint: random.pick(["", "USDC", "JUNK", "FINE"]), amount: amount)
    }

    /// The amount in units, by arithmetic in whole numbers.
    private static func units(_ payment: Payment) throws -> String {
        let decimals = UInt8(Self.decimals[payment.mint] ?? 0)
        return try #require(TokenAmount(atomic: payment.amount, decimals: decimals)).description
    }

    /// The enhanced transaction of these payments, each with token accounts of its own.
    private static func event(_ payments: [Payment], random: inout SplitMix64) throws -> JSONDocument {
        var native: [String] = []
        var tokens: [String] = []
        var data: [String] = []
        for (index, payment) in payments.enumerated() {
            let users = #""fromUserAccount":"\#(payment.sender)","toUserAccount":"\#(payment.recipient)""#
            guard !payment.mint.isEmpty else {
                native.append("{\(users),\"amount\":\(payment.amount)}")
                continue
            }
            // What a binary fraction made of it: wrong, and told beside the raw amount. Zero is never told raw.
            let text = payment.amount == 0 ? "0" : "\(random.below(1_000_000)).5"
            tokens.append(
                #"{"fromTokenAccount":"from\#(index)","toTokenAccount":"to\#(index)",\#(users),"#
                    + #""tokenAmount":\#(text),"mint":"\#(payment.mint)"}"#)
            data.append(
                #"{"account":"to\#(index)","tokenBalanceChanges":[{"userAccount":"\#(payment.recipient)","#
                    + #""tokenAccount":"to\#(index)","rawTokenAmount":{"tokenAmount":"\#(payment.amount)","#
                    + #""decimals":\#(Self.decimals[payment.mint] ?? 0)},"mint":"\#(payment.mint)"}]}"#)
        }
        return try RuleExample.parse(
            """
            {"type":"transaction","signature":"s","commitment":"confirmed","nativeTransfers":[\(native.joined(separator: ","))],\
            "tokenTransfers":[\(tokens.joined(separator: ","))],"accountData":[\(data.joined(separator: ","))]}
            """)
    }

    @Test(arguments: UInt64(1)...20)
    func `a rule for a payment passes when one transfer is that payment, whatever comes beside it`(seed: UInt64) throws
    {
        var random = SplitMix64(seed: seed)
        let five = try RuleExample.compile(
            #"{ "recipient": ["Us"], "mint": ["USDC"], "amount": [{ "numeric": [">=", 5] }] }"#)
        let sol = try RuleExample.compile(
            #"{ "recipient": ["Us"], "mint": [{ "exists": false }], "amount": [{ "numeric": [">=", 0.005] }] }"#)
        let limits = try [#require(DecimalNumber("5")), #require(DecimalNumber("0.005"))]
        let set = RuleSet(patterns: [five, sol])
        var passed = [0, 0]
        for _ in 0..<200 {
            let payments = (0..<random.below(6)).map { _ in Self.random(&random) }
            let document = try Self.event(payments, random: &random)
            let fields = Self.reader.fields(of: document, payment: .none)
            var expected: [Int] = []
            for (rule, mint) in ["USDC", ""].enumerated() {
                let isPaid = try payments.contains { payment in
                    let amount = try #require(DecimalNumber(Self.units(payment)))
                    return payment.recipient == "Us" && payment.mint == mint && amount >= limits[rule]
                }
                if isPaid {
                    expected.append(rule)
                    passed[rule] += 1
                }
            }
            #expect(set.evaluate(document, fields).matched == expected)
        }
        #expect(passed.allSatisfy { (10...190).contains($0) })
    }

    @Test func `each of many rules is found once by an event with many transfers`() throws {
        let rules = (0..<300).map { #"{ "recipient": ["Us"], "amount": [\#($0)] }"# }
        let set = RuleSet(patterns: try rules.map(RuleExample.compile))
        let transfers = (0..<1400).map { #"{"toUserAccount":"Us","amount":\#($0 % 700)e9}"# }
        let document = try RuleExample.parse(
            #"{"type":"x","nativeTransfers":[\#(transfers.joined(separator: ","))]}"#)
        let fields = Self.reader.fields(of: document, payment: .none)
        #expect(set.evaluate(document, fields).matched == Array(0..<300))
    }
}
