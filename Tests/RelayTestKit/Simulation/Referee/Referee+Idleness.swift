import DeliveryPlanning
import RelayModel

/// What waits though nothing hinders it.
extension Referee {
    /// The longest time in which nothing happens while a delivery could be sent: more than any retry of the disk takes.
    static let patience = Duration.seconds(6)

    /// Nothing happened from one moment to the other, while the relay ran.
    func slept(from start: Timestamp, to end: Timestamp) throws(Violation) {
        guard end - start > Self.patience else { return }
        if let wait = ledger.waits.first(where: { max($0.endsAt, start) + Self.patience < end }) {
            throw Violation(
                "\(taken[wait.taken].message) still waits for its payment, since \(end - wait.endsAt) too long")
        }
        for name in policies.keys.sorted() {
            guard let place = places[name], place.stop == nil, !place.isRemoved, place.flights.isEmpty else { continue }
            let free = place.isDown ? max(start, place.probeAt) : start
            guard end - free > Self.patience, !isSpent(name, place, at: start) else { continue }
            let idle = pending[name, default: []].filter { id in
                guard let progress = live[id], !progress.hasEnded, !loose.contains(id), predecessor(of: id) == nil
                else { return false }
                let mayGo = place.isDown ? progress.outageFailureAt != nil : isReleased(progress, by: place)
                return mayGo || progress.notBefore <= free
            }
            // The first of them, since a seed must say the same each time.
            guard let id = idle.min() else { continue }
            throw Violation("delivery \(id) could be sent to \(name), and nothing happened for \(end - free)")
        }
    }

    private func isSpent(_ name: String, _ place: Place, at now: Timestamp) -> Bool {
        guard let rate = policies[name]?.rate else { return false }
        // After a change of the rate the relay may count more of them than it has to.
        return place.allStarts.count { now - $0 <= rate.interval } >= rate.count
    }
}
