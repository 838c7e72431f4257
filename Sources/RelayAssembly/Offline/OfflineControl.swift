package import AdminAPI
import Dispatch
import OutboxStorage
package import RelayConfig
package import RelayModel

/// What the API asks of a relay that is down: its outbox alone.
///
/// Looking needs no lock and creates nothing; what changes something takes the outbox's lock for as long as that takes, so
/// that no relay can run meanwhile.
package struct OfflineControl: RelayControl {
    private let outbox: OfflineOutbox
    /// Everything happens here, one after the other: SQLite waits for the disk.
    private let queue = DispatchQueue(label: "outbox")

    /// Nothing is opened before something is asked.
    package init(_ configuration: OperatorConfiguration, now: @escaping @Sendable () -> Timestamp) {
        outbox = OfflineOutbox(configuration, now: now)
    }

    package func reasonsNotReady() async -> [String] { [OfflineOutbox.notRunning] }

    package func status() async throws(ControlError) -> RelayStatus {
        try await perform { outbox throws(ControlError) in try outbox.status() }
    }

    package func history() async throws(ControlError) -> RelayHistory {
        throw .unavailable(OfflineOutbox.notRunning)
    }

    package var live: LiveEvents? { nil }

    package func deliveries(
        _ filter: DeliveryFilter, isNewestFirst: Bool, cursor: DeliveryID?, limit: Int
    ) async throws(ControlError) -> DeliveryPage {
        try await perform { outbox throws(ControlError) in
            if let name = filter.destination { try outbox.requireNamed(name) }
            return try outbox.deliveries(
                filter, order: isNewestFirst ? .newestFirst : .oldestFirst, cursor: cursor, limit: limit)
        }
    }

    package func delivery(_ id: DeliveryID) async throws(ControlError) -> DeliveryDetail {
        try await perform { outbox throws(ControlError) in try outbox.delivery(id) }
    }

    package func retry(_ id: DeliveryID) async throws(ControlError) -> DeliverySummary {
        try await perform { outbox throws(ControlError) in try outbox.change(.retry(id), id) }
    }

    package func discard(_ id: DeliveryID) async throws(ControlError) -> DeliverySummary {
        try await perform { outbox throws(ControlError) in try outbox.change(.discard(id), id) }
    }

    package func replay(_ filter: DeliveryFilter) async throws(ControlError) -> Int {
        try await perform { outbox throws(ControlError) in
            if let name = filter.destination { try outbox.requireNamed(name) }
            try outbox.requireAny(filter)
            return try outbox.replay(filter)
        }
    }

    package func pause(_ destination: String) async throws(ControlError) -> DestinationStatus {
        try await perform { outbox throws(ControlError) in try outbox.setStop(.paused, destination) }
    }

    package func resume(_ destination: String) async throws(ControlError) -> DestinationStatus {
        try await perform { outbox throws(ControlError) in try outbox.setStop(nil, destination) }
    }

    package func test(_ destination: String) async throws(ControlError) -> DeliverySummary {
        throw .unavailable(OfflineOutbox.notRunning)
    }

    package func payments(
        _ filter: LedgerFilter, isNewestFirst: Bool, cursor: PaymentID?, limit: Int
    ) async throws(ControlError) -> LedgerPage {
        try await perform { outbox throws(ControlError) in
            try outbox.payments(
                filter, order: isNewestFirst ? .newestFirst : .oldestFirst, cursor: cursor, limit: limit)
        }
    }

    package func payment(_ id: PaymentID) async throws(ControlError) -> LedgerEntry {
        try await perform { outbox throws(ControlError) in try outbox.payment(id) }
    }

    package func reload() async throws(ControlError) -> ReloadReport {
        throw .unavailable(OfflineOutbox.notRunning)
    }

    package func match(_ event: [UInt8], feed: String?) async throws(ControlError) -> MatchReport {
        throw .unavailable(OfflineOutbox.notRunning)
    }

    private func perform<Answer: Sendable>(
        _ work: @escaping @Sendable (OfflineOutbox) throws(ControlError) -> Answer
    ) async throws(ControlError) -> Answer {
        let result: Result<Answer, ControlError> = await withCheckedContinuation { continuation in
            queue.async { [outbox] in
                do throws(ControlError) {
                    continuation.resume(returning: .success(try work(outbox)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
