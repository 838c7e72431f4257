import FeedProtocols
import RelayModel
import Testing

/// The fields that the relay adds to an event, and what of them the envelope and the order show.
struct EventFieldsTests {
    private let reader = EventReader(protocol: .interface402, feed: "payments")

    /// sender / recipient / amount: the values' texts with where they stand.
    private func fields(_ text: String, _ payment: PaymentKnowledge = .none) throws -> String {
        let document = try Samples.document(text)
        let fields = reader.fields(of: document, payment: payment)
        let transfer = try #require(fields.transfers.first)
        #expect(fields.transfers.count == 1)
        #expect(fields.feed == "payments")
        #expect(transfer.mint == document.member(document.root, "mint").map { .event($0) } ?? .absent)
        #expect(fields.wallets == [transfer.sender, transfer.recipient].filter { $0 != .absent })
        func show(_ value: DerivedFields.Value) -> String {
            switch value {
            case .absent: "absent"
            case .unknown: "unknown"
            case .event(let node): "own \(String(decoding: document.slice(node), as: UTF8.self))"
            case .payment(let node):
                "payment's " + (fields.payment.map { String(decoding: $0.slice(node), as: UTF8.self) } ?? "?")
            case .text(let text): text
            case .number(let digits): digits
            }
        }
        return [transfer.sender, transfer.recipient, transfer.amount].map(show).joined(separator: ", ")
    }

    private var payment: PaymentKnowledge {
        get throws { .known(try Samples.document(#"{"type":"payment","sender":"S","recipient":"R","amount":5.0}"#)) }
    }

    @Test func `a payment has its own fields, whatever else is known`() throws {
        let expected = "own \"\(Samples.payer)\", own \"\(Samples.payee)\", own 0.0010"
        #expect(try fields(Samples.payment) == expected)
        #expect(try fields(Samples.payment, .notKnownYet) == expected)
        #expect(try fields(Samples.payment, payment) == expected)
    }

    @Test func `a verification takes from its payment what it lacks`() throws {
        let own = "own \"\(Samples.payee)\", own 0.002"
        #expect(try fields(Samples.verification, payment) == "payment's \"S\", \(own)")
        #expect(try fields(Samples.verification, .notKnownYet) == "unknown, \(own)")
        #expect(try fields(Samples.verification, .none) == "absent, \(own)")
    }

    @Test func `a settlement's amount is its final amount, its wallets are its payment's`() throws {
        #expect(try fields(Samples.settlement, payment) == "payment's \"S\", payment's \"R\", own 1e-3")
        #expect(try fields(Samples.settlement, .notKnownYet) == "unknown, unknown, own 1e-3")
        #expect(try fields(Samples.settlement, .none) == "absent, absent, own 1e-3")
        let bare = #"{"type":"settlement","paymentId":"p"}"#
        #expect(try fields(bare, payment) == "payment's \"S\", payment's \"R\", payment's 5.0")
        #expect(try fields(bare, .known(Samples.document(#"{"type":"payment"}"#))) == "absent, absent, absent")
    }

    @Test func `a field called mint is the event's own`() throws {
        let document = try Samples.document(#"{"type":"payment","mint":"M"}"#)
        let mint = try #require(reader.fields(of: document, payment: .none).transfers.first?.mint)
        guard case .event(let node) = mint else { Issue.record("\(mint)"); return }
        #expect(document.string(node) == "M")
    }

    @Test func `an event without a payment to join lacks nothing`() throws {
        #expect(try fields(#"{"type":"settlement"}"#, .notKnownYet) == "absent, absent, absent")
        #expect(
            try fields(#"{"type":"refund","paymentId":"p","sender":["A"]}"#, payment) == #"own ["A"], absent, absent"#)
    }

    @Test func `null gives way to another source and stands where there is none`() throws {
        let event = #"{"type":"settlement","paymentId":"p","sender":null,"amount":null,"finalAmount":7}"#
        #expect(try fields(event, payment) == #"payment's "S", payment's "R", own 7"#)
        #expect(try fields(event, .notKnownYet) == "unknown, unknown, own 7")
        #expect(try fields(event, .none) == "own null, absent, own 7")
    }

    @Test func `the amount is the event's own before its final amount`() throws {
        #expect(try fields(#"{"type":"x","finalAmount":2,"amount":1}"#) == "absent, absent, own 1")
    }

    // MARK: The envelope

    private func event(_ text: String, _ payment: PaymentKnowledge = .none) throws -> Event {
        let document = try Samples.document(text)
        return reader.event(
            document, id: reader.id(of: document), fields: reader.fields(of: document, payment: payment),
            receivedAt: Timestamp(milliseconds: 1), wallTime: Timestamp(milliseconds: 2))
    }

    @Test func `the envelope keeps the amount's digits and the event's bytes`() throws {
        let made = try event(Samples.payment)
        #expect(made.sender == Samples.payer)
        #expect(made.recipient == Samples.payee)
        #expect(made.amount == "0.0010")
        #expect(made.data == Array(Samples.payment.utf8))
        #expect(made.payment == nil)
        #expect(made.type == "payment")
        #expect(made.feed == "payments")
        #expect(made.timestamp == Timestamp(milliseconds: 1_697_234_567_890))
        #expect(made.receivedAt == Timestamp(milliseconds: 1))
    }

    @Test func `an event without a time has that of the wall clock, its receipt stays on the relay's`() throws {
        let made = try event(#"{"type":"x"}"#)
        #expect(made.timestamp == Timestamp(milliseconds: 2))
        #expect(made.receivedAt == Timestamp(milliseconds: 1))
    }

    @Test func `the envelope of a settlement brings its payment's wallets and bytes`() throws {
        let made = try event(Samples.settlement, .known(Samples.document(Samples.payment)))
        #expect([made.sender, made.recipient, made.amount] == [Samples.payer, Samples.payee, "1e-3"])
        #expect(made.payment == Array(Samples.payment.utf8))
    }

    @Test func `the envelope leaves out what is no text`() throws {
        let made = try event(#"{"type":"x","sender":7,"recipient":["R"],"amount":true}"#)
        #expect([made.sender, made.recipient, made.amount] == [nil, nil, nil])
        #expect(try event(#"{"type":"x","amount":"1.50"}"#).amount == "1.50")
        #expect(try event(#"{"type":"x","sender":"\u0041"}"#).sender == "A")
        #expect(try event(Samples.settlement, .notKnownYet).sender == nil)
    }

    // MARK: The order

    private func wallets(_ text: String, _ payment: PaymentKnowledge = .none) throws -> [String] {
        let document = try Samples.document(text)
        return reader.wallets(of: document, fields: reader.fields(of: document, payment: payment)).map(\.canonical)
    }

    @Test func `wallets are sender and recipient, each once, EVM addresses in one spelling`() throws {
        let evm = "0x" + String(repeating: "aB", count: 20)
        #expect(try wallets(Samples.payment) == [Samples.payer, Samples.payee])
        #expect(try wallets(Samples.settlement, .known(Samples.document(Samples.payment))).count == 2)
        #expect(
            try wallets(#"{"type":"x","sender":"\#(evm)","recipient":"\#(evm.lowercased())"}"#) == [evm.lowercased()])
        #expect(try wallets(#"{"type":"x","sender":7,"recipient":"R"}"#) == ["R"])
        #expect(try wallets(Samples.settlement, .notKnownYet) == [])
    }
}
