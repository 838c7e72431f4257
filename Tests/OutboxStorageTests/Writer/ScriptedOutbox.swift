import DeliveryPlanning
import RelayModel
import OutboxTestKit
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
        /// The batches that were tried, failed ones included.
        var batches: [OutboxBatch] { state.withLock { $0.batches } }
        var isOpen: Bool { state.withLock { $0.isOpen } }
        /// Waits for a commit to be tried.
        func waitForBatch(_ count: Int) { _ = state.wait(until: { $0.batches.count >= count ? () : nil }) }
    }

    private let memory = MemoryOutbox()
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
        return try memory.commit(batch)
    }

    func load(_ request: LoadRequest, now: Timestamp) throws(OutboxError) -> DueDeliveries {
        let fails = script.state.withLock { state in
            state.loadFailures -= 1
            return state.loadFailures >= 0
        }
        if fails { throw OutboxError(kind: .failed, reason: "planted") }
        return try memory.load(request, now: now)
    }

    func standings() throws(OutboxError) -> [String: DestinationStanding] { try memory.standings() }
}
