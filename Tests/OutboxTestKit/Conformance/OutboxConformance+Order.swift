import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    static let order = [
        OutboxConformance("deliveries without a lane are free") { test throws in
            for number in 1...3 { #expect(try test.accept(UInt64(number), for: "a").readyIDs == [Int64(number)]) }
        },
        OutboxConformance("one lane: one at a time, in the order of acceptance") { test throws in
            #expect(try test.accept(1, for: "a", lanes: [7]).readyIDs == [1])
            #expect(try test.accept(2, for: "a", lanes: [7]).readyIDs == [])
            #expect(try test.accept(3, for: "a", lanes: [7]).readyIDs == [])
            #expect(try test.due() == DueNumbers([1]))
            #expect(try test.end(1).readyIDs == [2])
            #expect(try test.due() == DueNumbers([2]))
            #expect(try test.end(2).readyIDs == [3])
            #expect(try test.accept(4, for: "a", lanes: [7]).readyIDs == [])
            #expect(try test.end(3).readyIDs == [4])
        },
        OutboxConformance("lanes of one payment leave the others alone") { test throws in
            try test.accept(1, for: "a", lanes: [7])
            #expect(try test.accept(2, for: "a", lanes: [8]).readyIDs == [2])
            #expect(try test.accept(3, for: "a").readyIDs == [3])
            try test.accept(4, for: "a", lanes: [7])
            #expect(try test.end(2).readyIDs == [])
            #expect(try test.end(1).readyIDs == [4])
        },
        OutboxConformance("each destination has lanes of its own") { test throws in
            let commit = try test.accept(1, for: "a", "b", lanes: [7])
            #expect(commit.readyIDs == [1, 2])
            try test.accept(2, for: "a", "b", lanes: [7])
            let freed = try test.end(2)
            #expect(freed.readyIDs == [4])
            #expect(freed.ready.map(\.destination) == ["b"])
            #expect(try test.due("a") == DueNumbers([1]))
        },
        OutboxConformance("wallets: a delivery goes when it is the oldest of each of its lanes") { test throws in
            #expect(try test.accept(1, for: "a", lanes: [1]).readyIDs == [1])
            #expect(try test.accept(2, for: "a", lanes: [2]).readyIDs == [2])
            #expect(try test.accept(3, for: "a", lanes: [1, 2]).readyIDs == [])
            #expect(try test.accept(4, for: "a", lanes: [2, 3]).readyIDs == [])
            #expect(try test.accept(5, for: "a", lanes: [3]).readyIDs == [])
            #expect(try test.end(1).readyIDs == [])
            #expect(try test.end(2).readyIDs == [3])
            #expect(try test.end(3).readyIDs == [4])
            #expect(try test.end(4).readyIDs == [5])
        },
        OutboxConformance("one end can free several, in the order of acceptance") { test throws in
            try test.accept(1, for: "a", lanes: [1, 2, 3])
            try test.accept(2, for: "a", lanes: [3])
            try test.accept(3, for: "a", lanes: [1])
            try test.accept(4, for: "a", lanes: [2, 1])
            #expect(try test.end(1).readyIDs == [2, 3])
            #expect(try test.end(3).readyIDs == [4])
        },
        OutboxConformance("several ends in one batch free what waited for all of them, once") { test throws in
            try test.accept(1, for: "a", lanes: [1])
            try test.accept(2, for: "a", lanes: [2])
            try test.accept(3, for: "a", lanes: [1, 2])
            let commit = try test.commit(
                OutboxBatch(updates: [.sample(2, .delivered), .sample(1, .dead)]))
            #expect(commit.readyIDs == [3])
        },
        OutboxConformance("one that is freed and ends in the same batch is not handed out") { test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a", lanes: [1]) }
            let commit = try test.commit(OutboxBatch(updates: [.sample(1, .delivered), .sample(2, .discarded)]))
            #expect(commit.readyIDs == [3])
        },
        OutboxConformance("a lane named twice is one lane") { test throws in
            try test.accept(1, for: "a", lanes: [1, 1])
            try test.accept(2, for: "a", lanes: [1, 1])
            #expect(try test.end(1).readyIDs == [2])
        },
        OutboxConformance("a dead or discarded delivery frees its place, a failed one keeps it") { test throws in
            try test.accept(1, for: "a", lanes: [1])
            try test.accept(2, for: "a", lanes: [1])
            try test.accept(3, for: "a", lanes: [1])
            #expect(try test.postpone(1, until: 500).readyIDs == [])
            #expect(try test.end(1, as: .dead, attempt: 2).readyIDs == [2])
            #expect(try test.end(2, as: .discarded).readyIDs == [3])
        },
        OutboxConformance("one that ends in the middle of the queue frees nobody") { test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a", lanes: [1]) }
            #expect(try test.end(2, as: .discarded).readyIDs == [])
            #expect(try test.end(1).readyIDs == [3])
        },
        OutboxConformance("a place that is freed in a batch is taken by what the batch brings") { test throws in
            try test.accept(1, for: "a", lanes: [1])
            let commit = try test.commit(
                OutboxBatch(accepted: [.sample(2, for: ["a"], lanes: [1])], updates: [.sample(1, .delivered)]))
            #expect(commit.readyIDs == [2])
        },
        OutboxConformance("the order survives reopening") { test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a", lanes: [1]) }
            try test.reopen()
            #expect(try test.due() == DueNumbers([1]))
            #expect(try test.end(1).readyIDs == [2])
            try test.reopen()
            #expect(try test.due() == DueNumbers([2]))
            #expect(try test.accept(4, for: "a", lanes: [1]).readyIDs == [])
        },
    ]

    static let updates = [
        OutboxConformance("an attempt changes counts, wait and kind of failure") { test throws in
            try test.accept(1, for: "a")
            try test.postpone(1, until: 700, attempt: 3, outage: true, endedAt: 200)
            try test.reopen()
            let delivery = try #require(try test.everything().first)
            #expect(delivery.attempts == 3)
            #expect(delivery.recordedAttempts == 3)
            #expect(delivery.notBefore == Timestamp(milliseconds: 700))
            #expect(delivery.failedByOutage)
        },
        OutboxConformance("an attempt that does not count is on record all the same") { test throws in
            try test.accept(1, for: "a")
            let sample = DeliveryUpdate.sample(1, .pending, attempt: 1)
            let probe = DeliveryUpdate(
                id: sample.id, destination: "a", state: .pending, attempts: 0, notBefore: sample.notBefore,
                failedByOutage: true, attempt: sample.attempt)
            try test.commit(OutboxBatch(updates: [probe]))
            let delivery = try #require(try test.everything().first)
            #expect(delivery.attempts == 0)
            #expect(delivery.recordedAttempts == 1)
        },
        OutboxConformance("an ended delivery stays ended, whatever a late attempt says") { test throws in
            for ended in [DeliveryState.delivered, .dead, .discarded] {
                for late in [DeliveryState.pending, .delivered, .dead] {
                    let number = try test.accept(.random(in: 1 ... .max), for: "a").readyIDs[0]
                    try test.end(number, as: ended)
                    let outcome = DeliveryUpdate.sample(number, late, attempt: 2, outage: late == .pending)
                    #expect(try test.commit(OutboxBatch(updates: [outcome])).readyIDs == [])
                    #expect(try test.due() == DueNumbers([]))
                    #expect(try test.outageFailures(endedBefore: 1000) == [])
                }
            }
        },
        OutboxConformance("a late attempt does not free a place twice") { test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a", lanes: [1]) }
            #expect(try test.end(1, as: .discarded).readyIDs == [2])
            #expect(try test.end(1, as: .delivered).readyIDs == [])
        },
        OutboxConformance("an update of a delivery that is not there is ignored") { test throws in
            try test.accept(1, for: "a")
            #expect(try test.end(99).readyIDs == [])
            #expect(try test.due() == DueNumbers([1]))
        },
    ]
}
