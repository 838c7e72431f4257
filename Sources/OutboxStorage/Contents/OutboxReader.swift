import Dispatch
package import RelayModel
import Synchronization

/// Lets any task look into an outbox: each question runs, one after the other, on a serial queue of the reader's own.
///
/// Never on the cooperative pool, since a question may take a second.
package final class OutboxReader: Sendable {
    /// Questions that may wait for their turn; more are refused.
    ///
    /// The control interface asks one for each of its connections.
    package static let waitingLimit = 64

    private let queue = DispatchQueue(label: "outbox reader")
    private let waiting = Mutex(0)
    private let opened: Opened

    /// What the queue's own code alone touches, and so never two threads at once.
    private final class Opened: @unchecked Sendable {
        private let open: @Sendable () throws(OutboxError) -> any OutboxReading
        private var reading: (any OutboxReading)?

        init(_ open: @escaping @Sendable () throws(OutboxError) -> any OutboxReading) {
            self.open = open
        }

        /// Opened at the first question, and again after a failure: the file may have been put back meanwhile.
        func ask<Answer>(
            _ question: (any OutboxReading) throws(OutboxError) -> Answer
        ) -> Result<Answer, OutboxError> {
            do throws(OutboxError) {
                return .success(try question(try opened()))
            } catch {
                reading = nil
                return .failure(error)
            }
        }

        private func opened() throws(OutboxError) -> any OutboxReading {
            if let reading { return reading }
            let new = try open()
            reading = new
            return new
        }
    }

    /// Reads the outbox file at `path`.
    package convenience init(path: String) {
        self.init { () throws(OutboxError) in try SQLiteOutboxReader(path: path) }
    }

    package init(_ open: @escaping @Sendable () throws(OutboxError) -> any OutboxReading) {
        opened = Opened(open)
    }

    /// One page of the deliveries that `filter` takes; see `OutboxReading`.
    package func deliveries(
        _ filter: DeliveryFilter, order: ListingOrder, cursor: DeliveryID?, limit: Int
    ) async throws(OutboxError) -> DeliveryPage {
        try await ask { outbox throws(OutboxError) in
            try outbox.deliveries(filter, order: order, cursor: cursor, limit: limit)
        }
    }

    /// One delivery with its attempts; nil where there is none of this number.
    package func delivery(_ id: DeliveryID) async throws(OutboxError) -> DeliveryDetail? {
        try await ask { outbox throws(OutboxError) in try outbox.delivery(id) }
    }

    /// For each destination how many deliveries are in which state.
    package func counts() async throws(OutboxError) -> [String: DeliveryCounts] {
        try await ask { outbox throws(OutboxError) in try outbox.counts() }
    }

    /// Bytes in use, free pages not counted.
    package func size() async throws(OutboxError) -> Int64 {
        try await ask { outbox throws(OutboxError) in try outbox.size() }
    }

    /// The payment remembered under the key, received at `since` or later; nil where there is none.
    package func payment(_ key: PaymentKey, since: Timestamp) async throws(OutboxError) -> [UInt8]? {
        try await ask { outbox throws(OutboxError) in try outbox.payment(key, since: since) }
    }

    private func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (any OutboxReading) throws(OutboxError) -> Answer
    ) async throws(OutboxError) -> Answer {
        let isAdmitted = waiting.withLock { count in
            guard count < Self.waitingLimit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            throw OutboxError(
                kind: .failed,
                reason: "\(Self.waitingLimit) questions to the outbox wait already, which is the limit: ask again later"
            )
        }
        defer { waiting.withLock { $0 -= 1 } }
        let result = await withCheckedContinuation { continuation in
            queue.async { [opened] in continuation.resume(returning: opened.ask(question)) }
        }
        return try result.get()
    }
}
