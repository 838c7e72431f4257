import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    static let pruning = [
        OutboxConformance("what was delivered, died or was discarded goes by its own deadline, nothing that waits goes")
        {
            test throws in
            let states: [DeliveryState] = [.delivered, .dead, .discarded, .pending]
            for (index, state) in states.enumerated() {
                try test.accept(UInt64(index), for: "a", lanes: [1])
                try test.commit(OutboxBatch(updates: [.sample(Int64(index + 1), state, endedAt: 100)]))
            }
            #expect(try test.prune(delivered: 100, dead: 100) == Pruned(0, left: [1, 2, 3, 4]))
            #expect(try test.prune(delivered: 101, dead: 100) == Pruned(1, left: [2, 3, 4]))
            #expect(try test.prune(delivered: 101, dead: 101) == Pruned(2, left: [4]))
            #expect(try test.prune(delivered: .max, dead: .max, maxSize: 0) == Pruned(0, left: [4]))
            try test.reopen()
            #expect(try test.due() == DueNumbers([4]))
        },
        OutboxConformance("a step takes what ended first, so many and no more, and says whether there is more") {
            test throws in
            for id in 1...5 {
                try test.accept(UInt64(id), for: "a")
                try test.commit(OutboxBatch(updates: [.sample(Int64(id), .delivered, endedAt: Int64(60 - id * 10))]))
            }
            #expect(try test.prune(delivered: 41, limit: 2) == Pruned(2, left: [1, 2, 3], more: true))
            #expect(try test.prune(delivered: 41, limit: 2) == Pruned(2, left: [1]))
            #expect(try test.prune(delivered: 41, limit: 2) == Pruned(0, left: [1]))
        },
        OutboxConformance("an event stays until its last delivery goes, and can be accepted anew after that") {
            test throws in
            try test.accept(1, for: "a", "b")
            try test.commit(OutboxBatch(updates: [.sample(1, .delivered, endedAt: 10)]))
            try test.commit(OutboxBatch(updates: [.sample(2, .delivered, endedAt: 20)]))
            #expect(try test.prune(delivered: 15) == Pruned(1, left: [2]))
            #expect(try test.reader.delivery(DeliveryID(2))?.event.data == Array("{}".utf8))
            let again = try test.accept(1, for: "a", "b")
            #expect(again.added == 1)
            #expect(again.readyIDs == [3])
            #expect(try test.prune(delivered: 25) == Pruned(1, left: [3]))
            #expect(try test.accept(1, for: "b").readyIDs == [4])
        },
        OutboxConformance("what is gone is gone: no update, retry or replay brings it back") { test throws in
            try test.accept(1, for: "a", lanes: [1])
            try test.end(1)
            try test.prune(delivered: .max)
            #expect(try test.end(1, attempt: 2).readyIDs == [])
            #expect(try test.perform(.retry(DeliveryID(1))).refusal == .unknownDelivery)
            #expect(try test.perform(.replay(DeliveryFilter(), from: nil, limit: 9)).changed == 0)
            #expect(try test.reader.delivery(DeliveryID(1)) == nil)
            #expect(try test.accept(2, for: "a", lanes: [1]).readyIDs == [2])
        },
        OutboxConformance("one that is sent again has no end that prunes it") { test throws in
            try test.accept(1, for: "a")
            try test.end(1)
            try test.perform(.retry(DeliveryID(1)))
            #expect(try test.prune(delivered: .max, dead: .max, maxSize: 0) == Pruned(0, left: [1]))
        },
        OutboxConformance("payments are forgotten in their order, up to the first that is to be kept") { test throws in
            try test.commit(OutboxBatch(payments: [10, 20, 15, 30].enumerated().map { .sample(UInt64($0), at: $1) }))
            func known() throws -> [Int] { try test.known(4) }
            #expect(try test.prune(payments: 20).more == false)
            #expect(try known() == [1, 2, 3])
            #expect(try test.prune(payments: 31, limit: 2).more)
            #expect(try known() == [3])
            #expect(try !test.prune(payments: 31, limit: 2).more)
            #expect(try known() == [])
        },
    ]

    static let sizes = [
        OutboxConformance("above the size the oldest delivered ones and payments go before their time") { test throws in
            for id in 1...3 {
                try test.accept(UInt64(id), for: "a")
                try test.commit(OutboxBatch(updates: [.sample(Int64(id), .delivered, endedAt: Int64(id * 10))]))
            }
            try test.commit(OutboxBatch(payments: [.sample(1, at: 15), .sample(2, at: 100)]))
            #expect(try test.prune(maxSize: 0, limit: 1) == Pruned(1, left: [2, 3], more: true))
            #expect(try test.outbox.payment(.sample(1), since: Timestamp(milliseconds: 0)) == nil)
            #expect(try test.outbox.payment(.sample(2), since: Timestamp(milliseconds: 0)) != nil)
            #expect(try test.prune(maxSize: 0, limit: 9) == Pruned(2, left: []))
            #expect(try test.outbox.payment(.sample(2), since: Timestamp(milliseconds: 0)) == nil)
        },
        OutboxConformance("dead and waiting ones stay however large, and are all that is kept in the end") {
            test throws in
            for id in 1...3 { try test.accept(UInt64(id), for: "a") }
            try test.end(1, as: .dead)
            try test.end(2)
            let before = try test.step(PruneStep.sample())
            #expect(before.keptSize < before.size)
            #expect(try test.prune(maxSize: 0) == Pruned(1, left: [1, 3]))
            let after = try test.step(PruneStep.sample(maxSize: 0))
            #expect(after.keptSize == after.size)
            #expect(after.size > 0)
            #expect(!after.hasMore)
        },
        OutboxConformance("a recent payment stays however large the outbox is, and counts as kept") { test throws in
            let data = [UInt8](repeating: 7, count: 5000)
            try test.commit(
                OutboxBatch(payments: [10, 20, 30, 40].enumerated().map { .sample(UInt64($0), at: $1, data) }))
            #expect(try test.step(.sample(recent: 30...40)).keptSize < test.step(.sample(recent: 20...40)).keptSize)
            let outcome = try test.step(.sample(recent: 30...40, maxSize: 0))
            #expect(try test.known(4) == [2, 3])
            #expect(outcome.forgottenEarly == 2)
            #expect(!outcome.hasMore)
            #expect(outcome.keptSize == outcome.size)
            #expect(outcome.size >= 10_000)
            // It has grown older.
            #expect(try test.step(.sample(recent: 31...50)).hasMore == false)
            let first = try test.step(.sample(recent: 31...50, maxSize: 0, limit: 1))
            #expect(first.forgottenEarly == 1)
            #expect(!first.hasMore)
            #expect(try test.known(4) == [3])
        },
        OutboxConformance("there is more while a payment above the size is not recent, and no longer") { test throws in
            try test.commit(OutboxBatch(payments: [10, 20, 30].enumerated().map { .sample(UInt64($0), at: $1) }))
            #expect(try test.step(.sample(recent: 30...40, maxSize: 0, limit: 1)).hasMore)
            #expect(try !test.step(.sample(recent: 30...40, maxSize: 0, limit: 1)).hasMore)
            #expect(try test.known(3) == [2])
        },
        OutboxConformance("a payment from a clock that was ahead is not recent, and one in its time goes in silence") {
            test throws in
            try test.commit(OutboxBatch(payments: [90, 10, 20].enumerated().map { .sample(UInt64($0), at: $1) }))
            let outcome = try test.step(.sample(payments: 15, recent: 20...40, maxSize: 0))
            #expect(outcome.forgottenEarly == 1)
            #expect(try test.known(3) == [2])
        },
        OutboxConformance("nothing goes for its size below the size") { test throws in
            try test.accept(1, for: "a")
            try test.end(1)
            try test.commit(OutboxBatch(payments: [.sample(1, at: 15)]))
            let size = try test.step(PruneStep.sample()).size
            #expect(try test.prune(maxSize: size) == Pruned(0, left: [1]))
            #expect(try test.outbox.payment(.sample(1), since: Timestamp(milliseconds: 0)) != nil)
        },
    ]
}

/// What a step of pruning left, in numbers.
private struct Pruned: Equatable {
    var removed: Int
    var left: [Int64]
    var more: Bool

    init(_ removed: Int, left: [Int64], more: Bool = false) {
        (self.removed, self.left, self.more) = (removed, left, more)
    }
}

extension PruneStep {
    fileprivate static func sample(
        delivered: Int64 = 0, dead: Int64 = 0, payments: Int64 = 0, recent: ClosedRange<Int64> = -1 ... -1,
        maxSize: Int64 = .max, limit: Int = 100
    ) -> PruneStep {
        PruneStep(
            deliveredBefore: Timestamp(milliseconds: delivered), deadBefore: Timestamp(milliseconds: dead),
            paymentsBefore: Timestamp(milliseconds: payments),
            recentPayments: Timestamp(milliseconds: recent.lowerBound)...Timestamp(milliseconds: recent.upperBound),
            maxSize: maxSize, limit: limit)
    }
}

extension OutboxUnderTest {
    /// Which of the first so many payments are remembered.
    fileprivate func known(_ count: Int) throws -> [Int] {
        try (0..<count).filter { try outbox.payment(.sample(UInt64($0)), since: Timestamp(milliseconds: 0)) != nil }
    }

    fileprivate func step(_ step: PruneStep) throws -> PruneOutcome { try outbox.prune(step) }

    @discardableResult
    fileprivate func prune(
        delivered: Int64 = 0, dead: Int64 = 0, payments: Int64 = 0, recent: ClosedRange<Int64> = -1 ... -1,
        maxSize: Int64 = .max, limit: Int = 100
    ) throws -> Pruned {
        let outcome = try outbox.prune(
            .sample(
                delivered: delivered, dead: dead, payments: payments, recent: recent, maxSize: maxSize, limit: limit))
        return Pruned(
            outcome.removed, left: try listed(DeliveryFilter(), order: .oldestFirst), more: outcome.hasMore)
    }
}
