import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayAssembly
import RelayModel

/// What the operator does, and what the relay makes of it.
extension Simulation {
    func perform(_ step: Scenario.OperatorStep) {
        guard let relay else {
            // The file has changed all the same: it is read at the next start.
            if case .reload(let version) = step.act { self.version = version }
            return
        }
        switch step.act {
        case .stop(let destination, let stop): self.stop(destination, stop)
        case .reload(let version): reload(version)
        case .retry: choose { _ in true }.map { ask(.retry($0.delivery.id)) }
        case .discard: choose { $0.state == .pending || $0.state == .dead }.map { ask(.discard($0.delivery.id)) }
        case .replayDestination:
            let name = relay.planner.activity.keys.sorted().randomElement(using: &random)
            ask(.replay(DeliveryFilter(destination: name), from: nil, limit: 1000))
        case .replayRule: ask(.replay(DeliveryFilter(rule: "rule1", until: now - .seconds(5)), from: nil, limit: 1000))
        case .replayEvent:
            choose { $0.state != .pending }.map {
                ask(.replay(DeliveryFilter(event: $0.delivery.event.id), from: nil, limit: 1000))
            }
        }
    }

    private func choose(_ isWanted: (MemoryDelivery) -> Bool) -> MemoryDelivery? {
        disk.deliveries.filter { !$0.isPruned && isWanted($0) }.randomElement(using: &random)
    }

    private func ask(_ action: OperatorAction) {
        relay?.queue.perform(action) { _ in }
    }

    private func stop(_ destination: String, _ stop: DestinationStanding.Stop?) {
        guard let standing = relay?.planner.setStop(stop, reason: "operator", destination: destination, now: now) else {
            return
        }
        referee.stopped(destination, standing.stop, at: now)
        relay?.record([], [destination: standing])
    }

    /// Another version of the file comes into force, between two events.
    func reload(_ version: Int) {
        self.version = version
        guard let relay else { return }
        tally.reloads += 1
        let compiled = scenario.setups[version]
        referee.reloaded(version, downSince: relay.planner.activity.mapValues(\.standing.downSince), at: now)
        if bug == .dropsRemoved { dropRemoved(by: compiled) }
        if bug != .keepsOldDestinations {
            self.relay?.planner.reconfigure(
                policies: compiled.setup.policies, standings: relay.standings, now: now)
        }
        self.relay?.version = version
        if bug != .keepsOldRules { self.relay?.book = compiled.book }
        for (place, feed) in compiled.setup.feeds.enumerated() {
            if bug == .forgetsRepeatsOnReload {
                self.relay?.feeds[place].intake = intake(of: feed.name, compiled)
            } else if bug != .keepsOldRules {
                self.relay?.feeds[place].intake.use(compiled.book)
            }
            reconfigure(place, feed)
        }
        self.relay?.pruning.retain(compiled.setup.retention, now: now)
        if let fill = self.relay?.pruning.takeFillChange() { self.relay?.queue.fill(isFull: fill.level == .full) }
    }

    /// For `SimulationBug.dropsRemoved`.
    private func dropRemoved(by compiled: Setup.Compiled) {
        for stored in disk.deliveries where stored.state == .pending {
            guard compiled.policies[stored.delivery.destination] == nil else { continue }
            _ = try? relay?.outbox.perform(.discard(stored.delivery.id), now: now)
        }
    }
}
