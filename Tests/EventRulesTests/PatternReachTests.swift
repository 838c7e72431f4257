import EventRules
import Testing

/// What a configuration asks of its rules: types, wallets, joins, warnings.
struct PatternReachTests {
    @Test(arguments: [
        (#"{}"#, ["payment", "verification", "settlement", "other"]),
        (#"{"type":["payment","settlement"]}"#, ["payment", "settlement"]),
        (#"{"type":[{"prefix":"ver"}]}"#, ["verification"]),
        (#"{"type":[{"anything-but":"payment"}]}"#, ["verification", "settlement", "other"]),
        (#"{"type":[{"exists":false}]}"#, []),
        (#"{"type":[5]}"#, []),
        (#"{"type":{"name":["payment"]}}"#, []),
        (#"{"type":[{"prefix":"relay."}]}"#, []),
        (#"{"$or":[{"type":["payment"]},{"type":["other"],"sender":["A"]}]}"#, ["payment", "other"]),
        (#"{"type":[{"prefix":"p"}],"$or":[{"type":["payment"]},{"type":["settlement"]}]}"#, ["payment"]),
        (#"{"feed":["solana"]}"#, []),
        (#"{"feed":[{"anything-but":"solana"}],"type":["payment"]}"#, ["payment"]),
    ])
    func `the types that a rule can match follow from its type and feed`(rule: String, types: [String]) throws {
        let pattern = try RuleExample.compile(rule)
        let all = ["payment", "verification", "settlement", "other"]
        #expect(all.filter { pattern.canMatch(type: $0, feed: "payments") } == types)
    }

    @Test func `without a feed its condition does not count`() throws {
        #expect(try RuleExample.compile(#"{"feed":["solana"]}"#).canMatch(type: "payment"))
    }

    @Test(
        arguments: [
            (#"{"sender":["A","B"]}"#, ["A", "B"]),
            (#"{"sender":["A","B"],"recipient":["C"]}"#, ["C"]),
            (
                #"{"wallet":["0xAB5801a7D398351b8bE11C439e05C5B3259aeC9B"]}"#,
                ["0xab5801a7d398351b8be11c439e05c5b3259aec9b"]
            ),
            (#"{"$or":[{"sender":["A"]},{"recipient":["B"]}]}"#, ["A", "B"]),
            (#"{"$or":[{"sender":["A"]},{"amount":[5]}]}"#, nil),
            (#"{"$or":[{"sender":["A"]},{"type":["relay.feed.gap"]}]}"#, ["A"]),
            (#"{"type":["relay.feed.gap"]}"#, []),
            (#"{"feed":["solana"],"wallet":[{"prefix":"x"}]}"#, []),
            (#"{"sender":["A",{"prefix":"B"}]}"#, nil),
            (#"{"sender":["A",{"exists":false}]}"#, nil),
            (#"{"sender":["A",{"exists":true}]}"#, nil),
            (#"{"sender":[{"anything-but":"A"}]}"#, nil),
            (#"{"mint":["A"]}"#, nil),
            (#"{"metadata":{"sender":["A"]}}"#, nil),
            (#"{"type":["payment"]}"#, nil),
            (#"{"type":["refund"]}"#, nil),
            (#"{"type":["refund"],"sender":["A"]}"#, ["A"]),
            (#"{"type":[{"anything-but":["payment","verification","settlement"]}]}"#, nil),
            (#"{"type":[{"prefix":"relay"}]}"#, nil),
            (#"{"type":["relay.feed.gap","refund"]}"#, nil),
            (#"{"type":[{"prefix":"relay."},{"wildcard":"relay.*"}]}"#, []),
            (#"{"type":[5,null,{"exists":false}]}"#, []),
            (#"{"type":["refund"],"feed":["solana"]}"#, []),
            (
                #"{"wallet":{"file":"wallets.txt"}}"#,
                ["0xab5801a7d398351b8be11c439e05c5b3259aec9b", "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"]
            ),
        ] as [(String, [String]?)])
    func `the wallets that bound a rule are those of every way to satisfy it`(rule: String, wallets: [String]?) throws {
        #expect(try RuleExample.compile(rule).boundingWallets(feed: "payments") == wallets.map(Set.init))
    }

    @Test(arguments: [
        (#"{"type":["payment"],"sender":["A"]}"#, false),
        (#"{"type":["verification"],"recipient":["A"],"amount":[5]}"#, false),
        (#"{"type":["verification"],"sender":["A"]}"#, true),
        (#"{"type":["verification"],"wallet":["A"]}"#, true),
        (#"{"type":["settlement"],"recipient":["A"]}"#, true),
        (#"{"type":["settlement"],"amount":[5]}"#, true),
        (#"{"type":["settlement"],"status":["confirmed"]}"#, false),
        (#"{"sender":["A"]}"#, true),
        (#"{"$or":[{"type":["payment"],"sender":["A"]},{"type":["settlement"]}]}"#, false),
        (#"{"metadata":{"sender":["A"]}}"#, false),
        (#"{"feed":["solana"],"sender":["A"]}"#, false),
    ])
    func `a join is needed where a verification or settlement lacks what the rule asks`(rule: String, needs: Bool)
        throws
    {
        #expect(try RuleExample.compile(rule).needsJoin(feed: "payments") == needs)
    }

    @Test(arguments: [
        (#"{"wallet":["A"],"amount":[5]}"#, true),
        (#"{"wallet":["A"],"mint":["M"]}"#, true),
        (#"{"wallet":["A"],"mint":["M"],"sender":["A"]}"#, false),
        (#"{"wallet":["A"],"amount":[5],"recipient":["A"]}"#, false),
        (#"{"wallet":["A"]}"#, false),
        (#"{"amount":[5]}"#, false),
        (#"{"wallet":["A"],"$or":[{"sender":["A"]},{"amount":[5]}]}"#, true),
        (#"{"$or":[{"wallet":["A"]},{"amount":[5]}]}"#, false),
    ])
    func `a wallet with an amount but no side of the transfer takes strangers' transfers`(rule: String, takes: Bool)
        throws
    {
        #expect(try RuleExample.compile(rule).takesStrangersTransfers == takes)
    }

    @Test func `a rule tells which derived fields it asks for and whether it takes own events`() throws {
        let pattern = try RuleExample.compile(
            #"{"feed":["a"],"$or":[{"sender":["A"]},{"type":["relay.feed.gap"]}],"metadata":{"mint":["x"]}}"#)
        #expect(pattern.derivedFields == ["feed", "sender"])
        #expect(pattern.takesOwnEvents)
        #expect(try !RuleExample.compile(#"{"type":[{"prefix":"rela"}]}"#).takesOwnEvents)
    }
}
