import FeedProtocols
import RelayModel
import Testing

/// What rules, the envelope and the order see of AtomicStream events.
struct AtomicStreamFieldsTests {
    private typealias Samples = AtomicStreamSamples

    @Test func `an enhanced transaction has its transfers, native ones first`() throws {
        #expect(
            try Samples.transfers(Samples.enhanced) == ["Ann > Bob: 0.005 native", #"Cat > Bob: 0.1 "USDC""#])
        let fields = try Samples.fields(Samples.enhanced)
        #expect(fields.feed == "solana")
        #expect(fields.looseMints == [])
        #expect(fields.payment == nil)
    }

    @Test func `the wallets are all accounts, owners, user accounts, pubkeys and fee payers, each once`() throws {
        #expect(
            try Samples.wallets(Samples.enhanced) == ["Fee", "Ann", "Bob", "CatT", "BobT", "Cat", "Dan", "Eve"])
        #expect(try Samples.wallets(Samples.raw) == ["Ann", "BobT", "Bob", "CatT", "Cat", "AnnT"])
        #expect(try Samples.wallets(Samples.account) == ["KEY", "Prog"])
        for event in [Samples.slot, Samples.ticker, Samples.leaderboard, Samples.status] {
            #expect(try Samples.wallets(event) == [])
        }
    }

    @Test func `wallets are found in events of unknown types and shapes, other texts are none`() throws {
        let event = #"""
            {"type":"pulse","a":[[{"own\u0065r":"A","name":"x"}],{"account":{"pubkey":"B","signer":true}}],
            "accounts":[{"pubkey":"C"},"D",7,null,["E"]],"owner":7,"feePayer":"","tokenAccount":"\u0046",
            "programId":"P","data":"accounts","user":{"userAccount":"A"}}
            """#
        #expect(try Samples.wallets(event) == ["D", "F", "A", "B", "C"])
    }

    @Test func `a wallet that is written in two ways is one`() throws {
        let evm = "0x" + String(repeating: "aB", count: 20)
        let event = #"{"type":"x","accounts":["\#(evm)","\#(evm.lowercased())","A","\u0041"]}"#
        #expect(try Samples.wallets(event) == [evm.lowercased(), "A"])
        #expect(try Samples.fields(event).wallets.count == 3)
    }

    @Test func `many wallets are each found once`() throws {
        let names = (0..<5000).map { "\"wallet\($0 % 1700)\"" }.joined(separator: ",")
        let expected = (0..<1700).map { "wallet\($0)" }
        #expect(try Samples.wallets(#"{"type":"x","accounts":[\#(names)]}"#) == expected)
    }

    @Test func `an event that nests as deep as a message may is read`() throws {
        let depth = JSONLimits.message.maxDepth - 1
        let event =
            #"{"type":"x","a":"# + String(repeating: "[", count: depth - 1) + #"{"owner":"A"}"#
            + String(repeating: "]", count: depth - 1) + "}"
        #expect(try Samples.wallets(event) == ["A"])
    }

    @Test func `a raw transaction has no transfers, but the mints of its balance changes`() throws {
        let document = try JSONParser(limits: .message).parse(Array(Samples.raw.utf8))
        let fields = Samples.reader.fields(of: document, payment: .none)
        #expect(fields.transfers == [])
        #expect(fields.looseMints.map { Samples.show($0, in: document) } == [#""USDC""#, #""BONK""#])
        let made = try Samples.event(Samples.raw)
        #expect([made.sender, made.recipient, made.amount] == [nil, nil, nil])
    }

    @Test func `balance changes beside lists of transfers are no loose mints`() throws {
        let event = Samples.raw.replacing(#""logs":"#, with: #""tokenTransfers":[],"logs":"#)
        let fields = try Samples.fields(event)
        #expect(fields.transfers == [])
        #expect(fields.looseMints == [])
    }

    @Test(arguments: [
        AtomicStreamSamples.account, AtomicStreamSamples.slot, AtomicStreamSamples.ticker,
        AtomicStreamSamples.leaderboard, AtomicStreamSamples.status,
        #"{"type":"pulse","sender":"A","recipient":"B","amount":1,"mint":"USDC"}"#,
        #"{"type":"x","nativeTransfers":{"toUserAccount":"B","amount":1},"tokenTransfers":"x","accountData":7}"#,
        #"{"type":"x","nativeTransfers":[7,null,{},[]],"tokenTransfers":[7,null,{},{"mint":7}],"accountData":[7]}"#,
    ])
    func `an event without transfers has none of their fields`(event: String) throws {
        let fields = try Samples.fields(event)
        #expect(fields.transfers == [])
        #expect(fields.looseMints == [])
    }

    /// A list of mints would satisfy a rule by one of them, and a missing mint would make a native transfer of any token.
    @Test(arguments: [
        (#""mint":["USDC","JUNK"]"#, #""""#), (#""mint":null"#, #""""#), (#""x":1"#, #""""#), (#""mint":"""#, #""""#),
        (#""mint":{"a":"USDC"}"#, #""""#),
    ])
    func `a token transfer always has one mint, if an empty one`(mint: String, shown: String) throws {
        let event = #"{"type":"x","tokenTransfers":[{"toUserAccount":"Bob","tokenAmount":7,\#(mint)}]}"#
        #expect(try Samples.transfers(event) == ["absent > Bob: 7 \(shown)"])
    }

    @Test func `what is no single value is absent`() throws {
        let event = #"""
            {"type":"x","nativeTransfers":[{"fromUserAccount":null,"toUserAccount":["Bob","Ann"],"amount":[1]},
            {"fromUserAccount":"Ann","toUserAccount":{"a":"Bob"},"amount":true}]}
            """#
        #expect(try Samples.transfers(event) == ["Ann > absent: absent native"])
    }

    // MARK: The envelope

    @Test func `the envelope has the fields of the only transfer`() throws {
        let native = #"{"type":"x","nativeTransfers":[{"fromUserAccount":"Ann","toUserAccount":"Bob","amount":1}]"#
        let made = try Samples.event(native + "}")
        #expect([made.sender, made.recipient, made.amount] == ["Ann", "Bob", "0.000000001"])
        let token = #"{"fromUserAccount":"Cat","toUserAccount":"Bob","tokenAmount":1.50,"mint":"M"}"#
        let alone = try Samples.event(#"{"type":"x","nativeTransfers":[],"tokenTransfers":[\#(token)]}"#)
        #expect([alone.sender, alone.recipient, alone.amount] == ["Cat", "Bob", "1.50"])
        let both = try Samples.event(native + #","tokenTransfers":[\#(token)]}"#)
        #expect([both.sender, both.recipient, both.amount] == [nil, nil, nil])
    }

    @Test func `the time is the transaction's in seconds, else that of receipt`() throws {
        #expect(try Samples.event(Samples.enhanced).timestamp.description == "2023-10-13T22:02:47.000Z")
        let without = Samples.enhanced.replacing(#""timestamp":1697234567"#, with: #""timestamp":null"#)
        #expect(try Samples.event(without).timestamp == Timestamp(milliseconds: 2))
    }
}
