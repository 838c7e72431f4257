package import DeliveryPlanning
package import OutboxStorage
package import RelayModel

/// An outbox in memory that holds what the real one holds, for simulations.
///
/// Its `Disk` outlives it: what was committed is found by the next `MemoryOutbox` on the same disk, as after a crash.
package final class MemoryOutbox: Outbox {
    /// What goes wrong with a commit.
    package enum Fault: Hashable, Sendable {
        /// Nothing is written.
        case writesNothing(OutboxError)
        /// All is written, and the caller is not told: a crash right after the sync.
        case losesAnswer(OutboxError)
    }

    let disk: Disk
    /// What goes wrong with the next commits, one each; empty when all is well.
    package var commitFaults: [Fault] = []
    /// What goes wrong with the next loads, one each.
    package var loadFaults: [OutboxError] = []
    /// What goes wrong with the next operator actions, steps of pruning and changes of the ledger, one each.
    package var changeFaults: [Fault] = []

    package init(disk: Disk = Disk()) {
        self.disk = disk
    }

    package func commit(_ batch: OutboxBatch) throws(OutboxError) -> OutboxCommit {
        let fault = commitFaults.isEmpty ? nil : commitFaults.removeFirst()
        if case .writesNothing(let error) = fault { throw error }
        let result = disk.write(batch)
        if case .losesAnswer(let error) = fault { throw error }
        return result
    }

    package func began(at now: Timestamp) throws(OutboxError) { disk.began(at: now) }

    package func load(_ request: LoadRequest, now: Timestamp) throws(OutboxError) -> DueDeliveries {
        if !loadFaults.isEmpty { throw loadFaults.removeFirst() }
        return disk.load(request, now: now)
    }

    package func standings() throws(OutboxError) -> [String: DestinationStanding] {
        disk.standings.filter { $0.value != DestinationStanding() }
    }

    package func memory() throws(OutboxError) -> OutboxMemory {
        OutboxMemory(feedsSeen: disk.feedsSeen, ownEvents: disk.ownEvents, nextWaitEnd: disk.nextWaitEnd)
    }

    package func keep(_ change: LedgerChange, judged: OutboxBatch) throws(OutboxError) -> OutboxCommit {
        // As the constraint of the real one has it.
        guard change.entries.allSatisfy({ $0.decimals <= TokenAmount.maxDecimals }) else {
            throw OutboxError(kind: .refused, reason: "a token has too many decimals")
        }
        return try self.change {
            disk.keep(change)
            return disk.write(judged)
        }
    }

    package func ledger(now: Timestamp) throws(OutboxError) -> LedgerMemory { disk.remembered(now: now) }

    package func waits(for key: PaymentKey, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        Disk.cut(disk.waits.filter { $0.key == key }.prefix(limit), byteLimit)
    }

    package func endedWaits(now: Timestamp, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        let first = disk.waits.filter { $0.endsAt <= now }.sorted { ($0.endsAt, $0.id) < ($1.endsAt, $1.id) }
        return Disk.cut(first.prefix(limit).sorted { $0.id < $1.id }, byteLimit)
    }

    package func nextWaitEnd() throws(OutboxError) -> Timestamp? { disk.nextWaitEnd }

    package func perform(_ action: OperatorAction, now: Timestamp) throws(OutboxError) -> OperatorOutcome {
        try change { disk.perform(action, now: now) }
    }

    package func prune(_ step: PruneStep) throws(OutboxError) -> PruneOutcome {
        try change { disk.prune(step) }
    }

    private func change<Outcome>(_ work: () -> Outcome) throws(OutboxError) -> Outcome {
        let fault = changeFaults.isEmpty ? nil : changeFaults.removeFirst()
        if case .writesNothing(let error) = fault { throw error }
        let outcome = work()
        if case .losesAnswer(let error) = fault { throw error }
        return outcome
    }
}
