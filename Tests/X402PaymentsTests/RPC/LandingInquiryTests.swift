import RelayModel
import Testing

@testable import X402Payments

/// A conversation with one RPC, and what it says in the end.
@Suite struct LandingInquiryTests {
    static let signedAt = Timestamp(milliseconds: 1_800_000_000_000)
    static let memo = PaymentVector.memo

    static func entry(
        memo: String = memo, source: String? = nil, signedAt: Timestamp = signedAt, lastValid: UInt64? = nil
    ) throws -> LedgerEntry {
        let signed = try PaymentVector.wallet().sign(PaymentVector.transfer())
        return LedgerEntry(
            id: PaymentID(3), feed: "f",
            resource: StreamResource(origin: "https://a.example", version: "v2", stream: "s"),
            purpose: .purchase, signedAt: signedAt, network: SolanaNetwork.mainnet.caip2,
            asset: SolanaMint.usdc.address.description, decimals: 6, amount: 30_000, recipient: PaymentVector.recipient,
            payer: try PaymentVector.wallet().address.description, sourceAccount: source ?? "\(signed.sourceAccount)",
            memo: memo, blockhash: PaymentVector.blockhash, lastValidBlockHeight: lastValid,
            clientSignature: Base58.encode(signed.clientSignature), renewedToken: nil, payload: [], requirements: [])
    }

    /// The payment as it is on the chain, and its id.
    static func landed() throws -> (id: String, base64: String) {
        let signed = try PaymentVector.wallet().sign(PaymentVector.transfer())
        let transaction = try SolanaTransaction(bytes: signed.transaction).cosigned(by: PaymentVector.vendor())
        return (try #require(transaction?.id), Base64.encode(try #require(transaction).bytes))
    }

    /// Another transaction's id, and its bytes: two signatures and a message of a version that is not read.
    static func other(_ number: Int) -> (id: String, base64: String) {
        let first =
            [UInt8](repeating: 1, count: 60) + [UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255), 1]
        return (Base58.encode(first), Base64.encode([2] + first + [UInt8](repeating: 9, count: 64) + [0x81, 1, 2, 3]))
    }

    static func history(
        _ id: String, memo: String? = "\"[16] \(memo)\"", secondsAfter: Int64? = 5, slot: UInt64? = 9,
        err: String = "null"
    ) -> String {
        let time = secondsAfter.map { "\($0 + Self.signedAt.seconds)" } ?? "null"
        let memo = memo.map { #","memo":\#($0)"# } ?? ""
        return
            #"{"signature":"\#(id)",\#(slot.map { "\"slot\":\($0)," } ?? "")"err":\#(err),"blockTime":\#(time)\#(memo),"confirmationStatus":"finalized"}"#
    }

    static func transaction(_ base64: String, err: String = "null") -> String {
        #"{"slot":9,"transaction":["\#(base64)","base64"],"meta":{"err":\#(err),"fee":5000},"version":0}"#
    }

    static let expired = #"{"context":{"slot":77},"value":false}"#
    static let valid = #"{"context":{"slot":77},"value":true}"#
    static var later: String { "\(signedAt.seconds + 95)" }

    /// Gives the results one after the other, under the ids that were asked; returns the methods and the verdict.
    static func talk(
        _ results: [String], entry: LedgerEntry? = nil
    ) throws -> (asked: [String], verdict: LandingVerdict?, bodies: [String]) {
        var inquiry = LandingInquiry(
            entry: try entry ?? Self.entry(), server: RPCServer(url: "https://rpc.example/key"))
        var asked: [String] = []
        var bodies: [String] = []
        for result in results {
            guard case .ask(let request) = inquiry.next() else { break }
            asked.append(request.method)
            bodies.append(String(decoding: request.body, as: UTF8.self))
            let body = result.hasPrefix("!") ? "" : #"{"jsonrpc":"2.0","result":\#(result),"id":\#(request.id)}"#
            let error = #"{"jsonrpc":"2.0","error":{"code":\#(result.dropFirst()),"message":"m"},"id":\#(request.id)}"#
            inquiry.take(.received(status: 200, headers: [], body: Array((body.isEmpty ? error : body).utf8)))
        }
        guard case .done(let verdict) = inquiry.next() else { return (asked, nil, bodies) }
        return (asked, verdict, bodies)
    }

    static func expectUndecided(_ verdict: LandingVerdict?, _ part: String) {
        guard case .undecided(let reason) = verdict else {
            Issue.record("\(String(describing: verdict)), where undecided was expected")
            return
        }
        #expect(reason.contains(part), "\(reason)")
        #expect(reason.contains("rpc.example"))
    }

    @Test func `a payment that is in no history did not land`() throws {
        let talk = try Self.talk([Self.expired, Self.later, "[]"])
        #expect(talk.asked == ["isBlockhashValid", "getBlockTime", "getSignaturesForAddress"])
        #expect(talk.verdict == .notLanded)
        #expect(
            talk.bodies == [
                #"{"jsonrpc":"2.0","id":1,"method":"isBlockhashValid","params":["\#(PaymentVector.blockhash)","#
                    + #"{"commitment":"finalized"}]}"#,
                #"{"jsonrpc":"2.0","id":2,"method":"getBlockTime","params":[77]}"#,
                #"{"jsonrpc":"2.0","id":3,"method":"getSignaturesForAddress","params":["#
                    + #""3wvJdyFnGvaMWpbq93NU91SggiVRveULUXL6iX5VZDGP",{"limit":1000,"commitment":"finalized","minContextSlot":77}]}"#,
            ])
    }

    @Test func `a payment in the history is known by its signature`() throws {
        let (id, base64) = try Self.landed()
        let talk = try Self.talk([Self.expired, Self.later, "[\(Self.history(id))]", "[]", Self.transaction(base64)])
        #expect(talk.verdict == .landed(transaction: id))
        #expect(
            talk.bodies.last == #"{"jsonrpc":"2.0","id":5,"method":"getTransaction","params":["\#(id)","#
                + #"{"encoding":"base64","commitment":"finalized","maxSupportedTransactionVersion":0}]}"#)
    }

    @Test func `a payment that landed is found while its blockhash is valid, and its absence says nothing then`() throws
    {
        let (id, base64) = try Self.landed()
        let talk = try Self.talk([Self.valid, "[\(Self.history(id))]", "[]", Self.transaction(base64)])
        #expect(talk.verdict == .landed(transaction: id))
        Self.expectUndecided(try Self.talk([Self.valid, "[]"]).verdict, "the blockhash is still valid")
    }

    @Test func `a server that lags behind the signature cannot say that it did not land`() throws {
        let behind = "\(Self.signedAt.seconds + 29)"
        Self.expectUndecided(try Self.talk([Self.expired, behind, "[]"]).verdict, "not past the signature")
        #expect(try Self.talk([Self.expired, "\(Self.signedAt.seconds + 30)", "[]"]).verdict == .notLanded)
        let (id, base64) = try Self.landed()
        let talk = try Self.talk([Self.expired, behind, "[\(Self.history(id))]", "[]", Self.transaction(base64)])
        #expect(talk.verdict == .landed(transaction: id))
    }

    @Test func `another transaction with the same memo is not the payment`() throws {
        let (id, base64) = Self.other(1)
        let talk = try Self.talk([Self.expired, Self.later, "[\(Self.history(id))]", "[]", Self.transaction(base64)])
        #expect(talk.verdict == .notLanded)
    }

    @Test func `a transaction that failed on the chain moved nothing`() throws {
        let (id, base64) = try Self.landed()
        let failed = #"{"InstructionError":[2,{"Custom":1}]}"#
        let listed = try Self.talk([Self.expired, Self.later, "[\(Self.history(id, err: failed))]", "[]"])
        #expect(listed.verdict == .notLanded)
        #expect(!listed.asked.contains("getTransaction"))
        let read = try Self.talk(
            [Self.expired, Self.later, "[\(Self.history(id))]", "[]", Self.transaction(base64, err: failed)])
        #expect(read.verdict == .notLanded)
    }

    /// A memo as the history tells it, and whether the transaction is looked into.
    @Test(
        arguments: [
            (nil, true), ("null", false), ("7", true), ("{}", true), (#""[16] pi_3abc123def456""#, true),
            (#""[3] abc; [16] pi_3abc123def456; [1] x""#, true), (#""[16] pi_3abc123def457""#, false), (#""""#, false),
        ] as [(String?, Bool)])
    func `only what has another memo is passed over`(memo: String?, isLookedInto: Bool) throws {
        let (id, base64) = Self.other(1)
        let entries = "[\(Self.history(id, memo: memo))]"
        let results = [Self.expired, Self.later, entries, "[]"] + (isLookedInto ? [Self.transaction(base64)] : [])
        let talk = try Self.talk(results)
        #expect(talk.asked.contains("getTransaction") == isLookedInto)
        #expect(talk.verdict == .notLanded)
    }

    @Test func `a memo is compared by its bytes`() throws {
        // A combining accent melts into the space before it where texts are compared as characters.
        let memo = "\u{301}x"
        let (id, base64) = try Self.landed()
        let talk = try Self.talk(
            [
                Self.expired, Self.later, "[\(Self.history(id, memo: "\"[3] \(memo)\""))]", "[]",
                Self.transaction(base64),
            ],
            entry: Self.entry(memo: memo))
        #expect(talk.verdict == .landed(transaction: id))
    }

    @Test func `pages are read until one is empty`() throws {
        let (id, base64) = try Self.landed()
        let first = Self.history(Self.other(1).id, memo: #""[1] x""#)
        let second = Self.history(Self.other(2).id, memo: #""[1] x""#, secondsAfter: nil)
        let talk = try Self.talk(
            [
                Self.expired, Self.later, "[\(first)]", "[\(second)]", "[\(Self.history(id))]", "[]",
                Self.transaction(base64),
            ])
        #expect(talk.verdict == .landed(transaction: id))
        try #require(talk.bodies.count == 7)
        #expect(talk.bodies[3].contains(#""before":"\#(Self.other(1).id)""#))
        #expect(talk.bodies[4].contains(#""before":"\#(Self.other(2).id)""#))
        #expect(talk.bodies[4].contains(#""minContextSlot":77"#))
    }

    @Test func `the history ends a day before the signature, whatever the clocks say`() throws {
        let (id, base64) = try Self.landed()
        let dayBefore: Int64 = -86_400
        let old = Self.history(Self.other(1).id, memo: nil, secondsAfter: dayBefore - 1)
        let talk = try Self.talk([Self.expired, Self.later, "[\(old),\(Self.history(id))]"])
        #expect(talk.verdict == .notLanded)
        #expect(talk.asked.count == 3)
        // This machine's clock was ahead by a day when it signed.
        let early = Self.history(id, secondsAfter: dayBefore)
        #expect(
            try Self.talk([Self.expired, Self.later, "[\(early)]", "[]", Self.transaction(base64)]).verdict
                == .landed(transaction: id))
    }

    @Test func `a transaction of a later version is not the payment`() throws {
        let (id, _) = Self.other(1)
        let talk = try Self.talk([Self.expired, Self.later, "[\(Self.history(id, memo: nil))]", "[]", "!-32015"])
        #expect(talk.verdict == .notLanded)
        Self.expectUndecided(
            try Self.talk([Self.expired, Self.later, "[\(Self.history(id))]", "[]", "!-32009"]).verdict,
            "answered error -32009")
    }

    /// Answers in their order, of which the last one is not what was asked for, and a piece of what is said of it.
    private static let lies: [(answers: [String], part: String)] = [
        (["null"], "without a slot and a value"), ([#"{"context":{"slot":-1},"value":false}"#], "without a slot"),
        ([#"{"context":{"slot":1},"value":0}"#], "neither true nor false"), (["!-32005"], "answered error -32005"),
        ([expired, "null"], "without a time for slot 77"), ([expired, "-5"], "without a time"),
        ([expired, "18446744073709551615"], "without a time"), ([expired, "!-32004"], "asked getBlockTime"),
        ([expired, later, "null"], "answered no array"), ([expired, later, "{}"], "answered no array"),
        ([expired, later, "[7]"], "an entry without a signature"),
        ([expired, later, #"[{"signature":"abc"}]"#], "an entry without a signature"),
        ([expired, later, "!-32016"], "answered error -32016"),
        ([expired, later, "[\(history(other(1).id))]", "[]", "null"], "without the bytes of"),
        ([expired, later, "[\(history(other(1).id))]", "[]", transaction("AAAA")], "without the bytes of"),
        (
            [expired, later, "[\(history(other(1).id))]", "[]", transaction(other(2).base64)],
            "another transaction than"
        ),
    ]

    @Test(arguments: lies.indices)
    func `an answer that is none leaves it undecided and names the server`(index: Int) throws {
        let (answers, part) = Self.lies[index]
        Self.expectUndecided(try Self.talk(answers).verdict, part)
    }

    @Test(arguments: [#"{}"#, #"null"#, #"{"fee":1}"#])
    func `a landed transaction of which it is not told whether it failed is undecided`(meta: String) throws {
        let (id, base64) = try Self.landed()
        let transaction = #"{"transaction":["\#(base64)","base64"],"meta":\#(meta)}"#
        Self.expectUndecided(
            try Self.talk([Self.expired, Self.later, "[\(Self.history(id))]", "[]", transaction]).verdict,
            "does not say whether")
    }

    @Test func `an entry that cannot be read is undecided without a question`() throws {
        var broken = [try Self.entry(source: "x"), try Self.entry(), try Self.entry()]
        broken[1].blockhash = "0"
        broken[2].clientSignature = "abc"
        for entry in broken {
            var inquiry = LandingInquiry(entry: entry, server: RPCServer(url: "https://rpc.example"))
            inquiry.take(.failed(reason: "", mayHaveLeft: false))
            guard case .done(.undecided(let reason)) = inquiry.next() else {
                Issue.record("asked about \(entry)")
                continue
            }
            #expect(reason.contains("payment 3"))
        }
    }

    @Test func `what comes after the verdict changes nothing`() throws {
        var inquiry = LandingInquiry(entry: try Self.entry(), server: RPCServer(url: "https://rpc.example"))
        inquiry.take(.failed(reason: "connection refused", mayHaveLeft: false))
        let verdict = inquiry.next()
        inquiry.take(.received(status: 200, headers: [], body: []))
        #expect(inquiry.next() == verdict)
        #expect(
            verdict
                == .done(.undecided(reason: "rpc.example, asked isBlockhashValid, gave no answer: connection refused")))
    }

    private static let one = LandingVerdict.undecided(reason: "a")
    private static let two = LandingVerdict.undecided(reason: "b")

    @Test(
        arguments: [
            ([], .undecided(reason: "no RPC was asked")), ([.notLanded], .notLanded),
            ([.notLanded, .notLanded], .notLanded),
            ([.notLanded, one], one), ([one, two], .undecided(reason: "a; b")),
            ([one, .notLanded, .landed(transaction: "t")], .landed(transaction: "t")),
        ] as [([LandingVerdict], LandingVerdict)])
    func `one server that has it is enough, that it did not land all must say`(
        verdicts: [LandingVerdict], combined: LandingVerdict
    ) {
        #expect(LandingVerdict.combined(verdicts) == combined)
    }
}
