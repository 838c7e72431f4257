import DeliveryPlanning
import OutboxStorage
import RelayAssembly
import RelayModel

/// One run of the relay, from a start to a crash: all that it has in memory.
///
/// The parts are the real ones; what is simulated is the shells around them: sockets, threads, timers.
final class SimulatedRelay {
    /// What the outbox's thread is at.
    enum Task {
        case writing(Writing)
        case loading([LoadRequest])
        case performing(OperatorAction)
        case pruning(PruneStep)
    }

    /// A batch on its way to the disk, and what comes after it.
    struct Writing {
        var input: JoinInput
        /// How many records of the queue it has.
        var records: Int
        var plan: JoinPlan
        /// The version of the rules by which it was planned.
        var version: Int
        /// The wait after the next failure.
        var retry: Duration
    }

    /// What the outbox's thread tells the dispatcher, in its order.
    enum Report {
        case ready([Delivery])
        case performed(OperatorOutcome)
        case loaded(DueDeliveries)
        case loadFailed(String)
    }

    /// Tells the occurrences of this run from those of the ones before.
    let number: Int
    let startedAt: Timestamp
    let outbox: FaultyOutbox
    var planner: DeliveryPlanner
    var feeds: [SimulatedFeed]
    /// The version of the configuration in force.
    var version: Int
    var book: RuleBook

    // The outbox's thread.
    var queue: WriterQueue
    var join: PaymentJoin
    var pruning: PrunePlan
    var task: Task?
    /// When the thread looks by itself.
    var writerWakeAt: Timestamp?
    /// What was handed to the queue and is not written, in its order; nil for what is told of feeds.
    var unwritten: [Referee.TakenID?] = []
    /// Since when the feeds are not to be read, as they were told.
    var pressedAt: Timestamp?
    var isPressureTold = false
    /// How each destination stood last, also those that are configured no longer.
    var standings: [String: DestinationStanding]

    /// The dispatcher hears nothing before this: what the outbox's thread tells arrives in its order.
    var toldUntil = Scenario.start
    var wakeAt: Timestamp?
    var isSeenPlanned = false
    /// When a timer last showed that the process runs.
    var aliveAt: Timestamp
    /// Loads that wait for nothing; for `SimulationBug.readsBeforeWriting`.
    var hastyLoads: [LoadRequest] = []
    /// Destinations whose deliveries were read since the start; for `SimulationBug.forgetsDiskAfterRestart`.
    var readBack: Set<String> = []

    /// It starts, with what it has read of the outbox.
    init(
        number: Int, at now: Timestamp, outbox: FaultyOutbox, planner: DeliveryPlanner, feeds: [SimulatedFeed],
        version: Int, book: RuleBook, queue: WriterQueue, join: PaymentJoin, pruning: PrunePlan,
        standings: [String: DestinationStanding]
    ) {
        self.number = number
        startedAt = now
        aliveAt = now
        self.outbox = outbox
        self.planner = planner
        self.feeds = feeds
        self.version = version
        self.book = book
        self.queue = queue
        self.join = join
        self.pruning = pruning
        self.standings = standings
    }

    /// What the dispatcher hands to the outbox's thread.
    func record(
        _ updates: [DeliveryUpdate], _ standings: [String: DestinationStanding], _ own: [OwnEvent] = []
    ) {
        self.standings.merge(standings) { _, newer in newer }
        queue.record(WriterRecord(updates: updates, standings: standings, own: own))
    }

    /// What the feeds hand to it: with a `seen` it goes with the events that came before.
    func raise(_ own: [OwnEvent], seen: [String: Timestamp]) {
        queue.record(WriterRecord(own: own, feedsSeen: seen))
        if !seen.isEmpty { unwritten.append(nil) }
    }

    /// Nothing is being written, and nothing waits for its payment.
    var isIdle: Bool { task == nil && unwritten.isEmpty && join.nextWaitEnd == nil }
}
