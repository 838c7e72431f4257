import RelayModel
import Testing

@testable import X402Payments

@Suite struct PaymentChallengeTests {
    private static let offer = PaymentVector.requirements
    private static let v1Offer = offer.replacing(#""amount""#, with: #""maxAmountRequired""#)
        .replacing(#""scheme""#, with: #""resource":"https://a.example/v1","scheme""#)

    private static func header(_ json: String, name: String = "PAYMENT-REQUIRED") -> HTTPField {
        HTTPField(name, Base64.encode(Array(json.utf8)))
    }

    private static func v2(_ json: String) throws(PaymentChallenge.Fault) -> PaymentChallenge {
        try PaymentChallenge(headers: [header(json)], body: Array("{}".utf8))
    }

    @Test(arguments: ["PAYMENT-REQUIRED", "payment-required", "Payment-Required"])
    func `version 2 is read from its header, whatever its letters`(name: String) throws {
        let json =
            #"{"x402Version":2,"error":"pay","resource":{"url":"https://a.example/x","mimeType":"a"},"#
            + #""accepts":[ \#(Self.offer) ],"extensions":{"a":{"b":1}},"new":[]}"#
        let field = Self.header(json, name: name)
        let challenge = try PaymentChallenge(
            headers: [HTTPField("a", "b"), HTTPField(field.name, " \(field.value)\t")], body: [])
        #expect(challenge.version == .v2)
        #expect(challenge.error == "pay")
        #expect(challenge.resource == "https://a.example/x")
        #expect(challenge.resourceJSON == Array(#"{"url":"https://a.example/x","mimeType":"a"}"#.utf8))
        #expect(challenge.extensionsJSON == Array(#"{"a":{"b":1}}"#.utf8))
        let offer = try #require(challenge.offers.first)
        #expect(challenge.offers.count == 1)
        #expect(offer.json == Array(Self.offer.utf8))
        #expect((offer.scheme, offer.network) == ("exact", SolanaNetwork.mainnet.caip2))
        #expect((offer.asset, offer.amount) == (SolanaMint.usdc.address.description, "30000"))
        #expect((offer.recipient, offer.feePayer) == (PaymentVector.recipient, PaymentVector.feePayer))
        #expect((offer.memo, offer.resource) == (PaymentVector.memo, nil))
        #expect((offer.recentBlockhash, offer.paymentFlow) == (nil, nil))
    }

    @Test func `version 1 is read from its body`() throws {
        let body = #"{"x402Version":1,"error":"X-PAYMENT header is required","accepts":[\#(Self.v1Offer)]}"#
        let challenge = try PaymentChallenge(
            headers: [HTTPField("content-type", "application/json")], body: Array(body.utf8))
        #expect(challenge.version == .v1)
        #expect(challenge.error == "X-PAYMENT header is required")
        #expect((challenge.resource, challenge.resourceJSON, challenge.extensionsJSON) == (nil, nil, nil))
        #expect(challenge.offers.map(\.amount) == ["30000"])
        #expect(challenge.offers.map(\.resource) == ["https://a.example/v1"])
        #expect(challenge.offers.map(\.json) == [Array(Self.v1Offer.utf8)])
    }

    @Test func `the entry is kept byte for byte`() throws {
        let entry =
            "{ \"scheme\" : \"ex\\u0061ct\",\"network\":\"n\",\n\t\"asset\":\"a\", \"payTo\":\"\u{E9}\" , \"n\":1.50e3 }"
        let offer = try #require(try Self.v2(#"{"x402Version":2,"accepts":[\#(entry)]}"#).offers.first)
        #expect(offer.json == Array(entry.utf8))
        #expect(offer.scheme == "exact")
        #expect(offer.amount == nil)
    }

    @Test func `what is null is not there, and an empty memo is none`() throws {
        let entry =
            #"{"scheme":"exact","network":"n","asset":"a","payTo":"p","amount":null,"extra":{"memo":"","feePayer":null}}"#
        let challenge = try Self.v2(
            #"{"x402Version":2,"error":null,"resource":null,"accepts":[\#(entry)],"extensions":null}"#)
        #expect(challenge.error.isEmpty)
        #expect((challenge.resource, challenge.resourceJSON, challenge.extensionsJSON) == (nil, nil, nil))
        let offer = try #require(challenge.offers.first)
        #expect((offer.amount, offer.memo, offer.feePayer) == (nil, nil, nil))
    }

    @Test(arguments: ["0.03", "30000", "true", "[]", "{}"])
    func `an amount that is no string is none`(amount: String) throws {
        let entry = #"{"scheme":"exact","network":"n","asset":"a","payTo":"p","amount":\#(amount)}"#
        #expect(try Self.v2(#"{"x402Version":2,"accepts":[\#(entry)]}"#).offers.map(\.amount) == [nil])
    }

    /// An entry that cannot be read, and what is said of it when there is no other.
    @Test(arguments: [
        ("7", "it is no object"), ("[]", "it is no object"), ("null", "it is no object"), ("{}", "it has no scheme"),
        (#"{"scheme":1,"network":"n","asset":"a","payTo":"p"}"#, "its scheme is no string"),
        (#"{"scheme":"s","network":["n"],"asset":"a","payTo":"p"}"#, "its network is no string"),
        (#"{"scheme":"s","network":"n","payTo":"p"}"#, "it has no asset"),
        (#"{"scheme":"s","network":"n","asset":"a","payTo":{}}"#, "its payTo is no string"),
        (#"{"scheme":"s","network":"n","asset":"a","payTo":"p","extra":[]}"#, "its extra is no object"),
        (#"{"scheme":"s","network":"n","asset":"a","payTo":"p","extra":{"memo":7}}"#, "its extra.memo is no string"),
        (
            #"{"scheme":"s","network":"n","asset":"a","payTo":"p","extra":{"feePayer":[]}}"#,
            "its extra.feePayer is no string"
        ),
        (
            #"{"scheme":"s","network":"n","asset":"a","payTo":"p","extra":{"recentBlockhash":0}}"#,
            "its extra.recentBlockhash is no string"
        ),
        (
            #"{"scheme":"s","network":"n","asset":"a","payTo":"p","extra":{"paymentFlow":{}}}"#,
            "its extra.paymentFlow is no string"
        ),
    ])
    func `an entry that cannot be read is left out, and alone a fault`(entry: String, part: String) throws {
        let both = try Self.v2(#"{"x402Version":2,"accepts":[\#(entry),\#(Self.offer)]}"#)
        #expect(both.offers.map(\.json) == [Array(Self.offer.utf8)])
        expectFault(
            "entry 0 of accepts cannot be read: \(part)",
            headers: [Self.header(#"{"x402Version":2,"accepts":[\#(entry)]}"#)])
    }

    @Test(arguments: [
        ("", "neither a PAYMENT-REQUIRED header nor a body"),
        ("<html>pay</html>", "its body is not JSON: byte 0: <html>pay"),
        ("[1]", "its body is no JSON object"), ("{}", "x402Version of its body is absent, not 1"),
        (#"{"x402Version":2,"accepts":[]}"#, "x402Version of its body is 2, not 1"),
        (#"{"x402Version":"1","accepts":[]}"#, #"x402Version of its body is "1", not 1"#),
        (#"{"x402Version":1}"#, "accepts of its body is no array"),
        (#"{"x402Version":1,"accepts":{}}"#, "accepts of its body is no array"),
        (#"{"x402Version":1,"accepts":[]}"#, "accepts of its body is empty"),
        (#"{"x402Version":1,"accepts":[{"a":{"b":1,"\u0062":2}}]}"#, #"its body has the key "\u0062" twice"#),
        ("{\"x402Version\":1,\"error\":\"\u{1B}\"}", "not JSON"),
        (#"{"x402Version":1,"#, "its body is not JSON"),
    ])
    func `a body that is no challenge says what is wrong`(body: String, part: String) {
        expectFault(part, body: Array(body.utf8))
    }

    @Test(arguments: [
        ("", "its PAYMENT-REQUIRED header is not JSON"), ("!!!!", "is not base64 with padding: !!!!"),
        ("e30", "is not base64 with padding"),
        ("e31=", "is not base64 with padding"), ("e30=", "x402Version of its PAYMENT-REQUIRED header is absent, not 2"),
        ("e30=\u{E9}", "is not base64"), ("e3 0=", "is not base64"),
    ])
    func `a header that is no challenge says what is wrong`(value: String, part: String) {
        expectFault(part, headers: [HTTPField("Payment-Required", value)], body: Array(#"{"x402Version":1}"#.utf8))
    }

    @Test(arguments: [
        (#"{"x402Version":1,"accepts":[OFFER]}"#, "header is 1, not 2"),
        (
            #"{"x402Version":2,"accepts":[OFFER],"resource":"https://a.example"}"#,
            "resource of its PAYMENT-REQUIRED header is no object"
        ),
        (#"{"x402Version":2,"accepts":[OFFER],"resource":{"url":7}}"#, "its resource.url is no string"),
        (
            #"{"x402Version":2,"accepts":[OFFER],"extensions":[]}"#,
            "extensions of its PAYMENT-REQUIRED header is no object"
        ),
        (#"{"x402Version":2,"accepts":[OFFER],"extensions":{"a":1,"a":2}}"#, #"has the key "a" twice"#),
    ])
    func `version 2 with parts of other kinds is a fault`(json: String, part: String) {
        expectFault(part, headers: [Self.header(json.replacing("OFFER", with: Self.offer))])
    }

    @Test func `two challenges in one answer are a fault`() {
        let field = Self.header(#"{"x402Version":2,"accepts":[\#(Self.offer)]}"#)
        expectFault("2 PAYMENT-REQUIRED headers", headers: [field, field])
    }

    @Test func `what is larger than any challenge is not read`() {
        let header = HTTPField("PAYMENT-REQUIRED", String(repeating: "A", count: 65_537))
        expectFault("its PAYMENT-REQUIRED header has 65537 bytes, at most 65536 are read", headers: [header])
        let body = Array(#"{"x402Version":1,"accepts":[],"a":""#.utf8) + [UInt8](repeating: 0x61, count: 65_600)
        expectFault("its body is too large", body: body)
        let depth = Array((#"{"x402Version":1,"a":"# + String(repeating: "[", count: 70)).utf8)
        expectFault("nested too deeply", body: depth)
    }

    @Test func `64 entries are read, one more is a fault`() throws {
        let small = #"{"scheme":"s","network":"n","asset":"a","payTo":"p"}"#
        func json(_ count: Int) -> String {
            #"{"x402Version":1,"accepts":[\#([String](repeating: small, count: count).joined(separator: ","))]}"#
        }
        #expect(try PaymentChallenge(headers: [], body: Array(json(64).utf8)).offers.count == 64)
        expectFault("65 entries, at most 64 are read", body: Array(json(65).utf8))
    }

    @Test func `a server's own words are cut and made fit for a terminal`() throws {
        let long = String(repeating: "x", count: 500)
        let challenge = try Self.v2(#"{"x402Version":2,"error":"a\u001b[2J\#(long)","accepts":[\#(Self.offer)]}"#)
        #expect(challenge.error.hasPrefix(#"a\u{1b}[2Jxxx"#))
        #expect(challenge.error.count < 140)
        #expect(challenge.error.hasSuffix("…"))
    }

    @Test func `any damage is a fault or a challenge, never a crash`() {
        var random = SplitMix64(seed: 7)
        let json = Array(#"{"x402Version":1,"error":"e","accepts":[\#(Self.v1Offer)]}"#.utf8)
        for _ in 0..<3000 {
            var bytes = json
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            _ = try? PaymentChallenge(headers: [], body: bytes)
            _ = try? PaymentChallenge(headers: [HTTPField("payment-required", Base64.encode(bytes))], body: [])
        }
    }

    private func expectFault(_ part: String, headers: [HTTPField] = [], body: [UInt8] = []) {
        do {
            _ = try PaymentChallenge(headers: headers, body: body)
            Issue.record("it was read, where \(part) was expected")
        } catch {
            #expect(error.description.contains(part), "\(error)")
            #expect(error.description.utf8.count < 400)
        }
    }
}
