import DeliveryPlanning
import RelayModel

/// Whether the oldest gets its turn, however much comes in after it.
extension Referee {
    /// A first attempt began: no other that waits for its first may be overtaken more often than memory has places.
    ///
    /// What is in memory goes before what is on disk, and so does what one load brings that was read before; but those that
    /// come in later may not. So the age of the oldest is bounded by how long the destination takes for what is before it.
    mutating func overtook(_ id: DeliveryID, _ name: String, at now: Timestamp) throws(Violation) {
        guard let due = live[id]?.notBefore else { return }
        let limit = 2 * scenario.limits.windowCount
        for other in pending[name, default: []] where other < id && !loose.contains(other) {
            guard let progress = live[other], progress.recordedAttempts == 0, progress.notBefore < now,
                progress.notBefore <= due,
                places[name]?.flights[other] == nil, predecessor(of: other) == nil
            else { continue }
            live[other]?.overtaken += 1
            guard progress.overtaken >= limit else { continue }
            throw Violation("\(limit + 1) younger deliveries were sent to \(name) before \(other), the last: \(id)")
        }
    }
}
