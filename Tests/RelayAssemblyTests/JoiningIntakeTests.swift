import FeedProtocols
import OutboxStorage
import RelayAssembly
import RelayModel
import Testing

/// Payments, and the verifications and settlements that belong to them, on their way to the writer.
struct JoiningIntakeTests {
    private let payment =
        #"{"type":"payment","paymentId":"p1","sender":"A","recipient":"B","amount":2,"status":"confirmed"}"#
    private let settlement =
        #"{"type":"settlement","paymentId":"p1","signature":"s","status":"settled","confirmations":1}"#
    private let reader = EventReader(protocol: .interface402, feed: "payments")

    private func intake(_ rules: IntakeRule...) throws -> FeedIntake {
        FeedIntake(reader: reader, rules: try RuleBook.sample(rules))
    }

    private func document(_ text: String) throws -> JSONDocument {
        try JSONParser(limits: .message).parse(Array(text.utf8))
    }

    private func take(_ intake: inout FeedIntake, _ text: String, at moment: Int64 = 1) throws -> IntakeVerdict {
        intake.take(
            try document(text), receivedAt: Timestamp(milliseconds: moment),
            wallTime: Timestamp(milliseconds: moment + 1))
    }

    private static let fromA = IntakeRule("from-a", #"{"sender":["A"]}"#, to: ["billing"])

    // MARK: Payments

    @Test func `a payment is remembered where a rule can match a settlement, matched or not`() throws {
        var intake = try intake(IntakeRule("settled", #"{"type":["settlement"]}"#, to: ["billing"]))
        guard case .arrived(.payment(let remembered, nil)) = try take(&intake, payment) else {
            Issue.record("not remembered")
            return
        }
        #expect(remembered.data == Array(payment.utf8))
        #expect(remembered.receivedAt == Timestamp(milliseconds: 1))
        #expect(try remembered.key == reader.paymentKey(of: document(settlement)))
    }

    @Test(arguments: [
        IntakeRule("payments", #"{"type":["payment"]}"#, to: ["billing"]),
        IntakeRule("elsewhere", #"{"type":["payment","settlement"]}"#, to: ["billing"], feeds: ["other", "payments2"]),
    ])
    func `a payment is not remembered where no rule of the feed can match a settlement`(rule: IntakeRule) throws {
        var intake = try intake(rule, IntakeRule("all-payments", #"{"type":["payment"]}"#, to: ["archive"]))
        guard case .arrived(.accepted(let accepted)) = try take(&intake, payment) else {
            Issue.record("not accepted alone")
            return
        }
        #expect(accepted.deliveries.contains { $0.destination == "archive" })
    }

    @Test func `a payment in other bytes is remembered anew, one in the same bytes is not`() throws {
        var intake = try intake(Self.fromA)
        guard case .arrived(.payment) = try take(&intake, payment) else { Issue.record("not remembered"); return }
        guard case .repeated = try take(&intake, payment) else { Issue.record("not a repeat"); return }
        let changed = payment.replacing("2", with: "3")
        guard case .arrived(.payment(let remembered, let accepted)) = try take(&intake, changed) else {
            Issue.record("not remembered")
            return
        }
        #expect(remembered.data == Array(changed.utf8))
        #expect(accepted?.event.amount == "3")
    }

    @Test func `a payment without an id in a string is like any other event`() throws {
        var intake = try intake(Self.fromA)
        let odd = payment.replacing(#""p1""#, with: "1")
        guard case .arrived(.accepted) = try take(&intake, odd) else { Issue.record("not accepted"); return }
    }

    // MARK: Settlements

    @Test func `a settlement on which a rule hangs goes to the writer undecided, and is judged with its payment there`()
        throws
    {
        var intake = try intake(Self.fromA)
        guard case .arrived(.joining(let event, let unjoined, let judge)) = try take(&intake, settlement, at: 5) else {
            Issue.record("not joining")
            return
        }
        #expect(unjoined.accepted == nil && unjoined.isUndecided)
        #expect(event.feed == "payments")
        #expect(event.receivedAt == Timestamp(milliseconds: 5))
        #expect(event.wallTime == Timestamp(milliseconds: 6))
        let joined = judge.judge(event, payment: .found(try document(payment)))
        let accepted = try #require(joined.accepted)
        #expect(!joined.isUndecided)
        #expect(accepted.event.payment == Array(payment.utf8))
        #expect(accepted.event.data == Array(settlement.utf8))
        #expect(accepted.event.sender == "A" && accepted.event.recipient == "B" && accepted.event.amount == "2")
        #expect(accepted.event.receivedAt == Timestamp(milliseconds: 5))
        #expect(accepted.event.timestamp == Timestamp(milliseconds: 6))
        #expect(accepted.event.id == reader.id(of: try document(settlement)))
        #expect(accepted.deliveries.first?.lanes == [LaneKey(payment: "p1", feed: "payments")])
        let absent = judge.judge(event, payment: .absent)
        #expect(absent.accepted == nil && !absent.isUndecided)
    }

    @Test func `a settlement that a rule matches anyway still looks for its payment, for the webhook's body`() throws {
        var intake = try intake(IntakeRule("settled", #"{"type":["settlement"]}"#, to: ["billing"]))
        guard case .arrived(.joining(_, let unjoined, _)) = try take(&intake, settlement) else {
            Issue.record("not joining")
            return
        }
        #expect(unjoined.accepted?.event.payment == nil)
        #expect(unjoined.accepted != nil && !unjoined.isUndecided)
    }

    @Test func `a settlement that no rule of the feed wants, whatever its payment, is left out`() throws {
        var intake = try intake(
            IntakeRule("failed", #"{"status":["failed"],"sender":["A"]}"#, to: ["billing"]),
            IntakeRule("elsewhere", #"{"sender":["A"]}"#, to: ["billing"], feeds: ["other"]))
        guard case .unmatched = try take(&intake, settlement) else { Issue.record("not left out"); return }
    }

    @Test func `a settlement without a payment's id is judged at once`() throws {
        var intake = try intake(Self.fromA, IntakeRule("rest", #"{"sender":[{"exists":false}]}"#, to: ["archive"]))
        let alone = settlement.replacing(#""paymentId":"p1","#, with: "")
        guard case .arrived(.accepted(let accepted)) = try take(&intake, alone) else {
            Issue.record("not accepted")
            return
        }
        #expect(accepted.deliveries.map(\.destination) == ["archive"])
    }

    // MARK: Rules that change

    @Test func `rules are swapped from one event to the next; the window stays, and what waits keeps its own`() throws {
        var intake = try intake(Self.fromA)
        guard case .arrived(.joining(let event, _, let judge)) = try take(&intake, settlement) else {
            Issue.record("not joining")
            return
        }
        intake.use(try RuleBook.sample([IntakeRule("payments", #"{"type":["payment"]}"#, to: ["archive"])]))
        guard case .repeated = try take(&intake, settlement) else { Issue.record("forgotten"); return }
        guard case .unmatched = try take(&intake, settlement + " ") else { Issue.record("not left out"); return }
        guard case .arrived(.accepted(let accepted)) = try take(&intake, payment) else {
            Issue.record("still remembered")
            return
        }
        #expect(accepted.deliveries.map(\.destination) == ["archive"])
        #expect(
            judge.judge(event, payment: .found(try document(payment))).accepted?.deliveries.map(\.destination)
                == ["billing"])
        intake.use(try RuleBook.sample([Self.fromA]))
        guard case .arrived(.payment) = try take(&intake, payment + " ") else { Issue.record("not remembered"); return }
    }

    @Test func `what waited for a feed that is no longer configured is judged all the same`() throws {
        let event = JoiningEvent(
            key: PaymentKey(high: 0, low: 1), feed: "gone", document: try document(settlement),
            receivedAt: Timestamp(milliseconds: 1), wallTime: Timestamp(milliseconds: 1))
        let rules = try RuleBook.sample([
            Self.fromA, IntakeRule("here", "{}", to: ["archive"], feeds: ["payments"]),
        ])
        let accepted = rules.judge(event, payment: .found(try document(payment))).accepted
        #expect(accepted?.deliveries.map(\.destination) == ["billing"])
        #expect(accepted?.event.feed == "gone")
    }
}
