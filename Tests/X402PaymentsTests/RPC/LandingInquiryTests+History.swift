import RelayModel
import Testing

@testable import X402Payments

/// Long histories, and clocks that are off.
extension LandingInquiryTests {
    private static let day: Int64 = 86_400
    /// A chain whose slots are a million ahead of its heights.
    private static let last: UInt64 = 9_000_000
    private static let lastSlot: UInt64 = 10_000_000

    private static func epoch(_ blocksPast: Int64) -> String {
        let height = Int64(last) + blocksPast
        return #"{"absoluteSlot":\#(height + 1_000_000),"blockHeight":\#(height),"epoch":23,"slotIndex":1}"#
    }

    private static func invalid(_ blocksPast: Int64, value: Bool = false) -> String {
        #"{"context":{"slot":\#(Int64(lastSlot) + blocksPast)},"value":\#(value)}"#
    }

    /// Pages of one entry each.
    private static func pages(_ count: Int, secondsAfter: Int64?, slot: UInt64? = 9) -> [String] {
        (0..<count).map { "[\(history(other($0).id, memo: "null", secondsAfter: secondsAfter, slot: slot))]" }
    }

    private static func page(of entries: [String]) -> String { "[\(entries.joined(separator: ","))]" }

    // MARK: The last valid height

    @Test func `past the last valid height a payment that is in no history did not land`() throws {
        let talk = try Self.talk(
            [Self.epoch(1), Self.invalid(1), "[]"], entry: Self.entry(lastValid: Self.last))
        #expect(talk.asked == ["getEpochInfo", "isBlockhashValid", "getSignaturesForAddress"])
        #expect(talk.verdict == .notLanded)
        #expect(
            talk.bodies[0]
                == #"{"jsonrpc":"2.0","id":1,"method":"getEpochInfo","params":[{"commitment":"finalized"}]}"#)
        // Behind one URL are several servers: none may answer that is behind the one that gave the height.
        #expect(talk.bodies[1].contains(#"{"commitment":"finalized","minContextSlot":10000001}"#))
        #expect(talk.bodies[2].contains(#""commitment":"finalized","minContextSlot":10000001}"#))
    }

    @Test(arguments: [0, -1, -8_999_999])
    func `a server that is not past the last valid height cannot say that it did not land`(past: Int64) throws {
        let entry = try Self.entry(lastValid: Self.last)
        let absent = try Self.talk([Self.epoch(past), "[]"], entry: entry)
        Self.expectUndecided(absent.verdict, "the blockhash is valid up to 9000000")
        #expect(absent.asked == ["getEpochInfo", "getSignaturesForAddress"])
        let (id, base64) = try Self.landed()
        let slot = UInt64(Int64(Self.lastSlot) + past)
        let landed = try Self.talk(
            [Self.epoch(past), "[\(Self.history(id, slot: slot))]", "[]", Self.transaction(base64)], entry: entry)
        #expect(landed.verdict == .landed(transaction: id))
    }

    @Test func `past the last valid height a blockhash that is still valid contradicts it`() throws {
        let talk = try Self.talk(
            [Self.epoch(1), Self.invalid(1, value: true), "[]"], entry: Self.entry(lastValid: Self.last))
        Self.expectUndecided(talk.verdict, "the blockhash is still valid")
    }

    /// How many seconds this machine's clock was ahead when it signed.
    @Test(arguments: [-30 * day, -day, 0, day, 30 * day])
    func `with a last valid height the clock of the signature decides nothing`(ahead: Int64) throws {
        let signedAt = Self.signedAt + .seconds(ahead)
        let entry = try Self.entry(signedAt: signedAt, lastValid: Self.last)
        #expect(try Self.talk([Self.epoch(300), Self.invalid(300), "[]"], entry: entry).verdict == .notLanded)
        let (id, base64) = try Self.landed()
        for slot in [Self.lastSlot + 1, Self.lastSlot - 400] {
            let talk = try Self.talk(
                [
                    Self.epoch(300), Self.invalid(300), "[\(Self.history(id, secondsAfter: 5, slot: slot))]", "[]",
                    Self.transaction(base64),
                ], entry: entry)
            #expect(talk.verdict == .landed(transaction: id))
        }
    }

    @Test func `a last valid height that was told too low hides no payment`() throws {
        let (id, base64) = try Self.landed()
        let talk = try Self.talk(
            [
                Self.epoch(300), Self.invalid(300), "[\(Self.history(id, slot: Self.lastSlot))]", "[]",
                Self.transaction(base64),
            ], entry: Self.entry(lastValid: 1))
        #expect(talk.verdict == .landed(transaction: id))
    }

    /// What is answered after a good beginning, and a piece of what is said of it.
    @Test(
        arguments: [
            (["null"], "without a slot and a block height"), ([#"{"absoluteSlot":7}"#], "without a slot and a block"),
            ([#"{"absoluteSlot":7,"blockHeight":-1}"#], "without a slot and a block"),
            ([#"{"absoluteSlot":7,"blockHeight":"6"}"#], "without a slot and a block"),
            ([#"{"absoluteSlot":4611686018427387904,"blockHeight":6}"#], "without a slot and a block"),
            ([#"{"absoluteSlot":7,"blockHeight":8}"#], "a block height above its slot"),
            (["!-32601"], "asked getEpochInfo, answered error -32601"),
            ([epoch(9), invalid(8)], "for a slot before 10000009"), ([epoch(9), "!-32016"], "answered error -32016"),
        ] as [([String], String)])
    func `a place of the chain that is none leaves it undecided`(answers: [String], part: String) throws {
        Self.expectUndecided(try Self.talk(answers, entry: Self.entry(lastValid: Self.last)).verdict, part)
    }

    @Test func `numbers at their limits are no trap`() throws {
        let most = (1 << 62) - 1
        for last in [0, 1, UInt64.max] {
            let talk = try Self.talk(
                [
                    #"{"absoluteSlot":\#(most),"blockHeight":\#(most)}"#,
                    #"{"context":{"slot":\#(UInt64.max)},"value":false}"#,
                    "[]",
                ], entry: Self.entry(lastValid: last))
            #expect((talk.verdict == .notLanded) == (last != .max))
        }
    }

    // MARK: Long histories

    @Test func `transfers without a memo cost no look, however many they are`() throws {
        let dust = (1...900).map { Self.history(Self.other($0).id, memo: "null") }
        let talk = try Self.talk([Self.expired, Self.later, Self.page(of: dust), "[]"])
        #expect(talk.verdict == .notLanded)
        #expect(!talk.asked.contains("getTransaction"))
    }

    @Test func `after 20 pages in which the payment could be it is undecided`() throws {
        let talk = try Self.talk([Self.expired, Self.later] + Self.pages(30, secondsAfter: Self.day))
        #expect(talk.asked.filter { $0 == "getSignaturesForAddress" }.count == 20)
        Self.expectUndecided(talk.verdict, "more than 20 pages")
    }

    @Test func `pages that are too new do not count`() throws {
        let newer = Self.pages(499, secondsAfter: Self.day + 1)
        #expect(try Self.talk([Self.expired, Self.later] + newer + ["[]"]).verdict == .notLanded)
        let (id, base64) = try Self.landed()
        let landed = try Self.talk(
            [Self.expired, Self.later] + newer.dropLast() + ["[\(Self.history(id))]", "[]", Self.transaction(base64)])
        #expect(landed.verdict == .landed(transaction: id))
        // With a last valid height those in later slots do not either, at once.
        let late = Self.pages(499, secondsAfter: 300, slot: Self.lastSlot + 151)
        #expect(
            try Self.talk(
                [Self.epoch(1_000), Self.invalid(1_000)] + late + ["[]"], entry: Self.entry(lastValid: Self.last)
            ).verdict == .notLanded)
    }

    @Test func `a history without end has one`() throws {
        let talk = try Self.talk([Self.expired, Self.later] + Self.pages(600, secondsAfter: Self.day + 1))
        #expect(talk.asked.filter { $0 == "getSignaturesForAddress" }.count == 500)
        Self.expectUndecided(talk.verdict, "more than 500 pages")
    }

    @Test func `what is too new is not looked into, its memo whatever it is`() throws {
        let late = Self.history(Self.other(1).id, secondsAfter: Self.day + 1)
        let talk = try Self.talk([Self.expired, Self.later, "[\(late)]", "[]"])
        #expect(talk.verdict == .notLanded)
        #expect(!talk.asked.contains("getTransaction"))
    }

    @Test func `with a last valid height the history ends at a slot`() throws {
        // A day of slots, and for each block one without.
        let first = Self.lastSlot + 1_000 - 216_000 - 2 * 1_150
        func talk(_ slot: UInt64) throws -> LandingVerdict? {
            let old = Self.history(Self.other(1).id, memo: "null", secondsAfter: -2 * Self.day, slot: slot)
            return try Self.talk(
                [Self.epoch(1_000), Self.invalid(1_000), "[\(old)]"], entry: Self.entry(lastValid: Self.last)
            ).verdict
        }
        #expect(try talk(first - 1) == .notLanded)
        #expect(try talk(first) == nil)
    }

    @Test func `copies of the memo hide no payment: it is older, and the oldest are looked into first`() throws {
        let (id, base64) = try Self.landed()
        let copies = (1...1_500).map { Self.history(Self.other($0).id, secondsAfter: 60) }
        let older = Self.history(Self.other(2_000).id, secondsAfter: 1)
        let history = [copies[..<1_000], copies[1_000...] + [Self.history(id), older]].map { Self.page(of: Array($0)) }
        let talk = try Self.talk(
            [Self.expired, Self.later] + history + ["[]", Self.transaction(Self.other(2_000).base64)]
                + [Self.transaction(base64)])
        #expect(talk.verdict == .landed(transaction: id))
    }

    @Test(arguments: ["\"[16] \(memo)\"", nil])
    func `after 256 looks it is undecided`(memo: String?) throws {
        let others = (1...300).map(Self.other)
        let asked = memo == nil ? others : others.reversed()
        let page = Self.page(of: others.map { Self.history($0.id, memo: memo) })
        let talk = try Self.talk([Self.expired, Self.later, page, "[]"] + asked.map { Self.transaction($0.base64) })
        #expect(talk.asked.filter { $0 == "getTransaction" }.count == 256)
        Self.expectUndecided(talk.verdict, "more than 256 transactions")
        let few = Self.page(of: others.prefix(256).map { Self.history($0.id, memo: memo) })
        let last = memo == nil ? Array(others.prefix(256)) : others.prefix(256).reversed()
        #expect(
            try Self.talk([Self.expired, Self.later, few, "[]"] + last.map { Self.transaction($0.base64) }).verdict
                == .notLanded)
    }

    @Test func `what was found counts though the history was too long`() throws {
        let (id, base64) = try Self.landed()
        let talk = try Self.talk(
            [Self.expired, Self.later, "[\(Self.history(id))]"] + Self.pages(19, secondsAfter: 0)
                + [Self.transaction(base64)])
        #expect(talk.verdict == .landed(transaction: id))
    }
}
