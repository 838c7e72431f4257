import RelayModel
import X402Payments

/// What a simulation found, and how to see it again.
struct PaymentSimulationFailure: Error, CustomStringConvertible {
    let seed: UInt64
    let at: Timestamp
    let what: String

    var description: String {
        """
        at \(at): \(what)
        replay with: \(SimulationSeeds.seedVariable)=\(seed) swift test --filter PaymentSimulationTests
        """
    }
}

/// One history of a wallet and the feeds that it pays for, decided by a seed.
///
/// `Scenario` draws what is to happen. `World` has the chain, `Vendor` the streams with their tokens and what they make of a
/// payment, and the wire. `Relay` has the shell around the real `StreamAccess` and `Purse`: a disk, connections, RPC. `Referee`
/// knows the contract and judges what it sees, from the vendor's and the chain's books and not from the relay's. `Bugs` are
/// faults to prove that it would find them.
///
/// In the end nothing goes wrong any more, and every feed must come back and pay once for each slice.
final class PaymentSimulation {
    let seed: UInt64
    let bug: PaymentBug?
    let scenario: Scenario
    var random: SplitMix64
    /// What the relay itself draws from.
    var relayRandom: SplitMix64
    var agenda = Agenda()
    var chain: SimulatedChain
    var vendor = SimulatedVendor()
    var disk = SimulatedDisk()
    var relay: SimulatedRelay?
    var links: [SimulatedLink] = []
    var linkCount = 0
    var referee: PaymentReferee
    var tally = PaymentTally()
    var now = Scenario.start
    /// What the configuration file says, whether the relay runs or not.
    var configuration: Scenario.Configuration
    private var runs = 0
    private var clock = Duration.zero
    /// What happened, for whoever replays a seed.
    var trace: ((String) -> Void)?

    init(seed: UInt64, bug: PaymentBug? = nil) throws(Violation) {
        self.seed = seed
        self.bug = bug
        scenario = Scenario(seed: seed)
        random = SplitMix64(seed: ~seed)
        relayRandom = SplitMix64(seed: seed &+ 77)
        chain = SimulatedChain(scenario: scenario)
        configuration = scenario.configuration
        referee = PaymentReferee(scenario: scenario, wallet: "\(try SimulatedWallet.make().address)")
        for feed in scenario.feeds where feed.hasToken {
            vendor.tokens[Self.configuredToken(feed.name)] = SimulatedVendor.Token(
                stream: feed.streams[0], expiresAt: now + scenario.slice, isDead: false)
        }
        planScenario()
    }

    static func configuredToken(_ feed: String) -> String { "configured-token-of-\(feed)" }

    private func planScenario() {
        agenda.plan(at: now) { sim throws(Violation) in try sim.start() }
        for crash in scenario.crashes {
            agenda.plan(at: crash.at) { sim throws(Violation) in sim.crash(crash) }
        }
        for step in scenario.operatorSteps {
            agenda.plan(at: step.at) { sim throws(Violation) in
                if case .reload(let configuration) = step.act { try sim.load(configuration) }
            }
        }
        for episode in scenario.episodes {
            agenda.plan(at: episode.from) { sim throws(Violation) in
                switch episode.kind {
                case .outage: for link in sim.openLinks { sim.vendorCloses(link) }
                case .forgetsAll: for name in sim.vendor.tokens.keys.sorted() { sim.forget(name) }
                case .challenges, .stall: break
                }
            }
        }
        agenda.plan(at: scenario.calmAt + .seconds(1)) { sim throws(Violation) in try sim.agree() }
        agenda.plan(at: scenario.calmAt + scenario.recovery) { sim throws(Violation) in try sim.look() }
    }

    /// Runs the history to its end, or to the first thing that the contract forbids.
    func run() throws(PaymentSimulationFailure) {
        do throws(Violation) {
            while let (moment, occurrence) = agenda.next(), moment <= scenario.endsAt {
                now = moment
                try occurrence(self)
            }
            try referee.finish(self)
        } catch {
            throw PaymentSimulationFailure(seed: seed, at: now, what: error.what)
        }
    }

    func plan(after wait: Duration, _ occurrence: @escaping Agenda.Occurrence) {
        agenda.plan(at: now + wait, occurrence)
    }

    /// Whether a fault happens now.
    func happens(_ fault: Fault) -> Bool {
        guard now < scenario.calmAt, let odds = scenario.odds[fault], random.chance(odds) else { return false }
        tally.faults[fault, default: 0] += 1
        return true
    }

    /// The time that a message takes.
    func wire() -> Duration { .milliseconds(random.within(scenario.latency / 4...scenario.latency)) }

    /// The operator's word in the calm, to a relay that runs.
    private func agree() throws(Violation) {
        configuration = scenario.calmConfiguration
        guard relay != nil else { return plan(after: .seconds(1)) { sim throws(Violation) in try sim.agree() } }
        try load(configuration)
    }

    /// A look at every feed in the calm.
    private func look() throws(Violation) {
        try referee.lookInCalm(self)
        plan(after: .seconds(5)) { sim throws(Violation) in try sim.look() }
    }

    // MARK: The relay's process

    var relayNow: Timestamp { now + (relay?.clock ?? .zero) }

    func start() throws(Violation) {
        guard relay == nil else { return }
        runs += 1
        var relay = SimulatedRelay(number: runs, clock: clock, configuration: configuration)
        let at = now + clock
        let memory = plantedMemory(disk.memory(at))
        if configuration.pays {
            relay.purse = Purse(wallet: try SimulatedWallet.make(), policy: try policy(), memory: memory)
        }
        for (index, feed) in scenario.feeds.enumerated() {
            let settings = settings(index)
            relay.accesses[feed.name] = StreamAccess(settings, memory: memory, now: at)
            if bug == .asksTwice { relay.copies[feed.name] = relay.accesses[feed.name] }
            relay.connections[feed.name] = .init(
                token: nil, stream: settings.resource.stream, isBusy: .init(repeating: false, count: feed.connections))
        }
        self.relay = relay
        referee.started(configuration)
        trace?("\(now) start \(runs)")
        for feed in scenario.feeds { try give(.start, to: feed.name, run: runs) }
    }

    private func crash(_ crash: Scenario.Crash) {
        guard let relay else { return }
        trace?("\(now) crash")
        for link in openLinks where link.run == relay.number {
            link.isOpen = false
            links.removeAll { $0 === link }
        }
        self.relay = nil
        for change in relay.writes.values { referee.neverWritten(change, disk) }
        clock = crash.clock
        tally.crashes += 1
        if bug == .forgetsOpenPayments { disk.forget { !$0.state.isFinal } }
        plan(after: crash.restartAfter) { sim throws(Violation) in try sim.start() }
    }

    /// The operator changes the file and reloads it; a purse is made anew only when no write is under way.
    func load(_ configuration: Scenario.Configuration) throws(Violation) {
        self.configuration = configuration
        guard relay != nil else { return }
        relay?.reload = configuration
        try reloadIfIdle()
    }

    func reloadIfIdle() throws(Violation) {
        guard let run = relay?.number, let configuration = relay?.reload, relay?.writes.isEmpty == true else { return }
        relay?.reload = nil
        relay?.configuration = configuration
        tally.reloads += 1
        trace?("\(now) reload pays=\(configuration.pays) streams=\(configuration.streams)")
        let wallet = try SimulatedWallet.make()
        let policy = try policy()
        let memory = disk.memory(relayNow)
        if !configuration.pays {
            relay?.purse = nil
        } else if relay?.purse != nil {
            relay?.purse?.change(wallet: wallet, policy: policy)
        } else {
            relay?.purse = Purse(wallet: wallet, policy: policy, memory: memory)
        }
        referee.reloaded(configuration)
        for (index, feed) in scenario.feeds.enumerated() {
            let settings = settings(index)
            if relay?.connections[feed.name]?.stream != settings.resource.stream {
                relay?.connections[feed.name]?.stream = settings.resource.stream
                relay?.connections[feed.name]?.token = nil
                for link in openLinks where link.feed == feed.name {
                    link.isOpen = false
                    links.removeAll { $0 === link }
                    lost(link)
                }
            }
            try give(.reloaded(settings), to: feed.name, run: run)
        }
    }

    private func settings(_ index: Int) -> StreamAccess.Settings {
        let feed = scenario.feeds[index]
        let stream = feed.streams[configuration.streams[index]]
        return StreamAccess.Settings(
            feed: feed.name,
            resource: StreamResource(origin: Scenario.origin, version: scenario.vendor.version, stream: stream),
            renewsInband: feed.isInband,
            token: configuration.tokens[index] ? Secret(Self.configuredToken(feed.name)) : nil,
            reconnectInitial: .seconds(1), reconnectMax: .seconds(30))
    }
}
