import DeliveryPlanning
import EventRules
import FeedProtocols
import OutboxStorage
import RelayAssembly
import RelayConfig
import RelayModel
import Testing

/// Events in, deliveries out.
@Suite struct FeedIntakeTests {
    private let payment =
        #"{"type":"payment","paymentId":"pay_1","sender":"A","recipient":"B","amount":0.50,"status":"confirmed"}"#

    @Test func `an event goes once to each destination, with the rules that deliver there`() throws {
        var intake = try intake(
            rules: [
                IntakeRule("small", #"{"amount":[{"numeric":["<",1]}]}"#, to: ["billing", "archive"]),
                IntakeRule("large", #"{"amount":[{"numeric":[">=",1]}]}"#, to: ["billing"]),
                IntakeRule("from-a", #"{"sender":["A"]}"#, to: ["billing"]),
                IntakeRule("elsewhere", "{}", to: ["archive"], feeds: ["other"]),
            ])
        let accepted = try #require(accepted(by: &intake, payment))
        #expect(accepted.deliveries.map(\.destination) == ["billing", "archive"])
        #expect(accepted.deliveries.map(\.rules) == [["small", "from-a"], ["small"]])
        #expect(accepted.event.data == Array(payment.utf8))
        #expect(accepted.event.amount == "0.50")
        #expect(accepted.event.receivedAt == Timestamp(milliseconds: 1))
        #expect(accepted.event.timestamp == Timestamp(milliseconds: 2))
    }

    @Test func `what no rule of this feed wants is left out`() throws {
        var intake = try intake(rules: [
            IntakeRule("large", #"{"type":["payment"],"amount":[{"numeric":[">=",1]}]}"#, to: ["billing"]),
            IntakeRule("elsewhere", "{}", to: ["billing"], feeds: ["other"]),
        ])
        guard case .unmatched = try take(&intake, payment) else { Issue.record("not unmatched"); return }
    }

    @Test func `the same message again is a repeat, the same event in other bytes is judged again`() throws {
        var intake = try intake(rules: [
            IntakeRule("sent", #"{"direction":["sent"]}"#, to: ["billing"]),
            IntakeRule("received", #"{"direction":["received"]}"#, to: ["archive"]),
        ])
        let sent = payment.replacing("}", with: #","direction":"sent"}"#)
        let received = payment.replacing("}", with: #","direction":"received"}"#)
        let first = try #require(accepted(by: &intake, sent))
        guard case .repeated = try take(&intake, sent) else { Issue.record("not a repeat"); return }
        #expect(intake.changedVersions == 0)
        let second = try #require(accepted(by: &intake, received))
        #expect(first.event.id == second.event.id)
        #expect(
            first.deliveries.map(\.destination) == ["billing"] && second.deliveries.map(\.destination) == ["archive"])
        #expect(intake.changedVersions == 1)
        guard case .repeated = try take(&intake, received) else { Issue.record("not a repeat"); return }
    }

    @Test(arguments: [
        (DeliveryOrder.none, [LaneKey]()), (.all, [.all]), (.payment, [LaneKey(payment: "pay_1", feed: "payments")]),
        (.wallet, [LaneKey(wallet: WalletAddress("A")), LaneKey(wallet: WalletAddress("B"))]),
    ])
    func `a delivery queues as its destination's order says`(_ sample: (order: DeliveryOrder, lanes: [LaneKey])) throws
    {
        var intake = try intake(rules: [IntakeRule("all", "{}", to: ["billing"])], order: sample.order)
        #expect(try #require(accepted(by: &intake, payment)).deliveries.first?.lanes == sample.lanes)
    }

    @Test func `without wallets the order by wallet is that by payment, without a payment there is none`() throws {
        var intake = try intake(rules: [IntakeRule("all", "{}", to: ["billing"])], order: .wallet)
        let settlement = #"{"type":"settlement","paymentId":"pay_1","finalAmount":1}"#
        #expect(
            try #require(accepted(by: &intake, settlement)).deliveries.first?.lanes
                == [LaneKey(payment: "pay_1", feed: "payments")])
        #expect(try #require(accepted(by: &intake, #"{"type":"notice"}"#)).deliveries.first?.lanes == [])
    }

    @Test func `an event forgotten by the window is not called a repeat`() throws {
        var intake = try intake(rules: [IntakeRule("all", "{}", to: ["billing"])])
        _ = try take(&intake, payment)
        for number in 0..<65536 { _ = try take(&intake, #"{"type":"notice","n":\#(number)}"#) }
        #expect(try accepted(by: &intake, payment) != nil)
        #expect(intake.changedVersions == 0)
    }

    // MARK: - The intake under test

    private func intake(rules: [IntakeRule], order: DeliveryOrder = .payment) throws -> FeedIntake {
        FeedIntake(
            reader: EventReader(protocol: .interface402, feed: "payments"),
            rules: try RuleBook.sample(rules, order: order))
    }

    private func take(_ intake: inout FeedIntake, _ text: String) throws -> IntakeVerdict {
        let document = try JSONParser(limits: .message).parse(Array(text.utf8))
        return intake.take(
            document, receivedAt: Timestamp(milliseconds: 1), wallTime: Timestamp(milliseconds: 2))
    }

    private func accepted(by intake: inout FeedIntake, _ text: String) throws -> AcceptedEvent? {
        switch try take(&intake, text) {
        case .arrived(.accepted(let accepted)): return accepted
        case .arrived(.payment(_, let accepted)): return accepted
        case .arrived(.joining(_, let unjoined, _)): return unjoined.accepted
        case .arrived(.notice): return nil
        case .unmatched, .repeated: return nil
        }
    }
}
