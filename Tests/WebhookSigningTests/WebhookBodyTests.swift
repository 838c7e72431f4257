import RelayModel
import Testing
import WebhookSigning

@Suite struct WebhookBodyTests {
    private static func event(
        feed: String? = "payments", type: String = "payment", sender: String? = nil, recipient: String? = nil,
        amount: String? = nil, payment: String? = nil, data: String = #"{"type":"payment"}"#
    ) -> Event {
        Event(
            id: EventID(high: 0x2B7E_1516_28AE_D2A6, low: 0xABF7_1588_09CF_4F3C), feed: feed, type: type,
            timestamp: Timestamp(milliseconds: 1_697_234_567_890), receivedAt: Timestamp(milliseconds: 0),
            sender: sender, recipient: recipient, amount: amount, payment: payment.map { Array($0.utf8) },
            data: Array(data.utf8))
    }

    private static let full = event(
        type: "settlement", sender: "7Bgb", recipient: "EPjF", amount: "0.0010", payment: #"{ "paymentId" : "p" }"#,
        data: "{\n \"type\": \"settlement\", \"finalAmount\":1.50 }")

    private func text(_ event: Event, rules: [String], _ format: BodyFormat) -> String {
        String(decoding: WebhookBody.render(event, rules: rules, format: format), as: UTF8.self)
    }

    @Test func `the standard envelope has its keys in order and the bytes of data and payment`() {
        #expect(
            text(Self.full, rules: ["paid-to-us", "all"], .standard)
                == #"{"id":"evt_2b7e151628aed2a6abf7158809cf4f3c","type":"settlement","#
                + #""timestamp":"2023-10-13T22:02:47.890Z","feed":"payments","rules":["paid-to-us","all"],"#
                + #""sender":"7Bgb","recipient":"EPjF","amount":"0.0010","payment":{ "paymentId" : "p" },"#
                + "\"data\":{\n \"type\": \"settlement\", \"finalAmount\":1.50 }}")
    }

    @Test func `what an event does not have is left out of the envelope`() {
        #expect(
            text(Self.event(feed: nil, type: "relay.test"), rules: [], .standard)
                == #"{"id":"evt_2b7e151628aed2a6abf7158809cf4f3c","type":"relay.test","#
                + #""timestamp":"2023-10-13T22:02:47.890Z","rules":[],"data":{"type":"payment"}}"#)
    }

    @Test func `a CloudEvent has the relay's attributes as extensions`() {
        #expect(
            text(Self.full, rules: ["paid-to-us", "all"], .cloudevents)
                == #"{"specversion":"1.0","id":"evt_2b7e151628aed2a6abf7158809cf4f3c","#
                + #""source":"/x402-relay/feeds/payments","type":"settlement","time":"2023-10-13T22:02:47.890Z","#
                + #""rules":"paid-to-us,all","sender":"7Bgb","recipient":"EPjF","amount":"0.0010","#
                + "\"data\":{\n \"type\": \"settlement\", \"finalAmount\":1.50 }}")
    }

    @Test func `a CloudEvent without feed or rules comes from the relay itself`() {
        #expect(
            text(Self.event(feed: nil, type: "relay.test"), rules: [], .cloudevents)
                == #"{"specversion":"1.0","id":"evt_2b7e151628aed2a6abf7158809cf4f3c","source":"/x402-relay","#
                + #""type":"relay.test","time":"2023-10-13T22:02:47.890Z","data":{"type":"payment"}}"#)
    }

    @Test func `a raw body is the feed's bytes`() {
        #expect(WebhookBody.render(Self.full, rules: ["x"], format: .raw) == Self.full.data)
    }

    @Test func `each format has its content type`() {
        #expect(
            BodyFormat.allCases.map(WebhookBody.contentType) == [
                "application/json", "application/cloudevents+json", "application/json",
            ])
    }

    @Test(arguments: [BodyFormat.standard, .cloudevents])
    func `hostile texts stay inside their strings`(format: BodyFormat) throws {
        let hostile = [
            "", "\"", "\\", "\\\"", "a\"}", "\u{0}\u{1}\u{1F}\u{7F}\u{9B}", "\n\r\t\u{8}\u{C}", "\u{2028}\u{2029}",
            #"","data":{"type":"forged"},"x":""#, "💸é\u{202E}", String(repeating: "\"", count: 5000),
        ]
        for text in hostile {
            let event = Self.event(
                feed: text, type: text, sender: text, recipient: text, amount: text, payment: "[]", data: "{}")
            let document = try parsed(WebhookBody.render(event, rules: [text, text], format: format))
            for key in ["type", "sender", "recipient", "amount"] {
                #expect(try value(key, document) == text)
            }
            #expect(document.firstRepeatedKey(in: document.root) == nil)
            #expect(try slice("data", document) == "{}")
        }
    }

    @Test func `whatever the feed sends as data or payment stands in the body byte for byte`() throws {
        let values = [
            "{}", "{\r\n\t\"a\" : 1.50e+10 }", #"{"a":"\ud800","b":"\u0041\/","é":"💸"}"#, "[1,[2,[3]]]", "-0.0",
            "{\"a\":\"\u{2028}\u{7F}\"}", "18446744073709551616.10", #"{"data":{"data":{}},"payment":{}}"#, " null ",
        ]
        for data in values {
            for payment in values {
                let event = Self.event(payment: payment, data: data)
                let standard = try parsed(WebhookBody.render(event, rules: ["r"], format: .standard))
                #expect(try slice("data", standard) == trimmed(data))
                #expect(try slice("payment", standard) == trimmed(payment))
                #expect(standard.bytes.count(of: Array(data.utf8)) > 0)
                let cloudEvent = try parsed(WebhookBody.render(event, rules: ["r"], format: .cloudevents))
                #expect(try slice("data", cloudEvent) == trimmed(data))
                #expect(cloudEvent.member(cloudEvent.root, "payment") == nil)
            }
        }
    }

    private func parsed(_ body: [UInt8]) throws -> JSONDocument {
        try JSONParser(limits: .message).parse(body)
    }

    private func value(_ key: String, _ document: JSONDocument) throws -> String? {
        document.string(try #require(document.member(document.root, key)))
    }

    private func slice(_ key: String, _ document: JSONDocument) throws -> String {
        String(decoding: document.slice(try #require(document.member(document.root, key))), as: UTF8.self)
    }

    /// The value alone: space around it belongs to no value.
    private func trimmed(_ json: String) -> String {
        String(json.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension [UInt8] {
    /// How often `part` occurs.
    fileprivate func count(of part: [UInt8]) -> Int {
        indices.count { self[$0...].starts(with: part) }
    }
}
