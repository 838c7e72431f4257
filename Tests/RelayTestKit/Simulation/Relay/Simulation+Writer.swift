import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// The outbox's thread, in the order in which the real one does its work.
extension Simulation {
    private static let failure = OutboxError(kind: .failed, reason: "the disk failed")

    /// Takes up the next task, if there is one and none is under way.
    func beginTask() {
        guard let relay, relay.task == nil else { return }
        guard let task = nextTask() else { return planWriterWake() }
        self.relay?.task = task
        planTaskEnd()
    }

    private func planTaskEnd(after wait: Duration = .zero) {
        guard let relay else { return }
        let duration = Duration.milliseconds(Int.random(in: 1...30, using: &random))
        agenda.plan(.taskDone(run: relay.number), at: now + wait + duration)
    }

    private func nextTask() -> SimulatedRelay.Task? {
        guard let relay else { return nil }
        if bug == .readsBeforeWriting, let hasty = takeHastily() { return .loading(hasty) }
        if let loads = self.relay?.queue.takeLoads(), !loads.isEmpty { return .loading(loads) }
        if let operation = self.relay?.queue.takeOperation() { return .performing(operation.action) }
        if let step = relay.pruning.step(now: now) { return .pruning(step) }
        if let work = self.relay?.queue.take(now: now) {
            return plan(work.input, records: work.records).map(SimulatedRelay.Task.writing)
        }
        guard relay.join.isDue(now) else { return nil }
        return plan(JoinInput(horizon: now), records: 0).map(SimulatedRelay.Task.writing)
    }

    /// For `SimulationBug.readsBeforeWriting`.
    private func takeHastily() -> [LoadRequest]? {
        guard let first = relay?.hastyLoads.first else { return nil }
        relay?.hastyLoads.removeFirst()
        return [first]
    }

    private func plan(_ input: JoinInput, records: Int) -> SimulatedRelay.Writing? {
        guard let relay else { return nil }
        var planned = input
        if bug == .endsWaitsEarly { planned.horizon = planned.horizon + .seconds(3) }
        guard let plan = try? relay.join.next(of: planned, from: relay.outbox, judge: relay.book) else { return nil }
        return SimulatedRelay.Writing(
            input: input, records: records, plan: plan, version: relay.version,
            retry: scenario.writerLimits.retryInitial)
    }

    private func planWriterWake() {
        guard let relay else { return }
        let due = max(
            relay.join.nextWaitEnd.map { min($0, relay.pruning.dueAt) } ?? relay.pruning.dueAt, now + .milliseconds(1))
        if let wakeAt = relay.writerWakeAt, wakeAt <= due, wakeAt > now { return }
        self.relay?.writerWakeAt = due
        agenda.plan(.writerWake(run: relay.number), at: due)
    }

    /// The outbox's thread is done with its task.
    func finishTask() throws(Violation) {
        guard let relay, let task = relay.task else { return }
        if case .loading(let requests) = task {
            self.relay?.task = nil
            for request in requests { read(request) }
            return
        }
        if let crash = dueCrash {
            // Either nothing of it is written, or all of it, and nobody hears of it.
            if crash.moment == .afterSync { try change(task, isTold: false) }
            return try self.crash(crash)
        }
        if now < scenario.calmAt, random.chance(scenario.failingCommits) { return fail(task) }
        try change(task, isTold: true)
    }

    private func fail(_ task: SimulatedRelay.Task) {
        tally.failedTransactions += 1
        switch task {
        case .writing(var writing):
            if bug == .dropsFailedTransaction {
                relay?.unwritten.removeFirst(writing.plan.arrivals)
                relay?.queue.finish(writing.input.arrivals, records: writing.records)
                relay?.task = nil
                return
            }
            relay?.queue.fail(Self.failure)
            let wait = writing.retry
            writing.retry = min(wait * 2, scenario.writerLimits.retryMax)
            relay?.task = .writing(writing)
            planTaskEnd(after: wait)
        case .performing, .loading: relay?.task = nil
        case .pruning:
            relay?.task = nil
            relay?.pruning.failed(now: now)
        }
    }

    private func change(_ task: SimulatedRelay.Task, isTold: Bool) throws(Violation) {
        guard let relay else { return }
        relay.outbox.now = now
        switch task {
        case .writing(let writing): try write(writing, isTold: isTold)
        case .performing(let action):
            let before = referee.beforePerforming(action, at: now)
            guard let outcome = try? relay.outbox.perform(action, now: now) else { break }
            try referee.performed(action, outcome, before, at: now)
            tally.operations += outcome.changed
            self.relay?.task = nil
            guard isTold else { break }
            if bug != .keepsPlaceOfDiscarded || outcome.withdrawn.isEmpty {
                report(.performed(outcome))
            }
        case .pruning(let step):
            guard let outcome = try? relay.outbox.prune(step) else { break }
            try referee.pruned(outcome, version: relay.version, at: now)
            tally.pruned += outcome.removed
            self.relay?.task = nil
            self.relay?.pruning.pruned(outcome, took: .milliseconds(5), now: now)
            if let fill = self.relay?.pruning.takeFillChange() { self.relay?.queue.fill(isFull: fill.level == .full) }
        case .loading: break
        }
    }

    private func write(_ writing: SimulatedRelay.Writing, isTold: Bool) throws(Violation) {
        guard let relay, let commit = try? relay.outbox.commit(planted(writing.plan.batch)) else { return }
        let taken = relay.unwritten.prefix(writing.plan.arrivals)
        self.relay?.unwritten.removeFirst(taken.count)
        try referee.wrote(writing.plan.batch, taken.compactMap { $0 }, version: writing.version, at: now)
        tally.repeats += commit.repeated
        tally.joined += writing.plan.batch.accepted.count { $0.event.payment != nil }
        tally.waits += writing.plan.batch.waits.count
        guard isTold else { return }
        report(.ready(commit.ready))
        self.relay?.join.wrote(writing.plan, to: relay.outbox, now: now)
        let written = writing.input.arrivals.prefix(writing.plan.arrivals)
        self.relay?.pruning.wrote(written.reduce(0) { $0 + WriterQueue.size(of: $1) }, now: now)
        self.relay?.queue.finish(written, records: writing.records)
        self.relay?.task = nil
        var rest = writing.input
        rest.remove(writing.plan)
        guard !rest.arrivals.isEmpty, let next = plan(rest, records: 0) else { return }
        self.relay?.task = .writing(next)
        planTaskEnd()
    }

    private func read(_ request: LoadRequest) {
        guard let relay else { return }
        if now < scenario.calmAt, random.chance(scenario.failingLoads) {
            tally.failedLoads += 1
            return report(.loadFailed(request.destination))
        }
        guard let due = try? relay.outbox.load(request, now: now) else { return }
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

    /// Whether the feeds are to be read has changed: they hear of it a little later.
    func tellPressure() {
        guard let relay, !relay.isPressureTold, relay.queue.isPressed != (relay.pressedAt != nil) else { return }
        self.relay?.isPressureTold = true
        agenda.plan(.pressure(run: relay.number), at: now + .milliseconds(Int.random(in: 0...5, using: &random)))
    }

    func hearPressure() throws(Violation) {
        relay?.isPressureTold = false
        guard let isPressed = relay?.queue.isPressed, isPressed != (relay?.pressedAt != nil) else { return }
        relay?.pressedAt = isPressed ? now : nil
        if bug != .ignoresPressure { try setReading(!isPressed) }
    }
}
