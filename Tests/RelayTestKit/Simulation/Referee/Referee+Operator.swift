import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// What operators do, and what is removed; the contract's sections 1 and 4.
extension Referee {
    /// An operator paused or resumed a destination.
    mutating func stopped(_ name: String, _ stop: DestinationStanding.Stop?, at now: Timestamp) {
        places[name]?.stop = stop
        if stop == nil {
            places[name]?.probeAt = now
            places[name]?.probeWait = .seconds(1)
        }
    }

    /// Another version of the configuration is in force; `downSince` is since when the relay takes destinations for down.
    mutating func reloaded(_ version: Int, downSince: [String: Timestamp?], at now: Timestamp) {
        self.version = version
        let current = scenario.setups[version].policies
        for name in places.keys {
            guard let policy = current[name] else {
                guard places[name]?.isRemoved == false else { continue }
                places[name]?.isRemoved = true
                // What it knows of the destination's health begins as after a restart.
                places[name]?.silences = 0
                places[name]?.isDown = downSince[name] ?? nil != nil
                places[name]?.probeAt = Timestamp(milliseconds: .min)
                places[name]?.probeWait = .seconds(1)
                continue
            }
            places[name]?.isRemoved = false
            if let before = policies[name], before.rate != policy.rate {
                places[name]?.starts.removeAll { start in before.rate.map { now - start > $0.interval } ?? true }
            }
            policies[name] = policy
        }
    }

    // MARK: Deliveries

    /// Which deliveries an action concerns, as they are before it.
    func beforePerforming(_ action: OperatorAction, at now: Timestamp) -> [DeliveryID: DeliveryState] {
        let wanted: (MemoryOutbox.Stored) -> Bool =
            switch action {
            case .retry(let id): { $0.delivery.id == id }
            case .discard(let id): { $0.delivery.id == id && ($0.state == .pending || $0.state == .dead) }
            case .replay(let filter, _, _):
                { stored in
                    let delivery = stored.delivery
                    return stored.state != .pending && (stored.state != .discarded || filter.event != nil)
                        && filter.destination ?? delivery.destination == delivery.destination
                        && filter.event ?? delivery.event.id == delivery.event.id
                        && filter.rule.map { delivery.rules.contains($0) } ?? true
                        && filter.until.map { delivery.event.receivedAt < $0 } ?? true
                }
            }
        let concerned = disk.deliveries.filter { !$0.isPruned && wanted($0) }
        return Dictionary(uniqueKeysWithValues: concerned.map { ($0.delivery.id, $0.state) })
    }

    /// An action is on disk.
    mutating func performed(
        _ action: OperatorAction, _ outcome: OperatorOutcome, _ before: [DeliveryID: DeliveryState], at now: Timestamp
    ) throws(Violation) {
        guard outcome.changed == before.count else {
            throw Violation("\(action) changes \(outcome.changed) deliveries, not \(before.count)")
        }
        for (id, state) in before.sorted(by: { $0.key < $1.key }) {
            guard let stored = stored(id) else { continue }
            loose.insert(id)
            unheard[id, default: 0] += 1
            live[id] = progressOnDisk(of: id)
            written[id] = live[id]
            if case .discard = action {
                guard stored.state == .discarded, outcome.withdrawn == [id] else {
                    throw Violation("\(action) leaves it \(stored.state)")
                }
                if state == .pending { try ended(id) }
                continue
            }
            guard stored.state == .pending, stored.delivery.notBefore <= now,
                state == .pending || stored.delivery.attempts == 0, outcome.ready.contains(where: { $0.id == id })
            else {
                throw Violation("\(action) leaves delivery \(id) \(stored.state) until \(stored.delivery.notBefore)")
            }
            outside.insert(id)
            guard state != .pending else { continue }
            delivered.remove(id)
            acknowledged.remove(id)
            pending[stored.delivery.destination, default: []].insert(id)
        }
    }

    /// The dispatcher hears of an action.
    mutating func heardOf(_ outcome: OperatorOutcome) {
        for id in Set(outcome.withdrawn + outcome.ready.map(\.id)) {
            guard let count = unheard[id] else { continue }
            unheard[id] = count > 1 ? count - 1 : nil
        }
    }

    // MARK: Pruning

    /// A step of pruning is on disk.
    mutating func pruned(_ outcome: PruneOutcome, version: Int, at now: Timestamp) throws(Violation) {
        guard outcome.removed > 0 || disk.payments.count < ledger.count else { return }
        let retention = scenario.setups[version].setup.retention
        // Other than by its time something goes only to make room.
        let isTight = retention.maxSize < 1 << 40
        for stored in disk.deliveries where stored.isPruned && !pruned.contains(stored.delivery.id) {
            let id = stored.delivery.id
            pruned.insert(id)
            guard stored.state != .pending, !pending[stored.delivery.destination, default: []].contains(id) else {
                throw Violation("delivery \(id) is pruned, though it waits")
            }
            let keep = stored.state == .delivered ? retention.retention : retention.deadRetention
            let isOld = stored.endedAt.map { now - $0 > keep } ?? false
            guard isOld || isTight && stored.state == .delivered else {
                throw Violation(
                    "delivery \(id) is pruned, though it is \(stored.state) only since \(stored.endedAt.map { "\($0)" } ?? "")"
                )
            }
            let owes = Owed(event: stored.delivery.event.id, destination: stored.delivery.destination)
            owed[owes] = nil
            found[owes] = nil
            delivered.remove(id)
        }
        try ledger.forget(
            allBut: disk.payments, before: now - RememberedPayment.lifetime, mayMakeRoom: isTight)
    }
}
