import DeliveryPlanning
import FeedProtocols
import OutboxStorage
import OutboxTestKit
import RelayAssembly
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

/// One history of the whole relay, decided by a seed.
///
/// `Scenario` draws what is to happen. `World` has what is outside of the relay: the feeds' servers, the receivers, the
/// agenda. `Relay` has the shells around the relay's real parts, one run from a start to a crash in `SimulatedRelay`: sessions,
/// coverage and intake of the feeds, the writer's queue, join and pruning, the outbox in memory, the planner. `Referee` knows
/// the contract and judges what it sees. `Bugs` are faults to prove that it would find them.
///
/// It runs until every delivery that its destination would take has ended.
package final class Simulation {
    enum Occurrence {
        // The world's.
        case emission(Int)
        case fault(Scenario.FeedFault)
        case uplink(feed: Int, link: Int, [UInt8])
        case crash(Scenario.Crash)
        case suspension(Duration)
        // The relay's: they wait while its process stands still.
        case start
        case operatorStep(Scenario.OperatorStep)
        case closesFeeds
        case downlink(feed: Int, link: Int)
        case opened(feed: Int, connection: Int, run: Int)
        case reopen(feed: Int, connection: Int, run: Int)
        case timer(feed: Int, connection: Int, run: Int)
        case seen(run: Int)
        case raise([OwnEvent], run: Int)
        case taskDone(run: Int)
        case writerWake(run: Int)
        case pressure(run: Int)
        case told(SimulatedRelay.Report, run: Int)
        case answered(Delivery, SimulatedReceiver.Answer, startedAt: Timestamp, run: Int)
        case wake(run: Int)
    }

    private let seed: UInt64
    let bug: SimulationBug?
    let scenario: Scenario
    let disk = MemoryOutbox.Disk()
    var random: SeededGenerator
    var referee: Referee
    package internal(set) var tally = SimulationTally()
    var agenda = Agenda<Occurrence>()
    var servers: [FeedServer]
    var nextLink = 0
    var relay: SimulatedRelay?
    /// The version of the configuration file, whether the relay runs or not.
    var version = 0
    private var runs = 0
    /// The next transaction's end is that of the relay.
    var dueCrash: Scenario.Crash?
    private var suspendedFrom = Scenario.start
    private var suspendedUntil = Scenario.start
    var now = Scenario.start

    /// How long the feeds go on after the calm: long enough for the last gap to be told and the last wait to end.
    private static let lastFeeds = Duration.seconds(450)
    /// After the calm no wait is longer than two hours and none is begun anew, so this is more than enough.
    private static let patience = Duration.seconds(86_400)

    package init(seed: UInt64, bug: SimulationBug? = nil) {
        self.seed = seed
        self.bug = bug
        scenario = Scenario(seed: seed)
        random = SeededGenerator(seed: ~seed)
        referee = Referee(scenario: scenario, disk: disk)
        servers = scenario.setups[0].setup.feeds.map { FeedServer(feed: $0.name) }
        agenda.plan(.start, at: now)
        for (index, emission) in scenario.emissions.enumerated() { agenda.plan(.emission(index), at: emission.at) }
        for fault in scenario.feedFaults { agenda.plan(.fault(fault), at: fault.at) }
        for crash in scenario.crashes { agenda.plan(.crash(crash), at: crash.at) }
        for step in scenario.operatorSteps { agenda.plan(.operatorStep(step), at: step.at) }
        for suspension in scenario.suspensions { agenda.plan(.suspension(suspension.length), at: suspension.at) }
        agenda.plan(.closesFeeds, at: scenario.calmAt + Self.lastFeeds)
    }

    /// Runs the history to its end, or to the first thing that the contract forbids.
    package func run() throws(SimulationFailure) {
        do throws(Violation) {
            while let (moment, occurrence) = agenda.next() {
                if isOfRelay(occurrence), moment < suspendedUntil {
                    agenda.plan(occurrence, at: suspendedUntil)
                    continue
                }
                if relay != nil { try referee.slept(from: max(now, suspendedUntil), to: moment) }
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
        guard now > scenario.calmAt + Self.lastFeeds, relay?.isIdle == true, referee.waiting().isEmpty else {
            return false
        }
        try referee.finish()
        return true
    }

    private func isOfRelay(_ occurrence: Occurrence) -> Bool {
        switch occurrence {
        case .emission, .fault, .uplink, .crash, .suspension: false
        default: true
        }
    }

    /// The timer by which the relay shows that it runs, up to now; it rests while the process stands still.
    private func keepAlive() {
        guard let relay, now >= suspendedUntil, bug != .ignoresStandstill else { return }
        if relay.aliveAt < suspendedFrom {
            beat(until: suspendedFrom)
            relay.aliveAt = suspendedUntil
        }
        beat(until: now)
    }

    private func beat(until end: Timestamp) {
        guard let relay else { return }
        while relay.aliveAt + FeedCoverage.aliveInterval <= end {
            relay.aliveAt = relay.aliveAt + FeedCoverage.aliveInterval
            for place in relay.feeds.indices { relay.feeds[place].coverage.alive(now: relay.aliveAt) }
        }
    }

    private func happen(_ occurrence: Occurrence) throws(Violation) {
        keepAlive()
        switch occurrence {
        case .emission(let index): emit(index)
        case .fault(let fault): fail(fault)
        case .uplink(let feed, let link, let bytes): hear(bytes, on: link, of: feed)
        case .crash(let crash):
            if crash.moment == .atOnce { try self.crash(crash) } else if relay != nil { dueCrash = crash }
        case .suspension(let length): suspend(for: length)
        case .start: start()
        case .operatorStep(let step): perform(step)
        case .closesFeeds: closeFeeds()
        case .downlink(let feed, let link): try arrive(feed: feed, link: link)
        case .opened(let feed, let connection, let run): if isCurrent(run) { opened(feed, connection) }
        case .reopen(let feed, let connection, let run): if isCurrent(run) { reopen(feed, connection) }
        case .timer(let feed, let connection, let run): if isCurrent(run) { tick(feed, connection) }
        case .seen(let run): if isCurrent(run) { writeSeen() }
        case .raise(let own, let run): if isCurrent(run) { relay?.raise(own, seen: [:]) }
        case .taskDone(let run): if isCurrent(run) { try finishTask() }
        case .pressure(let run): if isCurrent(run) { try hearPressure() }
        case .told(let report, let run): if isCurrent(run) { try tell(report) }
        case .answered(let delivery, let answer, let startedAt, let run):
            if isCurrent(run) { try finish(delivery, answer, startedAt: startedAt) }
        // A wake needs nothing but what every occurrence gets below.
        case .wake, .writerWake: break
        }
        guard now >= suspendedUntil else { return }
        try advance()
        tellPressure()
        beginTask()
    }

    /// The process stands still; a server may lose patience with it.
    private func suspend(for length: Duration) {
        guard relay != nil else { return }
        suspendedFrom = now
        suspendedUntil = now + length
        tally.suspensions += 1
        referee.standsStill(for: length)
        guard random.chance(500) else { return }
        for server in servers {
            agenda.plan(.fault(Scenario.FeedFault(at: now, feed: server.feed, kind: .dropAll)), at: now + length / 2)
        }
    }

    private func isCurrent(_ run: Int) -> Bool { relay?.number == run }

    private func start() {
        guard relay == nil else { return }
        runs += 1
        let compiled = scenario.setups[version]
        let outbox = FaultyOutbox(disk: disk, bug: bug)
        let memory = (try? outbox.memory()) ?? OutboxMemory()
        let standings = (try? outbox.standings()) ?? [:]
        relay = SimulatedRelay(
            number: runs, at: now, outbox: outbox,
            planner: DeliveryPlanner(
                policies: compiled.setup.policies, standings: standings, seed: random.next(), limits: scenario.limits),
            feeds: compiled.setup.feeds.map { feed in
                SimulatedFeed(
                    setup: feed, coverage: FeedCoverage(lastSeen: memory.feedsSeen[feed.name], now: now),
                    intake: intake(of: feed.name, compiled), toldSeen: memory.feedsSeen[feed.name])
            },
            version: version, book: compiled.book, queue: WriterQueue(limits: scenario.writerLimits),
            join: PaymentJoin(memory: memory, limits: scenario.writerLimits.join),
            pruning: PrunePlan(policy: compiled.setup.retention, now: now), standings: standings)
        referee.started(version)
        for place in compiled.setup.feeds.indices { holdConnections(of: place) }
        // The feeds are closed already.
        if now >= scenario.calmAt + Self.lastFeeds { closeFeeds() }
    }

    func intake(of feed: String, _ compiled: Setup.Compiled) -> FeedIntake {
        FeedIntake(reader: EventReader(protocol: .interface402, feed: feed), rules: compiled.book)
    }

    /// A changed configuration of a feed, on its live connections.
    func reconfigure(_ place: Int, _ setup: Setup.Feed) {
        relay?.feeds[place].setup = setup
        cover(place) { coverage in
            coverage.wanted(setup.keys)
            return []
        }
        holdConnections(of: place)
        for number in relay?.feeds[place].connections.indices ?? 0..<0 { changeKeys(place, number, to: setup.keys) }
    }

    func crash(_ crash: Scenario.Crash) throws(Violation) {
        guard let relay else { return }
        for place in servers.indices {
            for (id, link) in servers[place].links where link.run == relay.number { close(id, of: place) }
        }
        self.relay = nil
        dueCrash = nil
        suspendedUntil = now
        tally.crashes += 1
        try referee.crashed()
        agenda.plan(.start, at: now + crash.restartAfter)
    }
}
