package import RelayModel

// Stands here only until the parts are built.
extension SQLiteOutbox {
    package func memory() throws(OutboxError) -> OutboxMemory { OutboxMemory() }
    package func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]? { nil }
    package func waits(for key: PaymentKey, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] { [] }
    package func endedWaits(now: Timestamp, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait] {
        []
    }
    package func nextWaitEnd() throws(OutboxError) -> Timestamp? { nil }
    package func perform(_ action: OperatorAction, now: Timestamp) throws(OutboxError) -> OperatorOutcome {
        OperatorOutcome()
    }
    package func prune(_ step: PruneStep) throws(OutboxError) -> PruneOutcome {
        PruneOutcome(removed: 0, hasMore: false, size: 0, keptSize: 0)
    }
}
