import DeliveryPlanning
import FeedProtocols
import OutboxStorage
import OutboxTestKit
import RelayAssembly
import RelayModel

/// One run of the relay, from a start to a crash: all that it has in memory.
///
/// The parts are the real ones; what is simulated is the thread of the outbox between them.
struct SimulatedRelay {
    /// What the outbox's thread is at.
    enum Task {
        case writing(OutboxBatch)
        case reading(LoadRequest)
    }

    /// What the outbox's thread tells the dispatcher, in its order.
    enum Report {
        case ready([Delivery])
        case loaded(DueDeliveries)
        case loadFailed(String)
    }

    /// Tells the occurrences of this run from those of the ones before.
    let number: Int
    let outbox: MemoryOutbox
    let reader = MessageReader(protocol: .interface402)
    var intake: FeedIntake
    var planner: DeliveryPlanner
    /// What came since the start, by its bytes.
    var seen: Set<[UInt8]> = []

    private(set) var task: Task?
    private var events: [AcceptedEvent] = []
    private var updates: [DeliveryUpdate] = []
    private var standings: [String: DestinationStanding] = [:]
    /// A load waits until all updates that came before it are written.
    private var loads: [(updatesBefore: Int, request: LoadRequest)] = []
    private var updatesTaken = 0
    /// The dispatcher hears nothing before this: what the outbox's thread tells arrives in its order.
    var toldUntil = Scenario.start
    var wakeAt: Timestamp?
    /// Destinations whose deliveries were read since the start; for `SimulationBug.forgetsDiskAfterRestart`.
    var readBack: Set<String> = []

    init(number: Int, outbox: MemoryOutbox, intake: FeedIntake, planner: DeliveryPlanner) {
        self.number = number
        self.outbox = outbox
        self.intake = intake
        self.planner = planner
    }

    mutating func accept(_ accepted: AcceptedEvent) {
        events.append(accepted)
    }

    mutating func record(_ update: DeliveryUpdate?, _ standing: (String, DestinationStanding)?) {
        if let update { updates.append(update) }
        if let (name, standing) = standing { standings[name] = standing }
    }

    mutating func ask(_ request: LoadRequest) {
        loads.append((updatesTaken + updates.count, request))
    }

    /// Nothing waits to be written.
    var isIdle: Bool { task == nil && events.isEmpty && updates.isEmpty && standings.isEmpty }

    /// The outbox's thread takes up the next task; false where it has one or there is none.
    mutating func beginTask(hastily: Bool) -> Bool {
        guard task == nil else { return false }
        if let first = loads.first, hastily || first.updatesBefore <= updatesTaken {
            loads.removeFirst()
            task = .reading(first.request)
            return true
        }
        guard !isIdle else { return false }
        task = .writing(OutboxBatch(accepted: events, updates: updates, standings: standings))
        updatesTaken += updates.count
        (events, updates, standings) = ([], [], [:])
        return true
    }

    mutating func endTask() {
        task = nil
    }
}
