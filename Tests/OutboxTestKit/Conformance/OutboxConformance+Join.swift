package import OutboxStorage
package import RelayModel
import Testing

extension OutboxConformance {
    static let joins = [
        OutboxConformance("a payment is found by its key, byte for byte, also after reopening") { test throws in
            let data = Array(UInt8.min...UInt8.max)
            try test.commit(OutboxBatch(payments: [.sample(1, at: 100, data), .sample(2, at: 100)]))
            #expect(try test.payment(1) == data)
            try test.reopen()
            #expect(try test.payment(1) == data)
            #expect(try test.payment(3) == nil)
            #expect(try test.reader.payment(.sample(1), since: Timestamp(milliseconds: 0)) == data)
        },
        OutboxConformance("of payments with one key the last counts, in one batch and over several") { test throws in
            try test.commit(OutboxBatch(payments: [.sample(1, at: 100, [1]), .sample(1, at: 100, [2])]))
            #expect(try test.payment(1) == [2])
            try test.commit(OutboxBatch(payments: [.sample(1, at: 90, [3])]))
            #expect(try test.payment(1) == [3])
            // The last counts even where it is too old and an earlier one is not.
            #expect(try test.payment(1, since: 95) == nil)
        },
        OutboxConformance("a payment counts from the moment on that is asked for") { test throws in
            try test.commit(OutboxBatch(payments: [.sample(1, at: 100, [1])]))
            #expect(try test.payment(1, since: 100) == [1])
            #expect(try test.payment(1, since: 101) == nil)
            #expect(try test.reader.payment(.sample(1), since: Timestamp(milliseconds: 101)) == nil)
        },
        OutboxConformance("waits are read back whole, by their key, in their order") { test throws in
            try test.commit(OutboxBatch(waits: [.sample(1, ends: 30), .sample(2, ends: 20), .sample(1, ends: 10)]))
            try test.reopen()
            let waits = try test.outbox.waits(for: .sample(1), limit: 10, byteLimit: .max)
            #expect(waits.map(\.id) == [1, 3])
            let first = try #require(waits.first)
            let sample = JoinWait.sample(1, ends: 30)
            #expect(first.key == sample.key)
            #expect(first.feed == sample.feed)
            #expect(first.receivedAt == sample.receivedAt)
            #expect(first.wallTime == sample.wallTime)
            #expect(first.endsAt == sample.endsAt)
            #expect(first.data == sample.data)
        },
        OutboxConformance("a limit and bytes cut waits, never before the first") { test throws in
            try test.commit(OutboxBatch(waits: (1...4).map { .sample(1, ends: Int64($0), Array("data\($0)".utf8)) }))
            func ids(_ limit: Int, _ bytes: Int) throws -> [Int64] {
                try test.outbox.waits(for: .sample(1), limit: limit, byteLimit: bytes).map(\.id)
            }
            #expect(try ids(2, .max) == [1, 2])
            #expect(try ids(10, 1) == [1])
            #expect(try ids(10, 6) == [1, 2])
            #expect(try test.endedWaits(at: 10, limit: 10, bytes: 11) == [1, 2, 3])
        },
        OutboxConformance("waits end at their moment, those that end first, told in the order they began") {
            test throws in
            try test.commit(OutboxBatch(waits: [30, 10, 20, 10].map { .sample(1, ends: $0) }))
            #expect(try test.endedWaits(at: 9) == [])
            #expect(try test.endedWaits(at: 10) == [2, 4])
            #expect(try test.endedWaits(at: 30) == [1, 2, 3, 4])
            #expect(try test.endedWaits(at: 30, limit: 3) == [2, 3, 4])
            #expect(try test.outbox.nextWaitEnd() == Timestamp(milliseconds: 10))
            #expect(try test.outbox.memory().nextWaitEnd == Timestamp(milliseconds: 10))
        },
        OutboxConformance("a wait that is over is gone, and its number is not given again") { test throws in
            try test.commit(OutboxBatch(waits: [.sample(1, ends: 10), .sample(1, ends: 20)]))
            try test.commit(OutboxBatch(waits: [.sample(1, ends: 30)], endedWaits: [1, 2, 77]))
            #expect(try test.endedWaits(at: 100) == [3])
            try test.commit(OutboxBatch(endedWaits: [3]))
            #expect(try test.outbox.nextWaitEnd() == nil)
            try test.reopen()
            try test.commit(OutboxBatch(waits: [.sample(1, ends: 30)]))
            #expect(try test.endedWaits(at: 100) == [4])
        },
        OutboxConformance("feeds and the count of own events are remembered, replaced and forgotten") { test throws in
            #expect(try test.outbox.memory() == OutboxMemory())
            let (five, nine) = (Timestamp(milliseconds: 5), Timestamp(milliseconds: 9))
            try test.commit(OutboxBatch(feedsSeen: ["a": five, "b": five], ownEvents: 3))
            try test.commit(OutboxBatch(feedsSeen: ["b": nine]))
            try test.reopen()
            #expect(try test.outbox.memory() == OutboxMemory(feedsSeen: ["a": five, "b": nine], ownEvents: 3))
            try test.commit(OutboxBatch(feedsSeen: ["c": nine], forgottenFeeds: ["a", "never"], ownEvents: 7))
            #expect(try test.outbox.memory() == OutboxMemory(feedsSeen: ["b": nine, "c": nine], ownEvents: 7))
        },
    ]
}

extension OutboxUnderTest {
    fileprivate func payment(_ number: UInt64, since: Int64 = 0) throws -> [UInt8]? {
        try outbox.payment(.sample(number), since: Timestamp(milliseconds: since))
    }

    fileprivate func endedWaits(at now: Int64, limit: Int = 100, bytes: Int = .max) throws -> [Int64] {
        try outbox.endedWaits(now: Timestamp(milliseconds: now), limit: limit, byteLimit: bytes).map(\.id)
    }
}

extension PaymentKey {
    package static func sample(_ number: UInt64) -> PaymentKey { PaymentKey(high: 1, low: number) }
}

extension RememberedPayment {
    package static func sample(_ number: UInt64, at moment: Int64, _ data: [UInt8] = [1, 2, 3]) -> RememberedPayment {
        RememberedPayment(key: .sample(number), receivedAt: Timestamp(milliseconds: moment), data: data)
    }
}

extension JoinWait {
    package static func sample(_ number: UInt64, ends moment: Int64, _ data: [UInt8] = [0, 255]) -> JoinWait {
        JoinWait(
            key: .sample(number), feed: "payments", receivedAt: Timestamp(milliseconds: moment - 3),
            wallTime: Timestamp(milliseconds: moment - 2), endsAt: Timestamp(milliseconds: moment), data: data)
    }
}
