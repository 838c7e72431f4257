import DeliveryPlanning
import FeedProtocols
import OutboxStorage
import OutboxTestKit
import RelayAssembly
import RelayConfig
package import RelayModel

/// What a simulation found, and how to see it again.
package struct SimulationFailure: Error, CustomStringConvertible {
    package let seed: UInt64
    package let at: Timestamp
    package let what: String

    package var description: String {
        """
        at \(at): \(what)
        replay with: \(SimulationSeeds.seedVariable)=\(seed) swift test --filter SimulationTests
        """
    }
}

/// One history of intake, planner and outbox, decided by a seed: feed, receivers, disk, crashes and clock are simulated.
///
/// The referee watches it, and it runs until every delivery that its destination would take has ended.
package final class Simulation {
    enum Occurrence {
        case arrival(SimulatedMessage)
        /// The outbox's thread is done with its task.
        case taskDone(run: Int)
        case told(SimulatedRelay.Report, run: Int)
        case answered(Delivery, SimulatedReceiver.Answer, run: Int)
        case wake(run: Int)
        case crash(Scenario.Crash)
        case start
        case stop(String, DestinationStanding.Stop?)
    }

    private let seed: UInt64
    let bug: SimulationBug?
    let scenario: Scenario
    private let configuration: Configuration
    private let disk = MemoryOutbox.Disk()
    var random: SeededGenerator
    var referee: Referee
    package internal(set) var tally = SimulationTally()
    var agenda = Agenda<Occurrence>()
    var relay: SimulatedRelay?
    private var runs = 0
    /// The next transaction's end is that of the relay.
    var dueCrash: Scenario.Crash?
    var now = Scenario.start

    /// After the calm no wait is longer than two hours and none is begun anew, so this is more than enough.
    private static let patience = Duration.seconds(86_400)

    package init(seed: UInt64, bug: SimulationBug? = nil) {
        self.seed = seed
        self.bug = bug
        scenario = Scenario(seed: seed)
        configuration = scenario.configuration()
        random = SeededGenerator(seed: ~seed)
        referee = Referee(scenario: scenario, disk: disk)
        agenda.plan(.start, at: now)
        for arrival in scenario.arrivals { agenda.plan(.arrival(arrival.message), at: arrival.at) }
        for crash in scenario.crashes { agenda.plan(.crash(crash), at: crash.at) }
        for pause in scenario.pauses {
            agenda.plan(.stop(pause.destination, .paused), at: pause.from)
            agenda.plan(.stop(pause.destination, nil), at: pause.to)
        }
        // Once more after what was in flight at the calm, which may have been a 410.
        for policy in scenario.policies {
            for wait in [0, 60] { agenda.plan(.stop(policy.name, nil), at: scenario.calmAt + .seconds(wait)) }
        }
    }

    /// Runs the history to its end, or to the first thing that the contract forbids.
    package func run() throws(SimulationFailure) {
        do throws(Violation) {
            while let (moment, occurrence) = agenda.next() {
                if relay != nil { try referee.slept(from: now, to: moment) }
                now = moment
                try happen(occurrence)
                if case .taskDone = occurrence, try isOver() { return }
                if now > scenario.calmAt + Self.patience {
                    throw Violation("\(referee.waitingText) still, though all destinations are well")
                }
            }
            guard referee.waiting().isEmpty else {
                throw Violation("\(referee.waitingText), and nothing more is planned")
            }
            try referee.finish()
        } catch {
            throw SimulationFailure(seed: seed, at: now, what: error.what)
        }
    }

    private func isOver() throws(Violation) -> Bool {
        guard now > scenario.calmAt + .seconds(60), relay?.isIdle == true, referee.waiting().isEmpty else {
            return false
        }
        try referee.finish()
        return true
    }

    private func happen(_ occurrence: Occurrence) throws(Violation) {
        switch occurrence {
        case .start: start()
        case .crash(let crash):
            if crash.moment == .atOnce { try self.crash(crash) } else { dueCrash = crash }
        case .arrival(let message): try arrive(message)
        case .taskDone(let run) where run == relay?.number: try finishTask()
        case .told(let report, let run) where run == relay?.number: tell(report)
        case .answered(let delivery, let answer, let run) where run == relay?.number: try finish(delivery, answer)
        case .stop(let destination, let stop): self.stop(destination, stop)
        // A wake needs nothing but what every occurrence gets below; the rest belongs to a run that is over.
        case .wake, .taskDone, .told, .answered: break
        }
        try advance()
    }

    private func start() {
        guard relay == nil else { return }
        runs += 1
        let outbox = MemoryOutbox(disk: disk)
        relay = SimulatedRelay(
            number: runs, outbox: outbox,
            intake: FeedIntake(
                reader: EventReader(protocol: .interface402, feed: Scenario.feed), configuration: configuration),
            planner: DeliveryPlanner(
                policies: scenario.policies, standings: (try? outbox.standings()) ?? [:],
                seed: random.next(), limits: scenario.limits))
    }

    func crash(_ crash: Scenario.Crash) throws(Violation) {
        guard relay != nil else { return }
        relay = nil
        dueCrash = nil
        tally.crashes += 1
        try referee.crashed()
        agenda.plan(.start, at: now + crash.restartAfter)
    }

    private func arrive(_ message: SimulatedMessage) throws(Violation) {
        guard let relay else { return }
        guard case .event(let document) = relay.reader.read(message.bytes) else {
            throw Violation("\(message) is no event")
        }
        let isKnown = self.relay?.seen.insert(message.bytes).inserted == false
        var accepted: AcceptedEvent?
        let verdict = self.relay?.intake.take(document, receivedAt: now, wallTime: now)
        if case .accepted(let event) = verdict { accepted = event }
        try referee.judged(message, isKnown: isKnown, as: accepted)
        if let accepted { self.relay?.accept(planted(accepted)) }
    }

    private func stop(_ destination: String, _ stop: DestinationStanding.Stop?) {
        guard let standing = relay?.planner.setStop(stop, reason: "operator", destination: destination, now: now) else {
            return
        }
        referee.stopped(destination, stop, at: now)
        relay?.record(nil, (destination, standing))
    }

    private func tell(_ report: SimulatedRelay.Report) {
        switch report {
        case .ready(let deliveries):
            relay?.planner.offer(deliveries, now: now)
        case .loaded(let due):
            relay?.planner.loaded(due.deliveries, destination: due.destination, next: due.next, now: now)
        case .loadFailed(let destination):
            relay?.planner.loadFailed(destination: destination, now: now)
        }
    }

    private func finish(_ delivery: Delivery, _ answer: SimulatedReceiver.Answer) throws(Violation) {
        guard
            let verdict = relay?.planner.finish(
                delivery.id, destination: delivery.destination, outcome: planted(answer.outcome),
                startedAt: now - answer.duration, duration: answer.duration, now: now, wallTime: now)
        else { return }
        try referee.ended(delivery, answer, verdict, at: now)
        for notice in verdict.notices { tally.count(notice) }
        relay?.record(planted(verdict.update), verdict.standing.map { (delivery.destination, $0) })
    }

    /// Does what the planner says now.
    private func advance() throws(Violation) {
        guard let relay, let step = self.relay?.planner.advance(now: now) else { return }
        for request in step.loads { self.relay?.ask(request) }
        tally.attempts += step.attempts.count
        for delivery in step.attempts {
            try referee.began(delivery, at: now)
            guard let receiver = scenario.receivers[delivery.destination] else { continue }
            let answer = receiver.answer(at: now, using: &random)
            agenda.plan(.answered(delivery, answer, run: relay.number), at: now + answer.duration)
        }
        for policy in scenario.policies {
            let waiting = self.relay?.planner.activity(of: policy.name)?.waiting ?? 0
            if waiting > scenario.limits.windowCount {
                throw Violation("\(waiting) deliveries for \(policy.name) wait in memory")
            }
        }
        if let wakeAt = step.wakeAt, wakeAt != relay.wakeAt, bug != .oversleeps {
            if wakeAt <= now { throw Violation("the planner wants to be called at \(wakeAt), which has passed") }
            self.relay?.wakeAt = wakeAt
            agenda.plan(.wake(run: relay.number), at: wakeAt)
        }
        beginTask()
    }
}
