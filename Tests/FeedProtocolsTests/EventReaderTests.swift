import FeedProtocols
import RelayModel
import Testing

struct EventReaderTests {
    private let reader = EventReader(protocol: .interface402, feed: "payments")
    private let receipt = Timestamp(milliseconds: 1_700_000_000_000)

    private func id(_ text: String) throws -> String {
        try reader.id(of: Samples.document(text)).description
    }

    // MARK: Identity

    /// Receivers and other relays hold these ids: they were computed apart from this code and never change.
    @Test(arguments: [
        (Samples.payment, "evt_5dedd7e9c5b0c925b978a226e3451f44"),
        (Samples.verification, "evt_341d4d8138578392cf82fb3f3bb30796"),
        (Samples.settlement, "evt_5b9b1405cca02b2bc027a5ef704a6f4a"),
        (#"{"type":"something.new","a":1}"#, "evt_f8f04989d8662e02b21778a884814620"),
        (#"{"type":"payment","paymentId":7,"status":"sent"}"#, "evt_ae58f0866fd5d7871172da2f2e8e3113"),
    ])
    func `an event's id never changes`(event: String, expected: String) throws {
        #expect(try id(event) == expected)
    }

    @Test func `one payment seen from both sides has one id`() throws {
        let received = Samples.payment.replacing(#""sent""#, with: #""received""#).replacing("0.0010", with: "0.001")
        #expect(try id(received) == id(Samples.payment))
    }

    @Test(arguments: [
        (Samples.payment, #""status":"confirmed""#, #""status":"pending""#),
        (Samples.payment, #""status":"confirmed""#, #""status":null"#),
        (Samples.payment, #""paymentId":"pay_1""#, #""paymentId":"pay_2""#),
        (Samples.verification, #""verified":true"#, #""verified":false"#),
        (Samples.verification, #""verified":true"#, #""verified":"true""#),
        (Samples.settlement, #""confirmations":32"#, #""confirmations":33"#),
        (Samples.settlement, #""confirmations":32"#, #""confirmations":"32""#),
        (Samples.settlement, #""signature":"sig_1","#, ""),
    ])
    func `what identifies an event changes its id`(event: String, old: String, new: String) throws {
        let changed = event.replacing(old, with: new)
        #expect(changed != event)
        #expect(try id(changed) != id(event))
    }

    @Test func `without its identity an event is told by its whole message`() throws {
        #expect(try id(#"{"type":"new"}"#) == id(#"{"type":"new"}"#))
        #expect(try id(#"{"type":"new"}"#) != id(#"{"type":"new" }"#))
        #expect(try id(#"{"type":"payment","a":1}"#) != id(#"{"type":"payment","a":2}"#))
    }

    @Test func `feeds of different names have different ids`() throws {
        let document = try Samples.document(Samples.payment)
        let other = EventReader(protocol: .interface402, feed: "payments2")
        #expect(other.id(of: document) != reader.id(of: document))
    }

    /// Outboxes hold these keys: computed apart from this code, they never change.
    @Test func `a payment's key never changes, and is the same for all events of the payment`() throws {
        for event in [Samples.payment, Samples.verification, Samples.settlement] {
            let key = try #require(reader.paymentKey(of: Samples.document(event)))
            #expect(key == PaymentKey(high: 0xBF47_85A7_01B4_945F, low: 0x5505_47ED_6BC3_42DF))
        }
        #expect(
            try reader.paymentKey(of: Samples.document(#"{"type":"settlement","paymentId":"pay\u005f1"}"#))
                == PaymentKey(high: 0xBF47_85A7_01B4_945F, low: 0x5505_47ED_6BC3_42DF))
    }

    @Test func `payments of other feeds and other ids have other keys, what names none has none`() throws {
        let payment = try Samples.document(Samples.payment)
        let other = EventReader(protocol: .interface402, feed: "payments2")
        #expect(other.paymentKey(of: payment) != reader.paymentKey(of: payment))
        let second = try Samples.document(Samples.payment.replacing("pay_1", with: "pay_2"))
        #expect(reader.paymentKey(of: second) != reader.paymentKey(of: payment))
        #expect(try reader.paymentKey(of: Samples.document(#"{"type":"payment","paymentId":7}"#)) == nil)
    }

    // MARK: Time

    @Test(arguments: [
        ("1697234567890", "2023-10-13T22:02:47.890Z"), ("1697234567", "2023-10-13T22:02:47.000Z"),
        ("1697234567.8909", "2023-10-13T22:02:47.890Z"), ("1.697234567890e12", "2023-10-13T22:02:47.890Z"),
        ("1697234567890.999", "2023-10-13T22:02:47.890Z"), ("16972345678900E-1", "2023-10-13T22:02:47.890Z"),
        ("169723456789e+1", "2023-10-13T22:02:47.890Z"), ("1", "1970-01-01T00:00:01.000Z"),
        ("1.0005", "1970-01-01T00:00:01.000Z"), ("99999999999", "5138-11-16T09:46:39.000Z"),
        ("100000000000", "1973-03-03T09:46:40.000Z"), ("253402300799999", "9999-12-31T23:59:59.999Z"),
        (#""2023-10-13T22:02:47.890Z""#, "2023-10-13T22:02:47.890Z"),
        (#""2023-10-14T00:02:47+02:00""#, "2023-10-13T22:02:47.000Z"),
        (#""2023-10-13""#, "2023-10-13T00:00:00.000Z"),
    ])
    func `an event's own time is read`(value: String, expected: String) throws {
        let document = try Samples.document(#"{"type":"x","timestamp":\#(value)}"#)
        #expect(reader.timestamp(of: document, wallTime: receipt).description == expected)
    }

    @Test(arguments: [
        "0", "-1697234567890", "0.5", "253402300800000", "1697234567890123", "1e400", "1e99999999999", "1e-400", "null",
        "true", #""""#, #""yesterday""#, #""1697234567890""#, #""0001-01-01T00:00:00Z""#, "[1697234567890]", "{}",
    ])
    func `what is no time gives way to the time of receipt`(value: String) throws {
        let document = try Samples.document(#"{"type":"x","timestamp":\#(value)}"#)
        #expect(reader.timestamp(of: document, wallTime: receipt) == receipt)
    }

    @Test func `an event without a time has that of its receipt`() throws {
        #expect(reader.timestamp(of: try Samples.document(#"{"type":"x"}"#), wallTime: receipt) == receipt)
    }

    // MARK: Payments

    @Test(arguments: [
        (Samples.payment, true, false), (Samples.verification, false, true), (Samples.settlement, false, true),
        (#"{"type":"payment"}"#, false, false), (#"{"type":"settlement","paymentId":7}"#, false, false),
        (#"{"type":"refund","paymentId":"pay_1"}"#, false, false),
    ])
    func `events know their part in a payment`(event: String, isPayment: Bool, joins: Bool) throws {
        let document = try Samples.document(event)
        #expect(reader.isPayment(document) == isPayment)
        #expect(reader.joinsPayment(document) == joins)
    }

    @Test func `only a string is a payment's id`() throws {
        #expect(reader.paymentId(of: try Samples.document(Samples.settlement)) == "pay_1")
        #expect(reader.paymentId(of: try Samples.document(#"{"type":"x","paymentId":"a\u0062"}"#)) == "ab")
        #expect(reader.paymentId(of: try Samples.document(#"{"type":"x","paymentId":7}"#)) == nil)
        #expect(reader.paymentId(of: try Samples.document(#"{"type":"x"}"#)) == nil)
    }
}
