import RelayModel
import Testing

@testable import FeedSimulation

@Suite struct `The sequence of payments` {
    /// The first `count` events of a seed, a second apart.
    private func events(_ count: Int, seed: UInt64, startingAt start: Int64 = 0, wallets: [String] = [])
        -> [SimulatedEvent]
    {
        var sequence = PaymentSequence(seed: seed, wallets: wallets)
        return (0..<count).map { sequence.next(at: Timestamp(milliseconds: start + Int64($0) * 1000)) }
    }

    private func text(_ event: SimulatedEvent, _ direction: SimulatedEvent.Direction = .sent) -> String {
        String(decoding: event.bytes(direction), as: UTF8.self)
    }

    @Test func `a seed fixes every byte but the timestamps`() {
        #expect(events(500, seed: 7).map { text($0) } == events(500, seed: 7).map { text($0) })
        #expect(events(500, seed: 7).map(\.payment) == events(500, seed: 7, startingAt: 99).map(\.payment))
        #expect(events(500, seed: 7).map(\.payment) != events(500, seed: 8).map(\.payment))
    }

    @Test func `a payment comes first, then its verification, then its settlement, each once`() {
        var kinds: [String: [SimulatedEvent.Kind]] = [:]
        for event in events(3000, seed: 1) { kinds[event.payment.paymentID, default: []].append(event.kind) }
        let whole: [SimulatedEvent.Kind] = [.payment, .verification, .settlement]
        #expect(kinds.values.allSatisfy { $0 == Array(whole.prefix($0.count)) })
        let open = kinds.values.filter { $0 != whole }.count
        #expect(open <= PaymentSequence.openPayments)
        #expect(kinds.count - open > 900)
    }

    @Test func `ids and signatures are never used twice`() {
        let payments = events(6000, seed: 3).filter { $0.kind == .payment }.map(\.payment)
        #expect(Set(payments.map(\.paymentID)).count == payments.count)
        #expect(Set(payments.map(\.signature)).count == payments.count)
    }

    @Test func `amounts are exact decimals above zero of many lengths, repeated to the digit by what follows`() throws {
        let all = events(6000, seed: 5)
        let amounts = Set(all.map(\.payment.amount))
        let zero = try #require(DecimalNumber("0".utf8))
        for amount in amounts {
            let number = try #require(DecimalNumber(Array(amount.utf8)), "\(amount)")
            #expect(number > zero)
        }
        #expect(Set(amounts.map(\.utf8.count)).count >= 15)
        #expect(amounts.contains { $0.utf8.count >= 20 })
        for event in all where event.kind != .payment {
            let key = event.kind == .settlement ? "finalAmount" : "amount"
            #expect(
                text(event).contains("\"\(key)\":\(event.payment.amount),")
                    || text(event).hasSuffix(":\(event.payment.amount)}"))
        }
    }

    @Test func `sender and recipient differ and are of one chain`() {
        for payment in events(3000, seed: 2).map(\.payment) {
            #expect(payment.sender != payment.recipient)
            #expect(WalletAddress.form(of: payment.sender.utf8) == WalletAddress.form(of: payment.recipient.utf8))
        }
    }

    @Test func `given wallets take part`() {
        let wallet = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"
        #expect(events(300, seed: 2, wallets: [wallet]).contains { $0.payment.recipient == wallet })
    }

    @Test(arguments: [
        (
            SimulatedEvent.Kind.payment,
            #"{"type":"payment","paymentId":"pay_1","signature":"sig","sender":"A","recipient":"B","amount":0.10,"#
                + #""resource":"https://r/","status":"confirmed","blockHeight":9,"timestamp":1697234567890,"#
                + #""direction":"received","metadata":{"description":"a \"b\" \\","referenceId":"req_1"}}"#
        ),
        (
            .verification,
            #"{"type":"verification","paymentId":"pay_1","verified":true,"verifiedBy":"f","verificationTime":"45ms","#
                + #""timestamp":1697234567890,"recipient":"B","amount":0.10}"#
        ),
        (
            .settlement,
            #"{"type":"settlement","paymentId":"pay_1","signature":"sig","status":"settled","confirmations":32,"#
                + #""blockHeight":9,"finalAmount":0.10,"fees":0.00001,"timestamp":1697234567890}"#
        ),
    ]) func `fields stand in the order of the vendor's page`(kind: SimulatedEvent.Kind, expected: String) {
        let payment = SimulatedPayment(
            paymentID: "pay_1", signature: "sig", sender: "A", recipient: "B", amount: "0.10", fees: "0.00001",
            resource: "https://r/", blockHeight: 9, summary: #"a "b" \"#, reference: "req_1", facilitator: "f",
            verificationMilliseconds: 45, confirmations: 32)
        let event = SimulatedEvent(kind: kind, payment: payment, timestamp: Timestamp(milliseconds: 1_697_234_567_890))
        #expect(text(event, .received) == expected)
    }
}
