import AdminAPI
import Foundation
import Glibc
import OutboxStorage
import RelayAssembly
import RelayConfig
import RelayModel
import Testing

/// An outbox as a relay left it: deliveries in every state, for two destinations that are configured and one that is no longer.
///
/// Its folder goes with it.
struct ControlFixture {
    static let now = Timestamp(milliseconds: 1_760_000_000_000)

    let folder: TemporaryFolder
    let outboxPath: String
    let configurationPath: String

    /// Without an outbox where `isEmpty`.
    init(isEmpty: Bool = false, standings: [String: DestinationStanding] = [:]) throws {
        folder = try TemporaryFolder()
        outboxPath = folder.url.appendingPathComponent("outbox.sqlite").path
        // A rule and a destination that no relay would run with.
        configurationPath = try folder.write(
            "relay.json",
            """
            { "destinations": { "billing": { "url": "https://user:word@b.example.com/in?key=swordfish" }, "audit": 7 },
              "rules": { "broken": { "match": 7 } }, "outbox": { "path": "outbox.sqlite" } }
            """
        ).path
        guard !isEmpty else { return }
        let outbox = try SQLiteOutbox(path: outboxPath)
        let destinations = ["billing", "audit", "gone"]
        let accepted = (1...4).map { index in
            AcceptedEvent(
                event: Self.event(index),
                deliveries: destinations.prefix(index == 1 ? 3 : 1).map {
                    NewDelivery(destination: $0, rules: ["all", "rule\(index)"], format: .standard, lanes: [])
                })
        }
        _ = try outbox.commit(OutboxBatch(accepted: accepted, standings: standings))
        // 1 to 3 are of the first event; 1 is delivered, 4 dead, 5 discarded, the others wait.
        _ = try outbox.commit(
            OutboxBatch(updates: [Self.update(1, .delivered), Self.update(4, .dead)]))
        _ = try outbox.perform(.discard(DeliveryID(5)), now: Self.now)
    }

    var configuration: OperatorConfiguration {
        OperatorConfiguration(
            outboxPath: outboxPath, maxSize: 1 << 30,
            destinations: [.init(name: "billing", url: "https://b.example.com/in"), .init(name: "audit", url: nil)])
    }

    var control: OfflineControl { OfflineControl(configuration, now: { Self.now }) }

    /// What a relay that starts would find.
    func standings() throws -> [String: DestinationStanding] { try SQLiteOutboxReader(path: outboxPath).standings() }

    /// Holds the outbox as a relay does, until the descriptor is closed.
    ///
    /// Waits for the lock: a process that another test is just starting can hold what this one has given up.
    func hold() throws -> CInt {
        let descriptor = open(outboxPath + ".lock", O_RDWR | O_CLOEXEC)
        try #require(flock(descriptor, LOCK_EX) == 0, "errno \(errno)")
        return descriptor
    }

    /// The outbox again; as `hold`, waits for a process that another test is just starting.
    func reopen() throws -> SQLiteOutbox {
        for _ in 0..<20 {
            if let outbox = try? SQLiteOutbox(path: outboxPath) { return outbox }
            close(try hold())
        }
        return try SQLiteOutbox(path: outboxPath)
    }

    func run(_ arguments: String..., path: String? = nil) async throws -> BuiltRelay.Result {
        try await BuiltRelay.run(arguments + ["--config", path ?? configurationPath])
    }

    private static func event(_ index: Int) -> Event {
        let received = now - .seconds(3600 * (5 - index))
        // With line breaks between its tokens, and one within a string as an escape.
        let data =
            "{\"type\":\"payment\",\n\"paymentId\":\"p\(index)\", \"note\":\"a\\nb\\u001b[2J\",\r\n\"amount\":0.10}"
        return Event(
            id: EventID(high: 7, low: UInt64(index)), feed: "payments", type: "payment", timestamp: received,
            receivedAt: received, sender: "A", recipient: "B", amount: "0.10", payment: nil, data: Array(data.utf8))
    }

    private static func update(_ id: Int64, _ state: DeliveryState) -> DeliveryUpdate {
        DeliveryUpdate(
            id: DeliveryID(id), destination: "billing", state: state, attempts: 1, notBefore: now,
            failedByOutage: false,
            attempt: AttemptRecord(
                number: 1, startedAt: now, duration: .milliseconds(120), status: state == .dead ? 500 : 204,
                error: state == .dead ? "status 500" : nil, answer: state == .dead ? Array("\u{1B}[31mno".utf8) : nil))
    }
}
