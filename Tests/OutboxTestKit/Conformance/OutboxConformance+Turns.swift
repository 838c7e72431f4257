import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    static let turns = [
        OutboxConformance("what came and ended is told by destination, once, by the transaction that made it so") {
            test throws in
            #expect(try test.accept(1, for: "a", "b").turns == ["a": .init(accepted: 1), "b": .init(accepted: 1)])
            let more = OutboxBatch(accepted: (2...5).map { .sample($0, for: $0 == 5 ? ["b"] : ["a"]) })
            #expect(try test.commit(more).turns == ["a": .init(accepted: 3), "b": .init(accepted: 1)])
            // Numbers 1, 3, 4 and 5 are of `a`; 2 and 6 of `b`, whatever the update says.
            let ends = OutboxBatch(updates: [
                .sample(1, .delivered), .sample(3, .dead), .sample(4, .discarded), .sample(2, .delivered),
                .sample(6, .dead), .sample(5, .pending),
            ])
            let told = [
                "a": DeliveryTurns(delivered: 1, dead: 1, discarded: 1), "b": DeliveryTurns(delivered: 1, dead: 1),
            ]
            #expect(try test.commit(ends).turns == told)
            #expect(try test.commit(OutboxBatch()).turns == [:])
        },
        OutboxConformance("what comes and ends in one transaction is told as both") { test throws in
            try test.accept(1, for: "a")
            let batch = OutboxBatch(accepted: [.sample(2, for: ["a"])], updates: [.sample(1, .delivered)])
            #expect(try test.commit(batch).turns == ["a": .init(accepted: 1, delivered: 1)])
        },
        OutboxConformance("what changes nothing is no turn: repeats, late outcomes, outcomes of what is gone") {
            test throws in
            try test.accept(1, for: "a")
            #expect(try test.accept(1, for: "a").turns == [:])
            #expect(try test.end(1).turns["a"]?.delivered == 1)
            #expect(try test.end(1, as: .dead, attempt: 2).turns == [:])
            #expect(try test.end(99).turns == [:])
            #expect(try test.accept(1, for: "a", "b").turns == ["b": .init(accepted: 1)])
            #expect(try test.commit(OutboxBatch(standings: ["a": DestinationStanding(stop: .paused)])).turns == [:])
        },
        OutboxConformance("what a transaction before told is not told again, also after reopening") { test throws in
            try test.accept(1, for: "a")
            try test.reopen()
            #expect(try test.accept(2, for: "b").turns == ["b": .init(accepted: 1)])
            #expect(try test.perform(.discard(DeliveryID(2))).turns == ["b": .init(discarded: 1)])
        },
        OutboxConformance("a discard is a turn; what is brought back is none, and its end is one again") {
            test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a") }
            try test.end(1)
            try test.end(2, as: .dead)
            #expect(try test.perform(.discard(DeliveryID(2))).turns == ["a": .init(discarded: 1)])
            #expect(try test.perform(.discard(DeliveryID(3))).turns == ["a": .init(discarded: 1)])
            #expect(try test.perform(.discard(DeliveryID(3))).turns == [:])
            #expect(try test.perform(.discard(DeliveryID(99))).turns == [:])
            #expect(try test.perform(.retry(DeliveryID(2))).turns == [:])
            #expect(try test.perform(.replay(DeliveryFilter(), from: nil, limit: 9)).turns == [:])
            #expect(try test.end(1, attempt: 2).turns == ["a": .init(delivered: 1)])
        },
        OutboxConformance("who has an event already is told by its place, and taken is what is new") {
            test throws in
            try test.accept(1, for: "a", "b")
            let batch = OutboxBatch(accepted: [
                .sample(1, for: ["a"]), .sample(2, for: ["a"]), .sample(1, for: ["b", "c"]), .sample(2, for: ["a"]),
                .sample(1, for: ["c", "a"]),
            ])
            let commit = try test.commit(batch)
            #expect(commit.repeats == [0: ["a"], 2: ["b"], 3: ["a"], 4: ["a", "c"]])
            #expect(commit.repeated == 5)
            let taken = commit.taken(of: batch.accepted)
            #expect(taken.map(\.event.id.low) == [2, 1])
            #expect(taken.map { $0.deliveries.map(\.destination) } == [["a"], ["c"]])
            #expect(commit.turns == ["a": .init(accepted: 1), "c": .init(accepted: 1)])
            #expect(try test.accept(3, for: "a").repeats == [:])
        },
        OutboxConformance("of an event that comes again for more, the further deliveries alone are taken, whole") {
            test throws in
            let sample = AcceptedEvent.sample(1, for: ["a", "b", "c"], lanes: [7])
            let marks = SearchMarks(wallets: [WalletAddress("w")], payment: "p")
            let whole = AcceptedEvent(event: sample.event, deliveries: sample.deliveries, marks: marks)
            let first = AcceptedEvent(event: sample.event, deliveries: [sample.deliveries[1]], marks: marks)
            let begun = try test.commit(OutboxBatch(accepted: [first]))
            #expect(begun.taken(of: [first]).map { $0.deliveries.map(\.destination) } == [["b"]])
            let rest = try test.commit(OutboxBatch(accepted: [whole])).taken(of: [whole])
            #expect(rest.map { $0.deliveries.map(\.destination) } == [["a", "c"]])
            #expect(rest.map(\.marks) == [marks])
            #expect(rest.map(\.event.id) == [sample.event.id])
            #expect(rest.flatMap(\.deliveries).allSatisfy { $0.rules == ["rule"] && $0.lanes.count == 1 })
            #expect(try test.commit(OutboxBatch(accepted: [whole])).taken(of: [whole]).isEmpty)
        },
        OutboxConformance("a change of the ledger tells what became of its own events") { test throws in
            let change = LedgerChange(entries: [.sample(1)])
            let batch = OutboxBatch(accepted: [.sample(1, for: ["ops"])], ownEvents: 1)
            #expect(try test.outbox.keep(change, judged: batch).turns == ["ops": .init(accepted: 1)])
            let again = try test.outbox.keep(change, judged: batch)
            #expect(again.turns == [:])
            #expect(again.repeats == [0: ["ops"]])
        },
        OutboxConformance("counts and turns agree, whatever was pruned or brought back between") { test throws in
            var turns = DeliveryTurns()
            for number in 1...40 as ClosedRange<Int64> {
                turns = try turns + (test.accept(UInt64(number), for: "a").turns["a"] ?? .init())
                let state = DeliveryState.allCases[Int(number) % 4]
                turns = try turns + (test.end(number, as: state).turns["a"] ?? .init())
            }
            #expect(turns == DeliveryTurns(accepted: 40, delivered: 10, dead: 10, discarded: 10))
            let step = PruneStep(
                deliveredBefore: Timestamp(milliseconds: 1), deadBefore: Timestamp(milliseconds: 0),
                paymentsBefore: Timestamp(milliseconds: 0),
                recentPayments: Timestamp(milliseconds: 0)...Timestamp(milliseconds: 0), maxSize: .max, limit: 4)
            #expect(try test.outbox.prune(step).removed == 4)
            try test.perform(.replay(DeliveryFilter(state: .dead), from: nil, limit: 3))
            var expected = DeliveryCounts(
                pending: 13, delivered: 6, dead: 7, discarded: 10, oldestPending: Timestamp(milliseconds: 0))
            #expect(try test.reader.counts() == ["a": expected])
            try test.reopen()
            try test.perform(.discard(DeliveryID(4)))
            (expected.pending, expected.discarded) = (12, 11)
            #expect(try test.reader.counts() == ["a": expected])
        },
    ]
}
