import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// The outbox of a simulated relay: one in memory, with the planted bug where it is one of the outbox.
final class FaultyOutbox: Outbox {
    private let outbox: MemoryOutbox
    private let disk: MemoryOutbox.Disk
    private let bug: SimulationBug?
    /// For bugs that do something by themselves.
    var now = Scenario.start

    init(disk: MemoryOutbox.Disk, bug: SimulationBug?) {
        outbox = MemoryOutbox(disk: disk)
        self.disk = disk
        self.bug = bug
    }

    func began(at now: Timestamp) throws(OutboxError) { try outbox.began(at: now) }

    func commit(_ batch: OutboxBatch) throws(OutboxError) -> OutboxCommit { try outbox.commit(batch) }

    func load(_ request: LoadRequest, now: Timestamp) throws(OutboxError) -> DueDeliveries {
        guard bug == .readsYoungestFirst, request.kind == .due else { return try outbox.load(request, now: now) }
        var all = request
        (all.limit, all.byteLimit) = (.max, .max)
        var due = try outbox.load(all, now: now)
        if due.deliveries.count > request.limit { due.next = due.deliveries[0].notBefore }
        due.deliveries = Array(due.deliveries.suffix(request.limit))
        return due
    }

    func standings() throws(OutboxError) -> [String: DestinationStanding] { try outbox.standings() }

    func keep(_ change: LedgerChange, judged: OutboxBatch) throws(OutboxError) -> OutboxCommit {
        try outbox.keep(change, judged: judged)
    }

    func ledger(now: Timestamp) throws(OutboxError) -> LedgerMemory { try outbox.ledger(now: now) }

    func memory() throws(OutboxError) -> OutboxMemory { try outbox.memory() }

    func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]? {
        switch bug {
        case .joinsFirstPayment: disk.payments.first { $0.key == key && $0.receivedAt >= since }?.data
        case .forgetsDay: try outbox.payment(key, since: since + .seconds(80_000))
        default: try outbox.payment(key, since: since)
        }
    }

    func waits(for key: PaymentKey, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        let waits = try outbox.waits(for: key, limit: limit, byteLimit: byteLimit)
        return bug == .releasesOneWait ? Array(waits.prefix(1)) : waits
    }

    func endedWaits(now: Timestamp, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        try outbox.endedWaits(now: now, limit: limit, byteLimit: byteLimit)
    }

    func nextWaitEnd() throws(OutboxError) -> Timestamp? { try outbox.nextWaitEnd() }

    func perform(_ action: OperatorAction, now: Timestamp) throws(OutboxError) -> OperatorOutcome {
        guard bug == .replaysEverything, case .replay(_, let from, let limit) = action else {
            return try outbox.perform(action, now: now)
        }
        return try outbox.perform(.replay(DeliveryFilter(), from: from, limit: limit), now: now)
    }

    func prune(_ step: PruneStep) throws(OutboxError) -> PruneOutcome {
        var step = step
        switch bug {
        case .prunesPending:
            if let oldest = disk.deliveries.first(where: { !$0.isPruned && $0.state == .pending }) {
                _ = try outbox.perform(.discard(oldest.delivery.id), now: now)
            }
            step.deadBefore = Timestamp(milliseconds: .max)
        case .prunesEarly: step.deliveredBefore = step.deliveredBefore + .seconds(8)
        default: break
        }
        return try outbox.prune(step)
    }
}
