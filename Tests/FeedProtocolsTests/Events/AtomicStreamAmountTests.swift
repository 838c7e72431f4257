import FeedProtocols
import RelayModel
import Testing

/// Amounts of AtomicStream's transfers: exact, from whatever source is the better one.
struct AtomicStreamAmountTests {
    private typealias Samples = AtomicStreamSamples

    // MARK: Native

    @Test(arguments: [
        ("1", "0.000000001"), ("5000000", "0.005"), ("1000000000", "1"), ("12500000000", "12.5"), ("0", "0"),
        ("18446744073709551615", "18446744073.709551615"), ("9007199254740993", "9007199.254740993"),
        ("100000000000000000000", "100000000000"), ("-5000000", "-0.005"), ("5e6", "0.005"), ("1.5", "0.0000000015"),
        ("5.0E+9", "5"), ("-0", "0"), (#""9007199254740993""#, "9007199.254740993"), ("1e-3", "0.000000000001"),
        ("1e99999", "absent"), ("1e-99999", "absent"), (#""1 ""#, "absent"), (#""0x1""#, "absent"), ("true", "absent"),
        (#""007""#, "absent"),
    ])
    func `lamports become native units exactly`(lamports: String, amount: String) throws {
        let event = #"{"type":"x","nativeTransfers":[{"toUserAccount":"Bob","amount":\#(lamports)}]}"#
        #expect(try Samples.transfers(event) == ["absent > Bob: \(amount) native"])
    }

    // MARK: Tokens

    private func transfer(
        from: String = "CatT", to: String = "BobT", _ amount: String = "0.1", mint: String = #""USDC""#
    ) -> String {
        #"{"fromTokenAccount":"\#(from)","toTokenAccount":"\#(to)","toUserAccount":"Bob","tokenAmount":\#(amount),"#
            + #""mint":\#(mint)}"#
    }

    private func change(
        _ account: String = "BobT", _ raw: String = #""100000""#, decimals: String = "6", mint: String = #""USDC""#
    ) -> String {
        #"{"tokenAccount":"\#(account)","rawTokenAmount":{"tokenAmount":\#(raw),"decimals":\#(decimals)},"mint":\#(mint)}"#
    }

    /// The amounts of the transfers, beside these changes of balances in one account's data or in one each.
    private func amounts(_ transfers: [String], _ changes: [String], apart: Bool = false) throws -> [String] {
        let lists = apart ? changes : [changes.joined(separator: ",")]
        let data = lists.map { #"{"account":"BobT","tokenBalanceChanges":[\#($0)]}"# }.joined(separator: ",")
        let event =
            #"{"type":"x","tokenTransfers":[\#(transfers.joined(separator: ","))],"accountData":[\#(data)]}"#
        let document = try JSONParser(limits: .message).parse(Array(event.utf8))
        return Samples.reader.fields(of: document, payment: .none).transfers.map {
            Samples.show($0.amount, in: document)
        }
    }

    @Test(arguments: [
        (#""100000""#, "6", "0.1"), (#""100001""#, "6", "0.100001"), (#""1""#, "0", "1"),
        (#""1""#, "18", "0.000000000000000001"),
        (#""18446744073709551615""#, "6", "18446744073709.551615"),
        (#""18446744073709551615""#, "0", "18446744073709551615"),
        (#""9007199254740993""#, "9", "9007199.254740993"), (#""10""#, "1", "1"), ("100001", "6", "0.100001"),
        (#""5""#, "255", "0." + String(repeating: "0", count: 254) + "5"), (#""100001""#, #""6""#, "0.100001"),
    ])
    func `the raw amount of the receiving account counts, to its last digit`(
        raw: String, decimals: String, amount: String
    ) throws {
        #expect(try amounts([transfer("0.5")], [change("BobT", raw, decimals: decimals)]) == [amount])
    }

    @Test(arguments: [
        (#""-100000""#, "6"), (#""0""#, "6"), (#""00""#, "6"), (#""""#, "6"), ("null", "6"), (#""1e5""#, "6"),
        (#""0.1""#, "6"), (#""+1""#, "6"),
        (#""one""#, "6"), (#""100000""#, "256"), (#""100000""#, "-1"), (#""100000""#, "null"), (#""100000""#, "6.5"),
        (#""100000000000000000000000""#, "6"), (#"["1"]"#, "6"),
    ])
    func `a raw amount that is no count above zero leaves the event's text`(raw: String, decimals: String) throws {
        #expect(try amounts([transfer("0.5000")], [change("BobT", raw, decimals: decimals)]) == ["0.5000"])
    }

    @Test func `the text counts where the account's change is not this transfer's alone`() throws {
        let one = change("BobT", #""300000""#)
        #expect(try amounts([transfer("0.1"), transfer("0.2")], [one]) == ["0.1", "0.2"])
        // It came, and some of it went on.
        #expect(try amounts([transfer("0.5"), transfer(from: "BobT", to: "DanT", "0.2")], [one]) == ["0.5", "0.2"])
        #expect(try amounts([transfer(from: "BobT", "0.5")], [one]) == ["0.5"])
        #expect(try amounts([transfer("0.5")], [one, change("BobT", #""1""#)]) == ["0.5"])
        #expect(try amounts([transfer("0.5")], [one, change("BobT", #""1""#)], apart: true) == ["0.5"])
    }

    @Test func `the text counts where the change is of another account or mint, or is not told`() throws {
        #expect(try amounts([transfer("0.5")], []) == ["0.5"])
        #expect(try amounts([transfer("0.5")], [change("DanT")]) == ["0.5"])
        #expect(try amounts([transfer("0.5")], [change("BobT", mint: #""JUNK""#)]) == ["0.5"])
        #expect(try amounts([transfer("0.5")], [change("BobT", mint: "null")]) == ["0.5"])
        #expect(try amounts([transfer(to: "", "0.5")], [change("")]) == ["0.5"])
        #expect(try Samples.transfers(#"{"type":"x","tokenTransfers":[\#(transfer("0.5"))]}"#).count == 1)
    }

    @Test func `transfers to other accounts keep their exact amounts beside a shared one`() throws {
        let found = try amounts(
            [transfer("0.1"), transfer(to: "DanT", "0.7"), transfer("0.2")],
            [change("BobT", #""300000""#), change("DanT", #""700001""#)])
        #expect(found == ["0.1", "0.700001", "0.2"])
    }

    @Test func `without any amount there is none`() throws {
        #expect(try amounts([transfer("null")], []) == ["absent"])
        #expect(try amounts([transfer("[1]")], []) == ["absent"])
        #expect(try amounts([transfer("null")], [change()]) == ["0.1"])
        #expect(try amounts([transfer(#""1.50""#)], []) == [#""1.50""#])
    }

    /// Against arithmetic in whole numbers, which is exact in another way.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `amounts of any size and decimals equal exact arithmetic`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let raw = random.next() >> random.below(64) | 1
            let decimals = random.below(19)
            let found = try #require(
                amounts([transfer("0.5")], [change("BobT", "\"\(raw)\"", decimals: "\(decimals)")]).first)
            #expect(found == Self.units(raw, decimals))
            #expect(DecimalNumber(found) == DecimalNumber("\(raw)e-\(decimals)"))
            let lamports = try Samples.transfers(#"{"type":"x","nativeTransfers":[{"amount":\#(raw)}]}"#)
            #expect(lamports == ["absent > absent: \(Self.units(raw, 9)) native"])
        }
    }

    private static func units(_ raw: UInt64, _ decimals: Int) -> String {
        guard let amount = TokenAmount(atomic: raw, decimals: UInt8(decimals)) else { return "none" }
        return amount.description
    }
}
