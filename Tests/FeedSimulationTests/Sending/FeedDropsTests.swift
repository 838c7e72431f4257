import RelayModel
import Testing

@testable import FeedSimulation

struct FeedDropsTests {
    @Test func `one client at a time is lost, and never the one that others rely on alone`() {
        for seed: UInt64 in 0..<50 {
            var drops = FeedDrops(SimulatorFaults(dropOne: .oneIn(3)), seed: seed)
            var lost: [Int] = []
            for _ in 0..<300 { lost += drops.next([(4, true), (7, false), (9, true)]) }
            #expect(lost.count > 50)
            #expect(Set(lost) == [4, 7, 9])
            // The only settled one stays.
            lost = []
            for _ in 0..<300 { lost += drops.next([(4, true), (7, false)]) }
            #expect(Set(lost) == [7])
            for _ in 0..<300 { #expect(drops.next([(4, true)]) == []) }
            for _ in 0..<300 { #expect(drops.next([(4, false), (7, false)]) == []) }
        }
    }

    @Test func `all are lost together`() {
        var drops = FeedDrops(SimulatorFaults(dropAll: .every(3)), seed: 1)
        let clients: [FeedDrops.Client] = [(0, false), (1, true)]
        #expect((0..<6).map { _ in drops.next(clients) } == [[], [], [0, 1], [], [], [0, 1]])
        #expect(!drops.isIdle)
        #expect(FeedDrops(SimulatorFaults(drop: .every(1)), seed: 1).isIdle)
    }

    @Test func `a seed repeats which`() {
        func lost(_ seed: UInt64) -> [[Int]] {
            var drops = FeedDrops(SimulatorFaults(dropOne: .oneIn(2), dropAll: .oneIn(9)), seed: seed)
            return (0..<200).map { _ in drops.next([(0, true), (1, true)]) }
        }
        #expect(lost(1) == lost(1))
        #expect(lost(1) != lost(2))
    }

    @Test func `payments come late when asked for, and each of their events comes once`() {
        var sequence = PaymentSequence(seed: 3, latePaymentOneIn: 3)
        var kinds: [String: [SimulatedEvent.Kind]] = [:]
        for number in 0..<6000 {
            let event = sequence.next(at: Timestamp(milliseconds: Int64(number)))
            kinds[event.payment.paymentID, default: []].append(event.kind)
        }
        let orders = Dictionary(grouping: kinds.values.filter { $0.count == 3 }) { $0 }.mapValues(\.count)
        #expect(
            Set(orders.keys) == [
                [.payment, .verification, .settlement], [.verification, .payment, .settlement],
                [.verification, .settlement, .payment],
            ])
        let late = orders.filter { $0.key.first != .payment }.values.reduce(0, +)
        #expect((550...750).contains(late))
    }
}
