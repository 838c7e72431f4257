import OutboxStorage
import RelayModel

extension MemoryOutbox.Disk {
    func perform(_ action: OperatorAction, now: Timestamp) -> OperatorOutcome {
        switch action {
        case .retry(let id):
            guard let index = index(of: id) else { return OperatorOutcome(refusal: .unknownDelivery) }
            revive(index, now: now)
            return OperatorOutcome(ready: [deliveries[index].delivery], changed: 1)
        case .discard(let id):
            guard let index = index(of: id) else { return OperatorOutcome(refusal: .unknownDelivery) }
            return discard(index, now: now)
        case .replay(let filter, let from, let limit):
            return replay(filter, from: from, limit: limit, now: now)
        }
    }

    /// The place of a delivery that is known.
    func index(of id: DeliveryID) -> Int? {
        guard id.number >= 1, id.number <= deliveries.count else { return nil }
        let index = Int(id.number) - 1
        return deliveries[index].isPruned ? nil : index
    }

    /// Is due at once and outside the order; one that had ended starts anew.
    private func revive(_ index: Int, now: Timestamp) {
        deliveries[index].isReady = true
        deliveries[index].delivery.notBefore = now
        deliveries[index].attemptedAt = nil
        deliveries[index].delivery.failedByOutage = false
        guard deliveries[index].state != .pending else { return }
        deliveries[index].state = .pending
        deliveries[index].endedAt = nil
        deliveries[index].delivery.attempts = 0
        deliveries[index].delivery.isRevived = true
        let destination = deliveries[index].delivery.destination
        var waiting = pending[destination, default: []]
        waiting.insert(index, at: waiting.firstIndex { $0 > index } ?? waiting.endIndex)
        pending[destination] = waiting
    }

    private func discard(_ index: Int, now: Timestamp) -> OperatorOutcome {
        let state = deliveries[index].state
        guard state == .pending || state == .dead else { return OperatorOutcome(refusal: .wrongState(state)) }
        let unblocked = end(index, as: .discarded, at: now).sorted()
        return OperatorOutcome(
            ready: unblocked.map { deliveries[$0].delivery }, withdrawn: [deliveries[index].delivery.id], changed: 1,
            turns: [deliveries[index].delivery.destination: DeliveryTurns(discarded: 1)])
    }

    private func replay(_ filter: DeliveryFilter, from: DeliveryID?, limit: Int, now: Timestamp) -> OperatorOutcome {
        let states = OperatorAction.replayedStates(filter)
        var outcome = OperatorOutcome()
        var bytes = 0
        let first = max(0, (from?.number ?? 1) - 1)
        guard first < deliveries.count else { return outcome }
        for index in Int(first)..<deliveries.count {
            let stored = deliveries[index]
            guard states.contains(stored.state), stored.isTaken(by: filter) else { continue }
            guard outcome.changed < limit, bytes < OperatorAction.replayByteLimit else {
                outcome.next = stored.delivery.id
                return outcome
            }
            revive(index, now: now)
            outcome.changed += 1
            outcome.ready.append(deliveries[index].delivery)
            bytes += stored.delivery.event.data.count + (stored.delivery.event.payment?.count ?? 0)
        }
        return outcome
    }
}

extension MemoryOutbox.Stored {
    /// Whether it is still there and holds all that is asked.
    func isTaken(by filter: DeliveryFilter) -> Bool {
        !isPruned
            && filter.destination.map { $0 == delivery.destination } ?? true
            && filter.state.map { $0 == state } ?? true
            && filter.rule.map(delivery.rules.contains) ?? true
            && filter.event.map { $0 == delivery.event.id } ?? true
            && filter.delivery.map { $0 == delivery.id } ?? true
            && filter.since.map { delivery.event.receivedAt >= $0 } ?? true
            && filter.until.map { delivery.event.receivedAt < $0 } ?? true
            && EventSearch(filter).map { marks.mayHold($0.marks) && $0.takes(delivery.event) } ?? true
    }
}
