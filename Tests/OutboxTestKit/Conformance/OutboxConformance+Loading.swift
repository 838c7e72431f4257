import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    static let loading = [
        OutboxConformance("nothing is due for a destination that was never named") { test throws in
            #expect(try test.due("nobody") == DueNumbers([]))
            #expect(try test.outageFailures(endedBefore: 1000) == [])
        },
        OutboxConformance("fresh deliveries come in the order of acceptance, retries by their due moment") {
            test throws in
            try test.accept(1, at: 10, for: "a")
            try test.accept(2, at: 20, for: "a")
            try test.accept(3, at: 20, for: "a")
            try test.accept(4, at: 40, for: "a")
            try test.postpone(1, until: 30)
            #expect(try test.due(at: 1000) == DueNumbers([2, 3, 1, 4]))
        },
        OutboxConformance("what is due exactly now is due, a millisecond later is not") { test throws in
            try test.accept(1, at: 100, for: "a")
            #expect(try test.due(at: 99) == DueNumbers([], next: 100))
            #expect(try test.due(at: 100) == DueNumbers([1]))
        },
        OutboxConformance("a limit cuts the list, and the next one's moment says so") { test throws in
            for number in 1...4 { try test.accept(UInt64(number), at: Int64(number) * 10, for: "a") }
            #expect(try test.due(limit: 2) == DueNumbers([1, 2], next: 30))
            #expect(try test.due(limit: 4) == DueNumbers([1, 2, 3, 4]))
        },
        OutboxConformance("bytes cut the list after the delivery that reaches them, never before the first") {
            test throws in
            for number in 1...3 {
                let data = String(repeating: "x", count: 100)
                try test.commit(
                    OutboxBatch(accepted: [.sample(UInt64(number), at: Int64(number), for: ["a"], data: data)]))
            }
            #expect(try test.due(bytes: 1) == DueNumbers([1], next: 2))
            #expect(try test.due(bytes: 100) == DueNumbers([1], next: 2))
            #expect(try test.due(bytes: 101) == DueNumbers([1, 2], next: 3))
            try test.postpone(1, until: 500, outage: true)
            try test.postpone(2, until: 500, outage: true)
            #expect(try test.outageFailures(endedBefore: 1000, bytes: 1) == [1])
        },
        OutboxConformance("what is held already is passed over, also when looking for the next") { test throws in
            for number in 1...5 { try test.accept(UInt64(number), at: Int64(number) * 10, for: "a") }
            #expect(try test.due(limit: 2, excluding: [1, 3]) == DueNumbers([2, 4], next: 50))
            #expect(try test.due(at: 30, excluding: [1, 2, 4]) == DueNumbers([3], next: 50))
            #expect(try test.due(excluding: [1, 2, 3, 4, 5]) == DueNumbers([]))
        },
        OutboxConformance("what queues behind another is neither due nor next") { test throws in
            try test.accept(1, at: 10, for: "a", lanes: [1])
            try test.accept(2, at: 20, for: "a", lanes: [1])
            try test.accept(3, at: 2000, for: "a")
            #expect(try test.due() == DueNumbers([1], next: 2000))
            #expect(try test.due(excluding: [1]) == DueNumbers([], next: 2000))
        },
        OutboxConformance("each destination has deliveries of its own") { test throws in
            try test.accept(1, at: 10, for: "a", "b")
            try test.accept(2, at: 20, for: "b")
            #expect(try test.due("a") == DueNumbers([1]))
            #expect(try test.due("b") == DueNumbers([2, 3]))
        },
        OutboxConformance("outage failures come in the order of acceptance, whatever their wait") { test throws in
            for number in 1...4 { try test.accept(UInt64(number), for: "a") }
            try test.postpone(3, until: 5000, outage: true, endedAt: 100)
            try test.postpone(1, until: 90000, outage: true, endedAt: 200)
            try test.postpone(2, until: 10, outage: false, endedAt: 100)
            #expect(try test.outageFailures(endedBefore: 1000) == [1, 3])
            #expect(try test.outageFailures(endedBefore: 1000, limit: 1) == [1])
            #expect(try test.outageFailures(endedBefore: 1000, excluding: [1]) == [3])
        },
        OutboxConformance("an outage failure counts only if it ended before the moment") { test throws in
            for number in 1...2 { try test.accept(UInt64(number), for: "a") }
            try test.postpone(1, until: 5000, outage: true, endedAt: 300)
            try test.postpone(2, until: 5000, outage: true, endedAt: 200)
            #expect(try test.outageFailures(endedBefore: 300) == [2])
            #expect(try test.outageFailures(endedBefore: 301) == [1, 2])
            try test.postpone(2, until: 6000, attempt: 2, outage: true, endedAt: 400)
            #expect(try test.outageFailures(endedBefore: 301) == [1])
        },
        OutboxConformance("an outage failure that failed otherwise or ended is none any more") { test throws in
            for number in 1...2 { try test.accept(UInt64(number), for: "a") }
            for number in 1...2 { try test.postpone(Int64(number), until: 5000, outage: true, endedAt: 100) }
            try test.postpone(1, until: 6000, attempt: 2, outage: false, endedAt: 200)
            try test.end(2, attempt: 2)
            #expect(try test.outageFailures(endedBefore: 1000) == [])
        },
    ]
}
