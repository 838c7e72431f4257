import DeliveryPlanning
import OutboxTestKit
import RelayModel
import Synchronization

@testable import OutboxStorage

/// An outbox in memory whose commits can be held up and refused from another thread.
final class ScriptedOutbox: Outbox {
    /// What the test tells it and asks of it.
    ///
    /// Shared between threads, where the outbox itself is not.
    final class Script: Sendable {
        fileprivate struct State {
            var isHeld = false
            var failure: OutboxError?
            var loadFailures = 0
            var refused: Set<UInt64> = []
            var batches: [OutboxBatch] = []
            var isOpen = false
            var memory = OutboxMemory()
            var waits: [JoinWait] = []
            var outcome: Result<OperatorOutcome, OutboxError> = .success(OperatorOutcome())
            var prunings: [Result<PruneOutcome, OutboxError>] = []
            var pruned: [PruneStep] = []
            var ledger = LedgerMemory()
            var kept: [(change: LedgerChange, judged: OutboxBatch)] = []
        }

        fileprivate let state = Monitor(State())

        /// Commits wait until it is let go.
        func hold() { state.withLock { $0.isHeld = true } }
        func letGo() { state.withLock { $0.isHeld = false } }
        /// Every commit fails; nil: no longer.
        func fail(_ kind: OutboxError.Kind?) {
            state.withLock { $0.failure = kind.map { OutboxError(kind: $0, reason: "planted") } }
        }
        func failLoads(_ count: Int) { state.withLock { $0.loadFailures = count } }
        /// A batch with one of these events breaks a constraint.
        func refuse(_ events: Set<UInt64>) { state.withLock { $0.refused = events } }
        /// What is remembered when it is opened.
        func remember(_ memory: OutboxMemory) { state.withLock { $0.memory = memory } }
        /// What comes of operators' actions.
        func answer(_ outcome: Result<OperatorOutcome, OutboxError>) { state.withLock { $0.outcome = outcome } }
        /// What comes of the next steps of pruning, one each, and then of all others what came of the last.
        func prunings(_ outcomes: [Result<PruneOutcome, OutboxError>]) { state.withLock { $0.prunings = outcomes } }
        var pruned: [PruneStep] { state.withLock { $0.pruned } }
        func waitForPruning(_ count: Int) { _ = state.wait(until: { $0.pruned.count >= count ? () : nil }) }
        /// What the ledger remembers when it is opened.
        func remember(_ ledger: LedgerMemory) { state.withLock { $0.ledger = ledger } }
        /// The changes of the ledger that were tried, failed ones included, with what became of their own events.
        var kept: [(change: LedgerChange, judged: OutboxBatch)] { state.withLock { $0.kept } }
        /// The batches that were tried, failed ones included.
        var batches: [OutboxBatch] { state.withLock { $0.batches } }
        var isOpen: Bool { state.withLock { $0.isOpen } }
        /// Waits for a commit to be tried.
        func waitForBatch(_ count: Int) { _ = state.wait(until: { $0.batches.count >= count ? () : nil }) }
    }

    private let kept = MemoryOutbox()
    private let script: Script

    init(_ script: Script) {
        self.script = script
        script.state.withLock { $0.isOpen = true }
    }

    deinit {
        script.state.withLock { $0.isOpen = false }
    }

    func commit(_ batch: OutboxBatch) throws(OutboxError) -> OutboxCommit {
        script.state.withLock { $0.batches.append(batch) }
        let error = script.state.wait(until: { state -> OutboxError?? in
            if state.isHeld { return nil }
            if let failure = state.failure { return failure }
            let isRefused = batch.accepted.contains { state.refused.contains($0.event.id.low) }
            return .some(isRefused ? OutboxError(kind: .refused, reason: "planted") : nil)
        })
        if let error, let error { throw error }
        // What waits is kept here, all else in memory.
        script.state.withLock { state in
            state.waits.removeAll { batch.endedWaits.contains($0.id) }
            for var wait in batch.waits {
                wait.id = Int64(state.batches.count * 1000 + state.waits.count)
                state.waits.append(wait)
            }
        }
        return try kept.commit(
            OutboxBatch(accepted: batch.accepted, updates: batch.updates, standings: batch.standings))
    }

    func load(_ request: LoadRequest, now: Timestamp) throws(OutboxError) -> DueDeliveries {
        let fails = script.state.withLock { state in
            state.loadFailures -= 1
            return state.loadFailures >= 0
        }
        if fails { throw OutboxError(kind: .failed, reason: "planted") }
        return try kept.load(request, now: now)
    }

    /// Is held up and fails like a commit.
    func keep(_ change: LedgerChange, judged: OutboxBatch) throws(OutboxError) -> OutboxCommit {
        script.state.withLock { $0.kept.append((change, judged)) }
        return try commit(judged)
    }

    func ledger(now: Timestamp) throws(OutboxError) -> LedgerMemory { script.state.withLock { $0.ledger } }

    func began(at now: Timestamp) throws(OutboxError) {}
    func standings() throws(OutboxError) -> [String: DestinationStanding] { try kept.standings() }

    func memory() throws(OutboxError) -> OutboxMemory { script.state.withLock { $0.memory } }
    func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]? {
        script.state.withLock { $0.batches.flatMap(\.payments).last { $0.key == key && $0.receivedAt >= since }?.data }
    }
    func waits(for key: PaymentKey, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        script.state.withLock { Array($0.waits.filter { $0.key == key }.prefix(limit)) }
    }
    func endedWaits(now: Timestamp, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        script.state.withLock { Array($0.waits.filter { $0.endsAt <= now }.prefix(limit)) }
    }
    func nextWaitEnd() throws(OutboxError) -> Timestamp? { script.state.withLock { $0.waits.map(\.endsAt).min() } }
    func perform(_ action: OperatorAction, now: Timestamp) throws(OutboxError) -> OperatorOutcome {
        try script.state.withLock { $0.outcome }.get()
    }
    func prune(_ step: PruneStep) throws(OutboxError) -> PruneOutcome {
        let outcome = script.state.withLock { state in
            state.pruned.append(step)
            let next = state.prunings.first
            if state.prunings.count > 1 { state.prunings.removeFirst() }
            return next ?? .success(PruneOutcome(removed: 0, hasMore: false, size: 0, keptSize: 0))
        }
        return try outcome.get()
    }
}

extension JoinOutbox {
    func began(at now: Timestamp) throws(OutboxError) {}
    func ledger(now: Timestamp) throws(OutboxError) -> LedgerMemory { LedgerMemory() }
    func keep(_ change: LedgerChange, judged: OutboxBatch) throws(OutboxError) -> OutboxCommit {
        write(judged)
        return OutboxCommit()
    }
}
