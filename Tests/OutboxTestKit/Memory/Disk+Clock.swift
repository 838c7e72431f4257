import OutboxStorage
import RelayModel

extension MemoryOutbox.Disk {
    /// Takes back what pending deliveries and waits got from a clock that was ahead.
    func began(at now: Timestamp) {
        for index in pending.values.joined() where deliveries[index].delivery.notBefore > now {
            guard let attemptedAt = deliveries[index].attemptedAt else {
                deliveries[index].delivery.notBefore = now
                continue
            }
            guard attemptedAt > now else { continue }
            deliveries[index].delivery.notBefore = now + (deliveries[index].delivery.notBefore - attemptedAt)
            deliveries[index].attemptedAt = now
        }
        waits = waits.map { wait in
            JoinWait(
                id: wait.id, key: wait.key, feed: wait.feed, receivedAt: wait.receivedAt, wallTime: wait.wallTime,
                endsAt: min(wait.endsAt, now + JoinWait.limit), data: wait.data)
        }
    }
}
