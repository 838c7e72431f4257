import DeliveryPlanning
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
        case recorded([DeliveryUpdate], [String: DestinationStanding])
        case wanted(LoadRequest)
    }

    let dispatcher: WebhookDispatcher
    let log: LogRecorder
    private let notes: AsyncStream<Note>

    init(
        _ destinations: [DestinationConfiguration], transport: any HTTPTransport,
        standings: [String: DestinationStanding] = [:], level: Logger.Level = .debug,
        limits: PlannerLimits = .standard
    ) throws {
        let (notes, feed) = AsyncStream.makeStream(of: Note.self)
        let log = LogRecorder()
        var logger = Logger(label: "test") { _ in log }
        logger.logLevel = level
        self.notes = notes
        self.log = log
        dispatcher = try WebhookDispatcher(
            destinations: destinations, standings: standings, seed: 1, limits: limits, transport: transport,
            clock: RelayClock(), logger: logger,
            record: { feed.yield(.recorded($0, $1)) }, load: { feed.yield(.wanted($0)) })
        dispatcher.start()
    }

    /// The updates until there are `count` of them.
    func updates(_ count: Int) async -> [DeliveryUpdate] {
        var updates: [DeliveryUpdate] = []
        for await note in notes {
            if case .recorded(let more, _) = note { updates += more }
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

    /// The next wish for deliveries.
    func load() async -> LoadRequest? {
        await first { note in
            if case .wanted(let request) = note { return request }
            return nil
        }
    }
}

/// Keeps what is logged.
final class LogRecorder: LogHandler, Sendable {
    struct Entry: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
    }

    private let state = Mutex<[Entry]>([])

    var entries: [Entry] { state.withLock { $0 } }

    // The logger's own copy of these is what counts.
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).mapValues { "\($0)" }
        state.withLock { $0.append(Entry(level: event.level, message: "\(event.message)", metadata: metadata)) }
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
