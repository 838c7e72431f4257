import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    static let operators = [
        OutboxConformance("nothing is done to what is not there") { test throws in
            for action in [OperatorAction.retry(DeliveryID(1)), .discard(DeliveryID(0)), .retry(DeliveryID(.max))] {
                let outcome = try test.perform(action)
                #expect(outcome.refusal == .unknownDelivery)
                #expect(outcome.changed == 0)
            }
        },
        OutboxConformance("an ended delivery that is retried waits again, due now, its schedule anew, its record kept")
        {
            test throws in
            for (index, state) in [DeliveryState.delivered, .dead, .discarded].enumerated() {
                let id = Int64(index + 1)
                try test.accept(UInt64(id), for: "a", lanes: [1])
                try test.postpone(id, until: 5, outage: true)
                try test.end(id, as: state, attempt: 2)
                let outcome = try test.perform(.retry(DeliveryID(id)), now: 700)
                #expect(outcome.refusal == nil)
                #expect(outcome.changed == 1)
                #expect(outcome.withdrawn == [])
                try test.reopen()
                for delivery in try outcome.ready + test.everything() {
                    #expect(delivery.id.number == id)
                    #expect(delivery.attempts == 0)
                    #expect(delivery.recordedAttempts == 2)
                    #expect(delivery.notBefore == Timestamp(milliseconds: 700))
                    #expect(!delivery.failedByOutage)
                    #expect(delivery.isRevived)
                }
                try test.postpone(id, until: 800, attempt: 3, endedAt: 750)
                try test.reopen()
                #expect(try test.everything().map(\.isRevived) == [true])
                try test.perform(.retry(DeliveryID(id)), now: 700)
                #expect(try test.due(at: 700) == DueNumbers([id]))
                let summary = try #require(try test.reader.delivery(DeliveryID(id))?.summary)
                #expect(summary.state == .pending)
                #expect(summary.endedAt == nil)
                #expect(try test.end(id, attempt: 4).readyIDs == [])
                #expect(try test.reader.delivery(DeliveryID(id))?.attempts.map(\.number) == [1, 2, 3, 4])
            }
        },
        OutboxConformance("a waiting delivery that is retried is due at once, and keeps its attempts") { test throws in
            try test.accept(1, for: "a")
            try test.postpone(1, until: 90_000, attempt: 3, outage: true, endedAt: 100)
            let outcome = try test.perform(.retry(DeliveryID(1)), now: 700)
            #expect(outcome.readyIDs == [1])
            #expect(outcome.ready.first?.attempts == 3)
            #expect(outcome.ready.first?.isRevived == false)
            #expect(try test.due(at: 700) == DueNumbers([1]))
            #expect(try test.outageFailures(endedBefore: 1000) == [])
        },
        OutboxConformance("one that queues is sent out of its order, and those behind it still wait for both") {
            test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a", lanes: [7]) }
            #expect(try test.perform(.retry(DeliveryID(2))).readyIDs == [2])
            #expect(try test.due() == DueNumbers([1, 2]))
            #expect(try test.accept(4, for: "a", lanes: [7]).readyIDs == [])
            #expect(try test.end(2).readyIDs == [])
            #expect(try test.end(1).readyIDs == [3])
        },
        OutboxConformance("one that was hastened is not handed out twice when its predecessor ends") { test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a", lanes: [7]) }
            try test.perform(.retry(DeliveryID(2)))
            #expect(try test.end(1).readyIDs == [])
            #expect(try test.end(2).readyIDs == [3])
        },
        OutboxConformance("a revived delivery stands outside the order: nobody waits for it, its end frees nobody") {
            test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a", lanes: [7]) }
            try test.end(1, as: .dead)
            try test.perform(.retry(DeliveryID(1)))
            #expect(try test.due() == DueNumbers([2, 1]))
            #expect(try test.end(2).readyIDs == [3])
            #expect(try test.end(1, attempt: 2).readyIDs == [])
            #expect(try test.accept(4, for: "a", lanes: [7]).readyIDs == [])
            #expect(try test.end(3).readyIDs == [4])
        },
        OutboxConformance("a waiting or dead delivery can be discarded, and frees its place") { test throws in
            for number in 1...4 { try test.accept(UInt64(number), for: "a", lanes: [7]) }
            let first = try test.perform(.discard(DeliveryID(1)), now: 700)
            #expect(first.readyIDs == [2])
            #expect(first.withdrawn == [DeliveryID(1)])
            #expect(first.changed == 1)
            #expect(try test.perform(.discard(DeliveryID(3))).readyIDs == [])
            #expect(try test.end(2, as: .dead).readyIDs == [4])
            let dead = try test.perform(.discard(DeliveryID(2)), now: 900)
            #expect(dead.readyIDs == [])
            #expect(dead.withdrawn == [DeliveryID(2)])
            try test.reopen()
            #expect(try test.due() == DueNumbers([4]))
            let ends = try [1, 2].map { try test.reader.delivery(DeliveryID($0))?.summary.endedAt?.milliseconds }
            #expect(ends == [700, 900])
        },
        OutboxConformance("what was delivered or discarded cannot be discarded") { test throws in
            for (index, state) in [DeliveryState.delivered, .discarded].enumerated() {
                try test.accept(UInt64(index), for: "a")
                try test.end(Int64(index + 1), as: state)
                let outcome = try test.perform(.discard(DeliveryID(Int64(index + 1))))
                #expect(outcome.refusal == .wrongState(state))
                #expect(outcome.changed == 0)
                #expect(outcome.withdrawn == [])
            }
        },
        OutboxConformance("a late outcome of a discarded delivery is on record and changes nothing") { test throws in
            try test.accept(1, for: "a", lanes: [7])
            try test.perform(.discard(DeliveryID(1)))
            #expect(try test.end(1).readyIDs == [])
            let detail = try #require(try test.reader.delivery(DeliveryID(1)))
            #expect(detail.summary.state == .discarded)
            #expect(detail.attempts.count == 1)
        },
    ]

    static let replays = [
        OutboxConformance("delivered and dead ones are sent again, waiting and discarded ones are left") {
            test throws in
            for number in 1...4 { try test.accept(UInt64(number), for: "a") }
            try test.end(1)
            try test.end(2, as: .dead)
            try test.end(3, as: .discarded)
            try test.postpone(4, until: 90_000)
            let outcome = try test.perform(.replay(DeliveryFilter(), from: nil, limit: 10), now: 700)
            #expect(outcome.readyIDs == [1, 2])
            #expect(outcome.changed == 2)
            #expect(outcome.next == nil)
            #expect(outcome.ready.allSatisfy { $0.notBefore == Timestamp(milliseconds: 700) && $0.attempts == 0 })
            #expect(try test.due() == DueNumbers([1, 2], next: 90_000))
        },
        OutboxConformance("a discarded one is sent again where it or its event is named") { test throws in
            for number in 1...2 { try test.accept(UInt64(number), for: "a", "b") }
            for id in 1...4 { try test.end(Int64(id), as: .discarded) }
            func replayed(_ filter: DeliveryFilter) throws -> [Int64] {
                let outcome = try test.perform(.replay(filter, from: nil, limit: 10))
                return outcome.readyIDs
            }
            #expect(try replayed(DeliveryFilter(destination: "a")) == [])
            #expect(try replayed(DeliveryFilter(delivery: DeliveryID(1))) == [1])
            #expect(try replayed(DeliveryFilter(destination: "b", event: EventID(high: 0, low: 2))) == [4])
            #expect(try replayed(DeliveryFilter(event: EventID(high: 0, low: 2))) == [3])
        },
        OutboxConformance("a replay goes on where it was cut, through all and to an end") { test throws in
            for number in 1...5 { try test.accept(UInt64(number), for: "a") }
            for id in [1, 2, 4, 5] { try test.end(Int64(id)) }
            var cut: [[Int64]] = []
            var from: DeliveryID?
            repeat {
                let outcome = try test.perform(.replay(DeliveryFilter(destination: "a"), from: from, limit: 2))
                cut.append(outcome.readyIDs)
                from = outcome.next
                try test.end(outcome.readyIDs[0], attempt: 2)
                try test.reopen()
            } while from != nil && cut.count < 9
            #expect(cut == [[1, 2], [4, 5]])
        },
        OutboxConformance("a replay takes what every part of its filter takes") { test throws in
            for number in 1...6 {
                try test.accept(UInt64(number), at: Int64(number) * 10, for: number % 2 == 0 ? "a" : "b")
            }
            for id in 1...6 { try test.end(Int64(id), as: id < 4 ? .dead : .delivered) }
            func replayed(_ filter: DeliveryFilter) throws -> [Int64] {
                let outcome = try test.perform(.replay(filter, from: nil, limit: 10))
                for id in outcome.readyIDs { try test.end(id, as: id < 4 ? .dead : .delivered, attempt: 2) }
                return outcome.readyIDs
            }
            #expect(try replayed(DeliveryFilter(destination: "a")) == [2, 4, 6])
            #expect(try replayed(DeliveryFilter(state: .dead)) == [1, 2, 3])
            #expect(try replayed(DeliveryFilter(state: .pending)) == [])
            #expect(try replayed(DeliveryFilter(state: .discarded)) == [])
            #expect(try replayed(DeliveryFilter(rule: "rule", since: Timestamp(milliseconds: 50))) == [5, 6])
            #expect(try replayed(DeliveryFilter(rule: "other")) == [])
            #expect(try replayed(DeliveryFilter(destination: "nobody")) == [])
            let until = DeliveryFilter(since: Timestamp(milliseconds: 20), until: Timestamp(milliseconds: 40))
            #expect(try replayed(until) == [2, 3])
        },
    ]
}

extension OperatorOutcome {
    var readyIDs: [Int64] { ready.map(\.id.number) }
}
