import OutboxStorage
import RelayModel

extension MemoryOutbox.Disk {
    /// Keeps what a batch says of payments, waits, feeds and own events.
    func remember(_ batch: OutboxBatch) {
        payments += batch.payments
        let ended = Set(batch.endedWaits)
        if !ended.isEmpty { waits.removeAll { ended.contains($0.id) } }
        for var wait in batch.waits {
            lastWait += 1
            wait.id = lastWait
            waits.append(wait)
        }
        for name in batch.forgottenFeeds { feedsSeen[name] = nil }
        feedsSeen.merge(batch.feedsSeen) { _, newer in newer }
        ownEvents = batch.ownEvents ?? ownEvents
    }

    var nextWaitEnd: Timestamp? { waits.map(\.endsAt).min() }

    /// The beginning of `waits`, up to the one that reaches `byteLimit`.
    static func cut(_ waits: some Sequence<JoinWait>, _ byteLimit: Int) -> [JoinWait] {
        var bytes = 0
        return Array(
            waits.prefix { wait in
                defer { bytes += wait.data.count }
                return bytes < byteLimit
            })
    }
}
