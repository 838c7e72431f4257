import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// Who there is, what comes and what goes wrong: all that a seed decides beforehand.
struct Scenario: Sendable {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    /// Always configured, and takes the relay's own events.
    static let operatorsDestination = "destination1"

    /// A feed sends an event.
    struct Emission: Sendable {
        var at: Timestamp
        let message: SimulatedMessage
    }

    /// The relay dies and starts anew.
    struct Crash: Sendable {
        enum Moment: CaseIterable, Sendable {
            case atOnce
            /// At the end of a transaction, of which nothing is written.
            case beforeSync
            /// At the end of a transaction, all of which is written, though nobody was told.
            case afterSync
        }

        var at: Timestamp
        let moment: Moment
        let restartAfter: Duration
    }

    /// What a feed's server does beside what it should.
    struct FeedFault: Sendable {
        enum Kind: Sendable {
            /// Ends this one of the connections that are open, counted round.
            case drop(Int)
            case dropAll
            /// Says nothing any more on one of them, and keeps it open.
            case silence(Int)
            /// Ends all, and lets nobody in for a while.
            case outage(Duration)
            /// Refuses wallet keys for a while.
            case refusesWallets(Duration)
            /// Answers late for a while, or not at all.
            case answersLate(Duration)
        }

        var at: Timestamp
        let feed: String
        let kind: Kind
    }

    /// What the operator does.
    struct OperatorStep: Sendable {
        enum Act: Sendable {
            case stop(String, DestinationStanding.Stop?)
            /// Concerning one of the deliveries on disk.
            case retry, discard
            /// All of a destination, of a rule, or one event.
            case replayDestination, replayRule, replayEvent
            /// The file of this version is loaded.
            case reload(Int)
        }

        var at: Timestamp
        let act: Act
    }

    /// The process stands still, while the world goes on.
    struct Suspension: Sendable {
        var at: Timestamp
        let length: Duration
    }

    /// The versions of the configuration file, the one at the start first and the one of the calm last.
    let setups: [Setup.Compiled]
    let receivers: [String: SimulatedReceiver]
    let limits: PlannerLimits
    let writerLimits: WriterLimits
    let emissions: [Emission]
    let crashes: [Crash]
    let feedFaults: [FeedFault]
    let operatorSteps: [OperatorStep]
    let suspensions: [Suspension]
    /// How much the wall clock differs from the relay's, from a moment on.
    let wallSteps: [(at: Timestamp, offset: Duration)]
    /// The longest way of a message between a feed and the relay.
    let latency: Duration
    /// Of a thousand transactions, loads and operator actions.
    let failingCommits: Int
    let failingLoads: Int
    /// From here on nothing goes wrong any more, and an operator resumes what is disabled.
    let calmAt: Timestamp

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Few faults in some histories and many in others find more than the same middling lot in all of them.
        let span = Duration.seconds([60, 60, 600, 3600].randomElement(using: &random) ?? 60)
        var calmAt = Self.start + span + .seconds(Int.random(in: 0...1800, using: &random))
        let names = (1...Int.random(in: 1...4, using: &random)).map { "destination\($0)" }
        let feeds = random.chance(300) ? ["feed1", "feed2"] : ["feed1"]
        var receivers: [String: SimulatedReceiver] = [:]
        for name in names { receivers[name] = Self.receiver(until: calmAt, using: &random) }
        limits = Self.limits(using: &random)
        writerLimits = Self.writerLimits(using: &random)
        latency = .milliseconds([20, 200, 2000].randomElement(using: &random) ?? 20)
        var emissions = Self.emissions(span, feeds, using: &random)
        var crashes = Self.crashes(until: calmAt, using: &random)
        var faults = Self.feedFaults(feeds, until: calmAt, using: &random)
        let reloads = random.chance(400) ? Int.random(in: 1...4, using: &random) : 0
        setups = Self.setups(names, feeds, reloads: reloads, using: &random)
        var steps = Self.operatorSteps(names, reloads: reloads, until: calmAt, using: &random)
        var suspensions = Self.suspensions(until: calmAt, using: &random)
        failingCommits = [0, 0, 50, 300].randomElement(using: &random) ?? 0
        failingLoads = [0, 0, 100, 500].randomElement(using: &random) ?? 0
        wallSteps = random.chance(400) ? Self.wallSteps(until: calmAt, using: &random) : []

        if random.chance(150) {
            // A long time in which the relay is down: what comes later is moved behind it.
            let from = Self.start + span * Int.random(in: 100...900, using: &random) / 1000
            let length = Duration.seconds([82_000, 86_300, 90_000].randomElement(using: &random) ?? 82_000)
            func moved(_ moment: Timestamp) -> Timestamp { moment > from ? moment + length : moment }
            for index in emissions.indices { emissions[index].at = moved(emissions[index].at) }
            for index in crashes.indices { crashes[index].at = moved(crashes[index].at) }
            for index in faults.indices { faults[index].at = moved(faults[index].at) }
            for index in steps.indices { steps[index].at = moved(steps[index].at) }
            for index in suspensions.indices { suspensions[index].at = moved(suspensions[index].at) }
            for name in names { receivers[name]?.move(moved) }
            calmAt = moved(calmAt)
            crashes.append(Crash(at: from, moment: .atOnce, restartAfter: length - .seconds(1)))
        }
        self.receivers = receivers
        self.emissions = emissions
        self.crashes = crashes
        self.calmAt = calmAt
        feedFaults = faults
        self.suspensions = suspensions
        operatorSteps = steps
    }

    /// Whether the destination takes what is sent to it in the end.
    func isHealed(_ destination: String) -> Bool {
        receivers[destination]?.isHealed ?? false
    }

    /// What the wall clock says.
    func wallTime(at now: Timestamp) -> Timestamp {
        now + (wallSteps.last { $0.at <= now }?.offset ?? .zero)
    }
}
