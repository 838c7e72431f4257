import RelayModel

/// What the outbox held at a moment.
struct OutboxLook: Sendable {
    var counts: [String: DeliveryCounts] = [:]
    /// In bytes.
    var size: Int64 = 0
    var ledger: [LedgerEntry.State: Int] = [:]
}
