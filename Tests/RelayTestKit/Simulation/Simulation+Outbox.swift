import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// The outbox's thread.
extension Simulation {
    func beginTask() {
        guard let relay, self.relay?.beginTask(hastily: bug == .readsBeforeWriting) == true else { return }
        let duration = Duration.milliseconds(Int.random(in: 1...30, using: &random))
        agenda.plan(.taskDone(run: relay.number), at: now + duration)
    }

    func finishTask() throws(Violation) {
        switch relay?.task {
        case .writing(let batch): try write(batch)
        case .reading(let request): read(request)
        case nil: break
        }
    }

    private func write(_ batch: OutboxBatch) throws(Violation) {
        guard let relay else { return }
        if let crash = dueCrash {
            if crash.moment == .afterSync {
                _ = try? relay.outbox.commit(planted(batch))
                try referee.wrote(batch)
            }
            return try self.crash(crash)
        }
        if now < scenario.calmAt, random.chance(scenario.failingCommits) {
            tally.failedTransactions += 1
            if bug == .dropsFailedTransaction { self.relay?.endTask() }
            agenda.plan(.taskDone(run: relay.number), at: now + .milliseconds(250))
            return
        }
        guard let commit = try? relay.outbox.commit(planted(batch)) else { return }
        try referee.wrote(batch)
        tally.repeats += commit.repeated
        self.relay?.endTask()
        report(.ready(commit.ready))
    }

    private func read(_ request: LoadRequest) {
        guard let relay else { return }
        self.relay?.endTask()
        if now < scenario.calmAt, random.chance(scenario.failingLoads) {
            tally.failedLoads += 1
            return report(.loadFailed(request.destination))
        }
        guard let due = try? load(request, from: relay.outbox) else { return }
        let isFirst = self.relay?.readBack.insert(request.destination).inserted == true
        if bug == .forgetsDiskAfterRestart, isFirst, relay.number > 1 {
            return report(.loaded(DueDeliveries(destination: request.destination, deliveries: [], next: nil)))
        }
        if !due.deliveries.isEmpty {
            if request.kind == .due { tally.dueLoads += 1 } else { tally.outageLoads += 1 }
        }
        report(.loaded(due))
    }

    /// Tells the dispatcher, which hears it a little later, and in the order in which it was told.
    private func report(_ report: SimulatedRelay.Report) {
        guard let relay else { return }
        let moment = max(relay.toldUntil, now + .milliseconds(Int.random(in: 0...5, using: &random)))
        self.relay?.toldUntil = moment
        agenda.plan(.told(report, run: relay.number), at: moment)
    }
}
