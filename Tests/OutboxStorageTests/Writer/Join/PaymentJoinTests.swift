import RelayModel
import Testing

@testable import OutboxStorage

/// Verifications, settlements and their payments: what goes when, to whom, and with which payment.
struct PaymentJoinTests {
    private let conversation = JoinConversation()
    private static let day: Int64 = 86_400_000

    private func small(_ waits: Int) -> JoinConversation {
        var limits = PaymentJoin.Limits()
        limits.waits = waits
        return JoinConversation(limits: limits)
    }

    // MARK: The payment is known

    @Test func `a settlement after its payment is joined with it at once`() throws {
        #expect(try conversation.write(at: 0, [.payment(1, at: 0, for: "a")]) == ["1001 to a"])
        #expect(try conversation.write(at: 5, [.settlement(7, of: 1, at: 5, with: ["a", "b"])]) == ["7 to a,b with 1"])
        #expect(conversation.outbox.waiting.isEmpty)
    }

    @Test func `the payment of the same batch counts, the last version of it`() throws {
        let said = try conversation.write(
            at: 9,
            [
                .payment(1, at: 1), .payment(1, at: 2, version: 2, for: "a"), .settlement(7, of: 1, at: 3, with: ["b"]),
                .payment(1, at: 4, version: 3), .settlement(8, of: 1, at: 5, with: ["b"]),
            ])
        #expect(said == ["1001 to a", "7 to b with 2", "8 to b with 3"])
        #expect(try conversation.write(at: 10, [.settlement(9, of: 1, at: 10, with: ["b"])]) == ["9 to b with 3"])
    }

    @Test func `a payment is known for 24 h and not a millisecond longer`() throws {
        _ = try conversation.write(at: 1000, [.payment(1, at: 1000)])
        let last = 1000 + Self.day
        #expect(try conversation.write(at: last, [.settlement(7, of: 1, at: last, with: ["a"])]) == ["7 to a with 1"])
        #expect(try conversation.write(at: last + 1, [.settlement(8, of: 1, at: last + 1, with: ["a"])]) == [])
        #expect(conversation.outbox.waiting.count == 1)
    }

    @Test func `a payment of another key is another's`() throws {
        _ = try conversation.write(at: 0, [.payment(1, at: 0)])
        #expect(
            try conversation.write(at: 1, [.settlement(7, of: 2, at: 1, atOnce: ["a"], with: ["a"], without: ["a"])])
                == ["7 to a"])
    }

    // MARK: The payment comes later

    @Test func `what waits takes its place right behind its payment, in the order of the waits`() throws {
        #expect(try conversation.write(at: 1, [.settlement(7, of: 1, at: 1, with: ["a"])]) == [])
        #expect(try conversation.write(at: 2, [.settlement(8, of: 1, at: 2, with: ["a"])]) == [])
        let said = try conversation.write(
            at: 5,
            [
                .event(3, at: 3, for: "a"), .settlement(9, of: 1, at: 4, with: ["a"]), .payment(1, at: 5, for: "a"),
                .event(4, at: 5, for: "a"),
            ])
        #expect(said == ["3 to a", "1001 to a", "7 to a with 1", "8 to a with 1", "9 to a with 1", "4 to a"])
        #expect(conversation.outbox.waiting.isEmpty)
        #expect(!conversation.join.isDue(Timestamp(milliseconds: 60_000)))
    }

    @Test func `settlement and payment in one batch never touch the disk as a wait`() throws {
        let said = try conversation.write(
            at: 2, [.settlement(7, of: 1, at: 1, with: ["a"]), .payment(1, at: 2)])
        #expect(said == ["7 to a with 1"])
        #expect(conversation.batches.allSatisfy { $0.waits.isEmpty && $0.endedWaits.isEmpty })
    }

    @Test func `a rule that is decided goes at once, one that is not waits and sends to whoever it names`() throws {
        let settlement = try Arrival.settlement(
            7, of: 1, at: 1, atOnce: ["a"], with: ["a", "b"], without: ["a"])
        #expect(try conversation.write(at: 1, [settlement]) == ["7 to a"])
        // Destination a had it: the outbox's unique (event, destination) leaves it out.
        #expect(try conversation.write(at: 2, [.payment(1, at: 2)]) == ["7 to a,b with 1"])
    }

    @Test func `a settlement that no payment can change does not wait`() throws {
        let settlement = try Arrival.settlement(7, of: 1, at: 1, atOnce: ["a"], with: ["a"], without: ["a"])
        #expect(try conversation.write(at: 1, [settlement]) == ["7 to a"])
        #expect(conversation.outbox.waiting.isEmpty)
    }

    // MARK: The payment does not come

    @Test func `a wait is over after 10 s, not a millisecond before`() throws {
        _ = try conversation.write(at: 100, [.settlement(7, of: 1, at: 100, with: ["a"], without: ["b"])])
        #expect(try conversation.pass(to: 10_099) == [])
        #expect(try conversation.pass(to: 10_100) == ["7 to b"])
        #expect(try conversation.pass(to: 20_000) == [])
        #expect(conversation.join.nextWaitEnd == nil)
    }

    @Test func `a payment received before the end joins, however late it is looked at; one at the end does not`() throws
    {
        _ = try conversation.write(at: 100, [.settlement(7, of: 1, at: 100, with: ["a"], without: ["b"])])
        _ = try conversation.write(at: 101, [.settlement(8, of: 2, at: 101, with: ["a"], without: ["b"])])
        let said = try conversation.write(
            at: 60_000, [.payment(1, at: 10_099), .payment(2, at: 10_101), .event(3, at: 20_000, for: "a")])
        #expect(said == ["7 to a with 1", "8 to b", "3 to a"])
    }

    @Test func `a wait that begins and ends in one batch ends where its time is over`() throws {
        let said = try conversation.write(
            at: 60_000,
            [
                .settlement(7, of: 1, at: 100, with: ["a"], without: ["b"]), .event(3, at: 10_099, for: "a"),
                .event(4, at: 10_100, for: "a"), .payment(1, at: 10_101),
                .settlement(8, of: 2, at: 20_000, with: [], without: ["c"]),
            ])
        #expect(said == ["3 to a", "7 to b", "4 to a", "8 to c"])
        #expect(conversation.outbox.waiting.isEmpty)
    }

    @Test func `what arrived later than the work's horizon may hold the payment: no wait ends beyond it`() throws {
        _ = try conversation.write(at: 100, [.settlement(7, of: 1, at: 100, with: ["a"], without: ["b"])])
        #expect(try conversation.write(at: 10_000, [.event(3, at: 10_000, for: "a")]) == ["3 to a"])
        #expect(try conversation.write(at: 60_000, [.payment(1, at: 10_001)]) == ["7 to a with 1"])
    }

    // MARK: Over a restart

    @Test func `a wait goes on over a restart, and one that ended meanwhile ends at once`() throws {
        _ = try conversation.write(at: 100, [.settlement(7, of: 1, at: 100, with: ["a"], without: ["b"])])
        _ = try conversation.write(at: 5000, [.settlement(8, of: 2, at: 5000, with: ["a"], without: ["b"])])
        try conversation.restart()
        #expect(try conversation.pass(to: 12_000) == ["7 to b"])
        try conversation.restart()
        #expect(try conversation.write(at: 13_000, [.payment(2, at: 13_000)]) == ["8 to a with 1"])
    }

    @Test func `what waited is judged by the newest rules, what arrives by those it came with`() throws {
        _ = try conversation.write(at: 1, [.settlement(7, of: 1, at: 1, with: ["a"])])
        conversation.judge = ScriptedJudge(suffix: "'")
        #expect(
            try conversation.write(at: 2, [.payment(1, at: 2), .settlement(8, of: 1, at: 2, with: ["a"])])
                == ["7 to a' with 1", "8 to a with 1"])
    }

    // MARK: Bounds and faults

    @Test func `more than a batch takes is ended batch by batch, in order, with what arrives in its place`() throws {
        let conversation = small(10)
        for number in 1...35 {
            _ = try conversation.write(
                at: 0, [.settlement(number, of: UInt64(number), at: Int64(number), with: [], without: ["a"])])
        }
        let before = conversation.batches.count
        let said = try conversation.write(at: 60_000, [.event(99, at: 10_012, for: "b")])
        #expect(said == (1...12).map { "\($0) to a" } + ["99 to b"] + (13...20).map { "\($0) to a" })
        #expect(try conversation.pass(to: 60_000) == (21...35).map { "\($0) to a" })
        #expect(conversation.batches[before...].allSatisfy { $0.endedWaits.count <= 10 })
        #expect(conversation.outbox.waiting.isEmpty)
    }

    @Test func `a payment for which more waits than a batch takes releases all of it before what came after`() throws {
        let conversation = small(10)
        for number in 1...25 {
            _ = try conversation.write(at: 0, [.settlement(number, of: 1, at: Int64(number), with: ["a"])])
        }
        let before = conversation.batches.count
        let said = try conversation.write(
            at: 50, [.settlement(26, of: 1, at: 40, with: ["a"]), .payment(1, at: 50), .event(99, at: 50, for: "b")])
        #expect(said == (1...26).map { "\($0) to a with 1" } + ["99 to b"])
        #expect(conversation.batches[before...].allSatisfy { $0.endedWaits.count <= 10 })
        #expect(conversation.outbox.waiting.isEmpty)
    }

    @Test func `what a crash left of such a payment is joined with it when its wait ends`() throws {
        let conversation = small(10)
        for number in 1...15 {
            _ = try conversation.write(
                at: 0, [.settlement(number, of: 1, at: Int64(number), with: ["a"], without: ["b"])])
        }
        _ = try conversation.write(at: 50, [.payment(1, at: 50)])
        #expect(conversation.join.isDue(Timestamp(milliseconds: 50)))
        try conversation.restart()
        #expect(try conversation.pass(to: 11_000) == (11...15).map { "\($0) to a with 1" })
    }

    @Test func `a wait whose bytes are damaged is given up, the others go on`() throws {
        conversation.outbox.write(OutboxBatch(waits: [.begun(1, at: 1, data: "{\"number\":"), .begun(2, at: 2)]))
        _ = try conversation.write(at: 3, [.settlement(7, of: 3, at: 3, with: [], without: ["a"])])
        try conversation.restart()
        #expect(try conversation.pass(to: 20_000) == ["7 to a"])
        #expect(conversation.faults == [1])
        #expect(conversation.outbox.waiting.isEmpty)
    }

    @Test func `a wait that is counted but not found is not looked for without pause`() throws {
        conversation.outbox.write(OutboxBatch(waits: [.begun(1, at: 1)]))
        try conversation.restart()
        conversation.outbox.hidesWaits = true
        #expect(try conversation.pass(to: 20_000) == [])
        #expect(conversation.join.nextWaitEnd == Timestamp(milliseconds: 21_000))
    }

    @Test func `a plan that could not be made changes nothing and is made again, with the same numbers`() throws {
        conversation.judge = ScriptedJudge(own: ["ops"])
        _ = try conversation.write(at: 1, [.settlement(7, of: 1, at: 1, with: ["a"])])
        let arrivals = [Arrival.payment(1, at: 2, for: "a"), .event(3, at: 2, for: "a")]
        for _ in 0..<3 {
            conversation.outbox.failures = 1
            #expect(throws: OutboxError.self) { try conversation.plan(at: 2, own: [.sample(1)], arrivals) }
        }
        let first = try conversation.plan(at: 2, own: [.sample(1)], arrivals).batch
        let second = try conversation.plan(at: 2, own: [.sample(1)], arrivals).batch
        #expect(first.ownEvents == 1)
        #expect(first.accepted.map(\.words) == second.accepted.map(\.words))
        #expect(first.accepted.map(\.event.data) == second.accepted.map(\.event.data))
        #expect(
            try conversation.write(at: 2, own: [.sample(1)], arrivals)
                == ["7777 to ops", "1001 to a", "7 to a with 1", "3 to a"])
    }

    @Test func `without a wait anywhere, events and payments read nothing`() throws {
        _ = try conversation.write(
            at: 1, [.event(1, at: 1, for: "a"), .payment(1, at: 1, for: "a"), .event(2, at: 1, for: "a")])
        #expect(conversation.outbox.reads == 0)
    }

    // MARK: Own events

    @Test func `own events are numbered from the last one, whether or not a rule takes them, over restarts`() throws {
        #expect(try conversation.write(at: 1, own: [.sample(1), .sample(2)]) == [])
        #expect(conversation.outbox.ownEvents == 2)
        try conversation.restart()
        conversation.judge = ScriptedJudge(own: ["ops"])
        #expect(
            try conversation.write(at: 2, own: [.sample(3)], [.event(5, at: 2, for: "a")]) == ["7777 to ops", "5 to a"])
        #expect(conversation.batches.last?.accepted.first?.event.data == OwnEvent.sample(3).data(number: 3))
        _ = try conversation.write(at: 3)
        #expect(conversation.batches.last?.ownEvents == nil)
    }
}

/// What is told of feeds goes with what they brought.
extension PaymentJoinTests {
    private func notice(_ moment: Int64, own: [OwnEvent] = [], forgotten: Set<String> = []) -> Arrival {
        let seen = forgotten.isEmpty ? ["f": Timestamp(milliseconds: moment)] : [:]
        return .notice(FeedNotice(own: own, seen: seen, forgotten: forgotten))
    }

    @Test func `a feed is not said to have brought everything before that is written`() throws {
        var limits = PaymentJoin.Limits()
        limits.waits = 1
        let conversation = JoinConversation(limits: limits)
        _ = try conversation.write(
            at: 5, (1...3).map { try .settlement($0, of: 1, at: 5, with: ["a"]) })
        // Each batch ends one wait, so the notice comes after three of them.
        _ = try conversation.write(at: 6, [.payment(1, at: 6), notice(7, own: [.sample(1)])])
        let seen = conversation.batches.map(\.feedsSeen.count)
        #expect(seen.last == 1 && seen.dropLast().allSatisfy { $0 == 0 })
        #expect(conversation.batches.last?.ownEvents == 1)
    }

    @Test func `a feed that was forgotten and is seen again is known, and the other way round`() throws {
        let conversation = JoinConversation()
        let plan = try conversation.plan(
            at: 9, [notice(5), notice(6, forgotten: ["f"])])
        #expect(plan.batch.feedsSeen.isEmpty && plan.batch.forgottenFeeds == ["f"])
        let again = try conversation.plan(at: 9, [notice(6, forgotten: ["f"]), notice(7)])
        #expect(again.batch.feedsSeen == ["f": Timestamp(milliseconds: 7)] && again.batch.forgottenFeeds.isEmpty)
    }
}
