import DeliveryPlanning
import RelayModel

@testable import OutboxStorage

/// A join with an outbox that keeps payments and waits alone: what arrives goes in, what is accepted comes out, in words.
final class JoinConversation {
    let outbox = JoinOutbox()
    private(set) var join: PaymentJoin
    private let limits: PaymentJoin.Limits
    /// The rules in force, as a reload sets them.
    var judge = ScriptedJudge()
    /// Faulty waits that were given up.
    private(set) var faults: [Int64] = []
    /// The batches, as they were written.
    private(set) var batches: [OutboxBatch] = []
    private var now = Timestamp(milliseconds: 0)

    init(limits: PaymentJoin.Limits = PaymentJoin.Limits()) {
        self.limits = limits
        join = PaymentJoin(memory: OutboxMemory(), limits: limits)
    }

    /// Writes what arrived until `moment`, as one piece of work; says what was accepted, in its order: `7 to a with 1`.
    func write(at moment: Int64, own: [OwnEvent] = [], _ arrivals: [Arrival] = []) throws -> [String] {
        now = Timestamp(milliseconds: moment)
        var input = JoinInput(horizon: now)
        (input.own, input.arrivals) = (own, arrivals[...])
        var said: [String] = []
        repeat {
            let plan = try join.next(of: input, from: outbox, judge: judge)
            said += apply(plan)
            input.remove(plan)
        } while !input.arrivals.isEmpty
        return said
    }

    /// Does what is due at `moment` though nothing arrives, however many batches it takes.
    func pass(to moment: Int64) throws -> [String] {
        now = Timestamp(milliseconds: moment)
        var said: [String] = []
        for _ in 0..<1000 where join.isDue(now) { said += try write(at: moment) }
        return said
    }

    /// Plans what arrived, and writes nothing.
    func plan(at moment: Int64, own: [OwnEvent] = [], _ arrivals: [Arrival] = []) throws -> JoinPlan {
        var input = JoinInput(horizon: Timestamp(milliseconds: moment))
        (input.own, input.arrivals) = (own, arrivals[...])
        return try join.next(of: input, from: outbox, judge: judge)
    }

    /// The relay ends, and another begins with what is on disk.
    func restart() throws { join = PaymentJoin(memory: try outbox.memory(), limits: limits) }

    private func apply(_ plan: JoinPlan) -> [String] {
        outbox.write(plan.batch)
        join.wrote(plan, to: outbox, now: now)
        batches.append(plan.batch)
        faults += plan.faults.map(\.wait)
        return plan.batch.accepted.map(\.words)
    }
}

extension AcceptedEvent {
    /// `7 to a,b with 1`: the event's number, its destinations and its payment's version.
    var words: String {
        let version = event.payment.map {
            " with " + String(decoding: $0.filter { (48...57).contains($0) }, as: UTF8.self)
        }
        return "\(event.id.low) to \(deliveries.map(\.destination).joined(separator: ","))\(version ?? "")"
    }
}

/// Keeps payments, waits and the number of own events, and counts what is read.
final class JoinOutbox: Outbox {
    private(set) var payments: [PaymentKey: RememberedPayment] = [:]
    private(set) var waiting: [JoinWait] = []
    private(set) var ownEvents: Int64 = 0
    private var lastWait: Int64 = 0
    private(set) var reads = 0
    /// The next reads fail.
    var failures = 0
    /// Forgets what it counts: a wait whose row is gone.
    var hidesWaits = false

    func write(_ batch: OutboxBatch) {
        for payment in batch.payments { payments[payment.key] = payment }
        waiting.removeAll { batch.endedWaits.contains($0.id) }
        for var wait in batch.waits {
            lastWait += 1
            wait.id = lastWait
            waiting.append(wait)
        }
        ownEvents = batch.ownEvents ?? ownEvents
    }

    func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]? {
        try read()
        return payments[key].flatMap { $0.receivedAt >= since ? $0.data : nil }
    }

    func waits(for key: PaymentKey, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        try read()
        return Array(waiting.filter { $0.key == key }.prefix(limit))
    }

    func endedWaits(now: Timestamp, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        try read()
        return hidesWaits ? [] : Array(waiting.filter { $0.endsAt <= now }.prefix(limit))
    }

    func nextWaitEnd() throws(OutboxError) -> Timestamp? {
        try read()
        return waiting.map(\.endsAt).min()
    }

    func memory() throws(OutboxError) -> OutboxMemory {
        OutboxMemory(ownEvents: ownEvents, nextWaitEnd: waiting.map(\.endsAt).min())
    }

    private func read() throws(OutboxError) {
        reads += 1
        failures -= 1
        if failures >= 0 { throw OutboxError(kind: .failed, reason: "planted") }
    }

    // The rest is not a join's.

    func commit(_ batch: OutboxBatch) throws(OutboxError) -> OutboxCommit { OutboxCommit() }
    func load(_ request: LoadRequest, now: Timestamp) throws(OutboxError) -> DueDeliveries {
        DueDeliveries(destination: request.destination, deliveries: [], next: nil)
    }
    func standings() throws(OutboxError) -> [String: DestinationStanding] { [:] }
    func perform(_ action: OperatorAction, now: Timestamp) throws(OutboxError) -> OperatorOutcome { OperatorOutcome() }
    func prune(_ step: PruneStep) throws(OutboxError) -> PruneOutcome {
        PruneOutcome(removed: 0, hasMore: false, size: 0, keptSize: 0)
    }
}
