import DeliveryPlanning
import OutboxStorage
import RelayAssembly
import RelayModel

/// One run of the relay, from a start to a crash: all that it has in memory.
///
/// The parts are the real ones; what is simulated is the shells around them: sockets, threads, timers.
struct SimulatedRelay {
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
    /// What was taken in and is not written, in its order.
    var takenUnwritten: [Referee.TakenID] = []
    /// Since when the feeds are not to be read, as they were told.
    var pressedAt: Timestamp?
    var isPressureTold = false
    /// How each destination stood last, also those that are configured no longer.
    var standings: [String: DestinationStanding]

    /// The dispatcher hears nothing before this: what the outbox's thread tells arrives in its order.
    var toldUntil = Scenario.start
    var wakeAt: Timestamp?
    var isSeenPlanned = false
    /// Loads that wait for nothing; for `SimulationBug.readsBeforeWriting`.
    var hastyLoads: [LoadRequest] = []
    /// Destinations whose deliveries were read since the start; for `SimulationBug.forgetsDiskAfterRestart`.
    var readBack: Set<String> = []

    /// What the dispatcher hands to the outbox's thread.
    mutating func record(
        _ updates: [DeliveryUpdate], _ standings: [String: DestinationStanding], _ own: [OwnEvent] = []
    ) {
        self.standings.merge(standings) { _, newer in newer }
        queue.record(WriterRecord(updates: updates, standings: standings, own: own))
    }

    /// Nothing is being written, and nothing waits for its payment.
    var isIdle: Bool { task == nil && takenUnwritten.isEmpty && join.nextWaitEnd == nil }
}
