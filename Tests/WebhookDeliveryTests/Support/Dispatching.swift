import DeliveryPlanning
import Dispatch
import Logging
import RelayConfig
import RelayModel
import Synchronization
import WebhookSigning

@testable import WebhookDelivery

/// A dispatcher with what it hands out, for a test to wait for.
struct Dispatching {
    /// What the dispatcher handed out, in its order.
    enum Note: Sendable {
        case recorded([DeliveryUpdate], [String: DestinationStanding], [OwnEvent])
        case wanted(LoadRequest)
    }

    private final class Disk: Sendable {
        let dispatcher = Mutex<WebhookDispatcher?>(nil)
        let answered = DispatchSemaphore(value: 0)
        let standings = Mutex<[[String: DestinationStanding]]>([])
    }

    let dispatcher: WebhookDispatcher
    let log: LogRecorder
    private let notes: AsyncStream<Note>
    private let disk: Disk

    /// With `hasEmptyDisk` wishes for deliveries are answered at once, with none.
    ///
    /// Returns after the first answers: what is offered before them is on disk when they are read, and expected from there.
    init(
        _ destinations: [DestinationConfiguration], transport: any HTTPTransport,
        standings: [String: DestinationStanding] = [:], level: Logger.Level = .debug,
        limits: PlannerLimits = .standard, hasEmptyDisk: Bool = true
    ) throws {
        let (notes, feed) = AsyncStream.makeStream(of: Note.self)
        let log = LogRecorder()
        var logger = Logger(label: "test") { _ in RecordingLogHandler(recorder: log) }
        logger.logLevel = level
        let disk = Disk()
        self.notes = notes
        self.disk = disk
        self.log = log
        dispatcher = try WebhookDispatcher(
            destinations: destinations, standings: standings, seed: 1, limits: limits, transport: transport,
            clock: RelayClock(), logger: logger,
            record: { updates, standings, own in
                disk.standings.withLock { $0.append(standings) }
                feed.yield(.recorded(updates, standings, own))
            },
            load: { request in
                // Told after the answer: what a test offers then comes behind it.
                defer { feed.yield(.wanted(request)) }
                guard hasEmptyDisk else { return }
                disk.dispatcher.withLock { $0 }?.loaded([], destination: request.destination, next: nil)
                disk.answered.signal()
            })
        disk.dispatcher.withLock { [dispatcher] in $0 = dispatcher }
        dispatcher.start()
        guard hasEmptyDisk else { return }
        for destination in destinations where standings[destination.name]?.stop == nil { disk.answered.wait() }
    }

    /// The standings of each record so far.
    var recorded: [[String: DestinationStanding]] { disk.standings.withLock { $0 } }

    /// The updates until there are `count` of them.
    func updates(_ count: Int) async -> [DeliveryUpdate] {
        var updates: [DeliveryUpdate] = []
        for await note in notes {
            if case .recorded(let more, _, _) = note { updates += more }
            if updates.count >= count { break }
        }
        return updates
    }

    /// The next thing handed out that `pick` takes.
    func first<Picked>(_ pick: (Note) -> Picked?) async -> Picked? {
        for await note in notes {
            if let picked = pick(note) { return picked }
        }
        return nil
    }

    /// The next wish for deliveries that is of interest.
    func load(where isMeant: (LoadRequest) -> Bool = { _ in true }) async -> LoadRequest? {
        await first { note in
            if case .wanted(let request) = note, isMeant(request) { return request }
            return nil
        }
    }
}

/// Keeps what is logged.
final class LogRecorder: Sendable {
    struct Entry: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
    }

    private let state = Mutex<[Entry]>([])

    var entries: [Entry] { state.withLock { $0 } }

    func note(_ event: LogEvent) {
        let metadata = (event.metadata ?? [:]).mapValues { "\($0)" }
        state.withLock { $0.append(Entry(level: event.level, message: "\(event.message)", metadata: metadata)) }
    }
}

private struct RecordingLogHandler: LogHandler {
    let recorder: LogRecorder
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { recorder.note(event) }
}

/// Waits for a fact; throws when the test's time is up.
func until(_ isTrue: () -> Bool) async throws {
    while !isTrue() {
        try Task.checkCancellation()
        await Task.yield()
    }
}

/// A delivery that is due.
func delivery(
    _ number: Int64, to destination: String = "test", format: BodyFormat = .standard,
    data: String = #"{"type":"payment"}"#
) -> Delivery {
    let time = Timestamp(milliseconds: 1_697_234_567_890)
    let event = Event(
        id: EventID(high: 0xABCD, low: UInt64(number)), feed: "payments", type: "payment", timestamp: time,
        receivedAt: time, sender: "7Bgb", recipient: nil, amount: "0.001", payment: nil, data: Array(data.utf8))
    return Delivery(
        id: DeliveryID(number), event: event, destination: destination, rules: ["all"], format: format, notBefore: time)
}
