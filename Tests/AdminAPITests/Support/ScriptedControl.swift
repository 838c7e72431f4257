import RelayModel
import Synchronization

@testable import AdminAPI

/// A relay that answers what it was told to, and remembers what it was asked.
final class ScriptedControl: RelayControl {
    enum Asked: Hashable {
        case status, history
        case deliveries(DeliveryFilter, isNewestFirst: Bool, cursor: DeliveryID?, limit: Int)
        case delivery(DeliveryID), retry(DeliveryID), discard(DeliveryID)
        case replay(DeliveryFilter)
        case pause(String), resume(String), test(String)
        case payments(LedgerFilter, isNewestFirst: Bool, cursor: PaymentID?, limit: Int)
        case payment(PaymentID)
        case reload
        case match([UInt8], feed: String?)
    }

    struct Script {
        var error: ControlError?
        var reasonsNotReady: [String] = []
        var status = Samples.status
        var history = RelayHistory(steps: [])
        var page = DeliveryPage(deliveries: [Samples.pending, Samples.delivered], cursor: DeliveryID(12))
        var detail = Samples.detail(event: Array(#"{"type":"payment","amount":0.10000000000000000001}"#.utf8))
        var ledger = LedgerPage(payments: [Samples.settled, Samples.refused], cursor: PaymentID(3))
        /// Told at once, and with a comment only where a test asks for it.
        var live: LiveEvents? = LiveEvents(interval: .milliseconds(1), beat: .seconds(3600))
        /// Every answer waits for this stream's end.
        var gate: AsyncStream<Void>?
    }

    var live: LiveEvents? { script.live }
    private let script: Script
    private let log = Mutex<[Asked]>([])

    init(_ change: (inout Script) -> Void = { _ in }) {
        var script = Script()
        change(&script)
        self.script = script
    }

    var asked: [Asked] { log.withLock { $0 } }

    private func answer<Value>(_ asked: Asked, _ value: Value) async throws(ControlError) -> Value {
        log.withLock { $0.append(asked) }
        if let gate = script.gate {
            for await _ in gate {}
        }
        if let error = script.error { throw error }
        return value
    }

    func reasonsNotReady() async -> [String] { script.reasonsNotReady }

    func status() async throws(ControlError) -> RelayStatus { try await answer(.status, script.status) }

    func history() async throws(ControlError) -> RelayHistory { try await answer(.history, script.history) }

    func deliveries(
        _ filter: DeliveryFilter, isNewestFirst: Bool, cursor: DeliveryID?, limit: Int
    ) async throws(ControlError) -> DeliveryPage {
        try await answer(
            .deliveries(filter, isNewestFirst: isNewestFirst, cursor: cursor, limit: limit), script.page)
    }

    func delivery(_ id: DeliveryID) async throws(ControlError) -> DeliveryDetail {
        try await answer(.delivery(id), script.detail)
    }

    func retry(_ id: DeliveryID) async throws(ControlError) -> DeliverySummary {
        try await answer(.retry(id), Samples.pending)
    }

    func discard(_ id: DeliveryID) async throws(ControlError) -> DeliverySummary {
        try await answer(.discard(id), Samples.delivered)
    }

    func replay(_ filter: DeliveryFilter) async throws(ControlError) -> Int { try await answer(.replay(filter), 3) }

    func pause(_ destination: String) async throws(ControlError) -> DestinationStatus {
        try await answer(.pause(destination), Samples.destination)
    }

    func resume(_ destination: String) async throws(ControlError) -> DestinationStatus {
        try await answer(.resume(destination), Samples.destination)
    }

    func test(_ destination: String) async throws(ControlError) -> DeliverySummary {
        try await answer(.test(destination), Samples.pending)
    }

    func payments(
        _ filter: LedgerFilter, isNewestFirst: Bool, cursor: PaymentID?, limit: Int
    ) async throws(ControlError) -> LedgerPage {
        try await answer(
            .payments(filter, isNewestFirst: isNewestFirst, cursor: cursor, limit: limit), script.ledger)
    }

    func payment(_ id: PaymentID) async throws(ControlError) -> LedgerEntry {
        try await answer(.payment(id), Samples.refused)
    }

    func reload() async throws(ControlError) -> ReloadReport {
        let report = ReloadReport(
            applied: ["destinations.billing changed"], needsRestart: ["outbox.path"], warnings: [])
        return try await answer(.reload, report)
    }

    func match(_ event: [UInt8], feed: String?) async throws(ControlError) -> MatchReport {
        let report = MatchReport(
            feed: "payments",
            rules: [.init(name: "paid", reason: nil), .init(name: "large", reason: "amount is 0.1, wanted >= 5")])
        return try await answer(.match(event, feed: feed), report)
    }
}
