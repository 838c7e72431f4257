import EventRules
import RelayModel
import Testing

/// The index may only make judging faster: over random rules and events it says what each rule says alone.
struct IndexPropertyTests {
    /// Few names and few values, so that random rules and events meet.
    private struct Generator {
        var random: SplitMix64

        private static let evm = "0xAB5801a7D398351b8bE11C439e05C5B3259aeC9B"
        private static let words = ["a", "b", "payment", "settlement", "relay.feed.gap", evm, evm.lowercased()]
        private static let numbers = ["1", "1.0", "2", "10e-1", "-3"]
        private static let names = [
            "type", "status", "items", "feed", "wallet", "sender", "recipient", "amount", "mint",
        ]

        mutating func word() -> String { "\"\(random.pick(Self.words))\"" }

        mutating func leaf() -> String {
            switch random.below(8) {
            case 0: random.pick(["true", "false", "null"])
            case 1, 2: random.pick(Self.numbers)
            default: word()
            }
        }

        mutating func alternative() -> String {
            switch random.below(16) {
            case 0: return "{\"prefix\":\"\(random.pick(["a", "relay.", "0xAB", "p"]))\"}"
            case 1: return "{\"suffix\":{\"equals-ignore-case\":\"T\"}}"
            case 2: return "{\"anything-but\":[\(word()),\(word())]}"
            case 3: return "{\"numeric\":[\"\(random.pick([">=", "<", "="]))\",\(random.pick(Self.numbers))]}"
            case 4: return "{\"exists\":\(random.oneIn(2))}"
            case 5: return "{\"wildcard\":\"\(random.pick(["*a*", "relay.*", "p*t"]))\"}"
            default: return leaf()
            }
        }

        mutating func list() -> String {
            let count = random.oneIn(20) ? 12 : 1 + random.below(3)
            return "[" + (0..<count).map { _ in alternative() }.joined(separator: ",") + "]"
        }

        mutating func pattern(depth: Int = 0) -> String {
            var members: [String] = []
            for name in Self.names where random.oneIn(5) {
                if depth < 2, name == "items" || random.oneIn(12) {
                    members.append("\"\(name)\":\(nonEmptyPattern(depth: depth + 1))")
                } else {
                    members.append("\"\(name)\":\(list())")
                }
            }
            if depth < 2, random.oneIn(3) {
                let alternatives = (0..<(2 + random.below(2))).map { _ in nonEmptyPattern(depth: depth + 1) }
                members.append("\"$or\":[\(alternatives.joined(separator: ","))]")
            }
            return "{\(members.joined(separator: ","))}"
        }

        private mutating func nonEmptyPattern(depth: Int) -> String {
            while true {
                let made = pattern(depth: depth)
                if made != "{}" { return made }
            }
        }

        mutating func value(depth: Int) -> String {
            switch random.below(depth < 3 ? 8 : 4) {
            case 5: "[" + (0..<random.below(4)).map { _ in value(depth: depth + 1) }.joined(separator: ",") + "]"
            case 6, 7: event(depth: depth + 1)
            default: leaf()
            }
        }

        mutating func event(depth: Int = 0) -> String {
            var members: [String] = []
            if depth == 0 { members.append("\"type\":\(word())") }
            for name in Self.names where name != "type" && random.oneIn(3) {
                members.append("\"\(name)\":\(value(depth: depth + 1))")
            }
            return "{\(members.joined(separator: ","))}"
        }

        mutating func derivedValue(_ event: JSONDocument, _ payment: JSONDocument?) -> DerivedFields.Value {
            switch random.below(8) {
            case 0: return .absent
            case 1: return .unknown
            case 2: return event.member(event.root, random.pick(Self.names)).map { .event($0) } ?? .absent
            case 3:
                guard let payment else { return .absent }
                return payment.member(payment.root, random.pick(Self.names)).map { .payment($0) } ?? .absent
            case 4: return .number(random.pick(Self.numbers))
            default: return .text(random.pick(Self.words))
            }
        }

        mutating func fields(_ event: JSONDocument, _ payment: JSONDocument?) -> DerivedFields {
            var transfers: [DerivedFields.Transfer] = []
            for _ in 0..<random.below(3) {
                transfers.append(
                    DerivedFields.Transfer(
                        sender: derivedValue(event, payment), recipient: derivedValue(event, payment),
                        amount: derivedValue(event, payment), mint: derivedValue(event, payment)))
            }
            return DerivedFields(
                feed: random.pick(["", "a", "b"]),
                wallets: (0..<random.below(3)).map { _ in derivedValue(event, payment) },
                transfers: transfers, looseMints: (0..<random.below(2)).map { _ in derivedValue(event, payment) },
                payment: payment)
        }
    }

    /// The same event, so large that a rule set goes through it only once, and with one name twice, in two spellings.
    private func large(_ event: String) -> String {
        let padding = String(repeating: "x", count: 20_000)
        return event.dropLast() + #","padding":"\#(padding)","status":"b","st\u0061tus":["a",1]}"#
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the indexed set says of each rule what the rule says alone`(seed: UInt64) throws {
        var generator = Generator(random: SplitMix64(seed: seed))
        let texts = (0..<60).map { _ in generator.pattern() }
        let patterns = try texts.map(RuleExample.compile)
        let set = RuleSet(patterns: patterns)
        var seen: Set<RuleVerdict> = []
        for round in 0..<60 {
            let event = round % 6 == 0 ? large(generator.event()) : generator.event()
            let document = try RuleExample.parse(event)
            let payment = generator.random.oneIn(2) ? try RuleExample.parse(generator.event()) : nil
            let fields = generator.fields(document, payment)
            let verdicts = set.evaluate(document, fields)
            #expect(verdicts.matched == verdicts.matched.sorted() && verdicts.undecided == verdicts.undecided.sorted())
            for (index, pattern) in patterns.enumerated() {
                let alone = pattern.verdict(on: document, fields)
                seen.insert(alone)
                #expect(verdicts.verdict(of: index) == alone, "seed \(seed): \(texts[index]) on \(event)")
                #expect(
                    (pattern.explain(document, fields) == nil) == (alone == .matched),
                    "seed \(seed): \(texts[index]) on \(event)")
            }
        }
        #expect(seen == [.matched, .undecided, .refused], "the seed makes events of only some outcomes")
    }

    @Test func `rules with an exact value are indexed and the others counted`() throws {
        let patterns = try [
            #"{"type":["payment"],"sender":["A"]}"#, #"{"type":["payment"]}"#, #"{"sender":[{"prefix":"A"}]}"#, "{}",
            #"{"sender":["A",{"exists":false}]}"#, #"{"$or":[{"sender":["A"]},{"status":[{"exists":true}]}]}"#,
            #"{"slot":[1,2]}"#,
        ].map(RuleExample.compile)
        #expect(RuleSet(patterns: patterns).linearCount == 4)
    }

    @Test func `a set without rules matches nothing`() throws {
        let document = try RuleExample.parse(#"{"type":"payment"}"#)
        let verdicts = RuleSet(patterns: []).evaluate(document, RuleExample.derivedFields(document, nil))
        #expect(verdicts == RuleVerdicts())
    }

    @Test func `an event meets only the rules of its own wallets among ten thousand`() throws {
        let rules = (0..<10_000).map { #"{"recipient":["wallet-\#($0)"],"amount":[{"numeric":[">=",\#($0 % 10)]}]}"# }
        let set = RuleSet(patterns: try rules.map(RuleExample.compile))
        #expect(set.linearCount == 0)
        let document = try RuleExample.parse(#"{"type":"payment","recipient":"wallet-7003","amount":3}"#)
        #expect(set.evaluate(document, RuleExample.derivedFields(document, nil)).matched == [7003])
        let less = try RuleExample.parse(#"{"type":"payment","recipient":"wallet-7003","amount":2.99}"#)
        #expect(set.evaluate(less, RuleExample.derivedFields(less, nil)).matched == [])
    }

    @Test func `a list of many addresses holds each of them and nothing else`() throws {
        let addresses = (0..<5000).map { "0xAB5801a7D398351b8bE11C439e05C5B3" + "\(10_000_000 + $0)" }
        let text = #"{"wallet":{"file":"many.txt"}}"#
        let match = try RuleExample.parse(text)
        let pattern = try RulePattern.compile(match.root, in: match) { _ in .addresses(addresses) }
        let set = RuleSet(patterns: [pattern])
        for (address, expected) in [
            (addresses[4999], [0]), (addresses[0].lowercased(), [0]), (addresses[0] + "0", []), ("", []),
        ] {
            let event = try RuleExample.parse(#"{"type":"payment","sender":"\#(address)"}"#)
            #expect(set.evaluate(event, RuleExample.derivedFields(event, nil)).matched == expected)
        }
    }

    @Test func `one set serves many tasks at once`() async throws {
        let set = RuleSet(patterns: try (0..<100).map { try RuleExample.compile(#"{"status":["s\#($0)"]}"#) })
        let matched = try await withThrowingTaskGroup(of: [Int].self) { group in
            for index in 0..<100 {
                group.addTask {
                    let event = try RuleExample.parse(#"{"type":"payment","status":"s\#(index)"}"#)
                    return set.evaluate(event, RuleExample.derivedFields(event, nil)).matched
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(matched.sorted() == Array(0..<100))
    }
}
