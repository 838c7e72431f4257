import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// The dispatcher: does what the planner says, and tells it what came of it.
extension Simulation {
    /// Does what the planner says now.
    func advance() throws(Violation) {
        guard let relay, let step = self.relay?.planner.advance(now: now) else { return }
        for request in step.loads {
            if bug == .readsBeforeWriting {
                self.relay?.hastyLoads.append(request)
            } else {
                self.relay?.queue.load(request)
            }
        }
        tally.attempts += step.attempts.count
        for delivery in step.attempts {
            try referee.began(delivery, at: now)
            guard let receiver = scenario.receivers[delivery.destination] else { continue }
            let answer = receiver.answer(at: now, wallTime: scenario.wallTime(at: now), using: &random)
            agenda.plan(
                .answered(delivery, answer, startedAt: now, run: relay.number), at: now + answer.duration)
        }
        if let wakeAt = step.wakeAt, wakeAt != relay.wakeAt, bug != .oversleeps {
            if wakeAt <= now { throw Violation("the planner wants to be called at \(wakeAt), which has passed") }
            self.relay?.wakeAt = wakeAt
            agenda.plan(.wake(run: relay.number), at: wakeAt)
        }
    }

    func tell(_ report: SimulatedRelay.Report) throws(Violation) {
        switch report {
        case .ready(let deliveries):
            relay?.planner.offer(deliveries, now: now)
        case .performed(let outcome):
            if bug != .sendsDiscarded { relay?.planner.withdraw(outcome.withdrawn) }
            if bug != .forgetsReplayed { relay?.planner.renew(outcome.ready, now: now) }
            referee.heardOf(outcome)
        case .loaded(let due):
            relay?.planner.loaded(due.deliveries, destination: due.destination, next: due.next, now: now)
        case .loadFailed(let destination):
            relay?.planner.loadFailed(destination: destination, now: now)
        }
        for (name, activity) in relay?.planner.activity ?? [:] where activity.waiting > scenario.limits.windowCount {
            throw Violation("\(activity.waiting) deliveries for \(name) wait in memory")
        }
    }

    func finish(
        _ delivery: Delivery, _ answer: SimulatedReceiver.Answer, startedAt: Timestamp
    ) throws(Violation) {
        let wallTime = scenario.wallTime(at: now)
        guard
            let verdict = relay?.planner.finish(
                delivery.id, destination: delivery.destination, outcome: planted(answer.outcome), startedAt: startedAt,
                duration: answer.duration, now: now, wallTime: bug == .comparesDatesByItsClock ? now : wallTime)
        else { return }
        try referee.ended(delivery, answer, verdict, startedAt: startedAt, at: now, wallTime: wallTime)
        for notice in verdict.notices { tally.count(notice) }
        referee.raised(verdict.own)
        relay?.record(
            [planted(verdict.update)], verdict.standing.map { [delivery.destination: $0] } ?? [:], verdict.own)
    }
}
