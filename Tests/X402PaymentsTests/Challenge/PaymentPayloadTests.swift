import RelayModel
import Testing

@testable import X402Payments

@Suite struct PaymentPayloadTests {
    private static let offer = PaymentOffer(
        scheme: "exact", network: "solana", asset: "a", amount: "1", recipient: "p", resource: nil, feePayer: nil,
        memo: nil,
        recentBlockhash: nil, paymentFlow: nil, json: Array(#"{ "scheme" : "exact", "x":1.0 }"#.utf8))

    private static func payload(_ version: X402Version, resource: String? = nil, extensions: String? = nil) -> String {
        let challenge = PaymentChallenge(
            version: version, error: "", resource: nil, offers: [offer], resourceJSON: resource.map { Array($0.utf8) },
            extensionsJSON: extensions.map { Array($0.utf8) })
        let bytes = PaymentPayload.json(
            for: offer, of: challenge, transaction: [1, 2, 3, 4], identifier: "x402relay_0123")
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `version 1 names scheme and network as the offer does`() {
        #expect(
            Self.payload(.v1)
                == #"{"x402Version":1,"scheme":"exact","network":"solana","payload":{"transaction":"AQIDBA=="}}"#)
    }

    @Test func `version 2 has the accepted entry unchanged, and only what the challenge has`() {
        let accepted = #""accepted":{ "scheme" : "exact", "x":1.0 },"payload":{"transaction":"AQIDBA=="}"#
        #expect(Self.payload(.v2) == #"{"x402Version":2,\#(accepted)}"#)
        #expect(
            Self.payload(.v2, resource: #"{"url": "u"}"#, extensions: #"{"a": 1}"#)
                == #"{"x402Version":2,"resource":{"url": "u"},\#(accepted),"extensions":{"a": 1}}"#)
    }

    /// Extensions as challenged, and as they are echoed.
    @Test(arguments: [
        (#"{"payment-identifier":{}}"#, #"{"payment-identifier":{"info":{"id":"x402relay_0123"}}}"#),
        (#"{"payment-identifier":{"info":null}}"#, #"{"payment-identifier":{"info":{"id":"x402relay_0123"}}}"#),
        (
            #"{"a": 1,"payment-identifier":{"info":{"required": false},"schema":{"b": []}},"c":{}}"#,
            #"{"a":1,"payment-identifier":{"info":{"required":false,"id":"x402relay_0123"},"schema":{"b": []}},"c":{}}"#
        ),
        (
            #"{"payment-identifier":{"info":{"id":"theirs","required":true}}}"#,
            #"{"payment-identifier":{"info":{"id":"x402relay_0123","required":true}}}"#
        ),
        (#"{"payment-identifier":true}"#, #"{"payment-identifier":true}"#), ("{}", "{}"),
    ])
    func `a payment identifier is added to what the challenge has`(challenged: String, echoed: String) {
        #expect(Self.payload(.v2, extensions: challenged).hasSuffix(#","extensions":\#(echoed)}"#))
    }

    @Test func `the header is base64 of the payload under the version's name`() {
        let payload = Array(Self.payload(.v1).utf8)
        #expect(PaymentPayload.header(payload, version: .v1) == HTTPField("X-PAYMENT", Base64.encode(payload)))
        #expect(PaymentPayload.header(payload, version: .v2).name == "PAYMENT-SIGNATURE")
    }
}

@Suite struct PaymentReceiptTests {
    private static let transaction = PaymentVector.clientSignature

    private static func receipt(_ json: String, name: String = "PAYMENT-RESPONSE") -> PaymentReceipt? {
        PaymentReceipt(headers: [HTTPField("a", "b"), HTTPField(name, Base64.encode(Array(json.utf8)))])
    }

    @Test(arguments: ["PAYMENT-RESPONSE", "x-payment-response"])
    func `a receipt is read under the names of both versions`(name: String) {
        let json = #"{"success":true,"transaction":"\#(Self.transaction)","network":"","payer":"p","amount":"1"}"#
        #expect(
            Self.receipt(json, name: name)
                == PaymentReceipt(isSuccess: true, errorReason: nil, transaction: Self.transaction))
    }

    @Test(
        arguments: [
            (
                #"{"success":false,"errorReason":"duplicate_settlement","transaction":""}"#, false,
                "duplicate_settlement"
            ),
            (#"{"success":"yes","errorReason":7,"transaction":[]}"#, nil, nil), ("{}", nil, nil),
            (#"{"success":false,"errorReason":"","transaction":"0xabc"}"#, false, nil),
            (#"{"success":false,"errorReason":"a\nb","transaction":"5Vz8"}"#, false, #"a\u{a}b"#),
        ] as [(String, Bool?, String?)])
    func `what is of no use in it counts as absent`(json: String, isSuccess: Bool?, reason: String?) {
        #expect(Self.receipt(json) == PaymentReceipt(isSuccess: isSuccess, errorReason: reason, transaction: nil))
    }

    @Test(arguments: ["", "!", "e3", "W10=", "AAAA"])
    func `what cannot be read is no receipt`(value: String) {
        #expect(PaymentReceipt(headers: [HTTPField("PAYMENT-RESPONSE", value)]) == nil)
        #expect(PaymentReceipt(headers: []) == nil)
    }

    @Test
    func `a receipt without padding is read, one past 64 KiB is not, and a later header counts if the first is broken`()
    {
        #expect(PaymentReceipt(headers: [HTTPField("PAYMENT-RESPONSE", "e30")]) != nil)
        let large = Base64.encode(Array("{}".utf8) + [UInt8](repeating: 0x20, count: 65_536))
        #expect(PaymentReceipt(headers: [HTTPField("PAYMENT-RESPONSE", large)]) == nil)
        let both = [HTTPField("PAYMENT-RESPONSE", "?"), HTTPField("X-PAYMENT-RESPONSE", "e30=")]
        #expect(PaymentReceipt(headers: both) != nil)
    }
}
