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
    private let state = Mutex(State())
    private let opened: Opened

    private struct State {
        var waiting = 0
        var isClosed = false
    }

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

        /// Lets the outbox go.
        func close() { reading = nil }

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

    /// One delivery with its newest attempts; nil where there is none of this number.
    package func delivery(_ id: DeliveryID) async throws(OutboxError) -> DeliveryDetail? {
        try await ask { outbox throws(OutboxError) in try outbox.delivery(id) }
    }

    /// For each destination how many deliveries are in which state.
    package func counts() async throws(OutboxError) -> [String: DeliveryCounts] {
        try await ask { outbox throws(OutboxError) in try outbox.counts() }
    }

    /// One page of the ledger of payments; see `OutboxReading`.
    package func payments(
        _ filter: LedgerFilter, order: ListingOrder, cursor: PaymentID?, limit: Int
    ) async throws(OutboxError) -> LedgerPage {
        try await ask { outbox throws(OutboxError) in
            try outbox.payments(filter, order: order, cursor: cursor, limit: limit)
        }
    }

    /// One payment of the ledger; nil where there is none of this number.
    package func payment(_ id: PaymentID) async throws(OutboxError) -> LedgerEntry? {
        try await ask { outbox throws(OutboxError) in try outbox.payment(id) }
    }

    /// How many payments of the ledger stand in each state; none of a state that none has.
    package func ledgerCounts() async throws(OutboxError) -> [LedgerEntry.State: Int] {
        try await ask { outbox throws(OutboxError) in try outbox.ledgerCounts() }
    }

    /// Bytes in use, free pages not counted.
    package func size() async throws(OutboxError) -> Int64 {
        try await ask { outbox throws(OutboxError) in try outbox.size() }
    }

    /// The payment remembered under the key, received at `since` or later; nil where there is none.
    package func payment(_ key: PaymentKey, since: Timestamp) async throws(OutboxError) -> [UInt8]? {
        try await ask { outbox throws(OutboxError) in try outbox.payment(key, since: since) }
    }

    /// Ends the question that is being answered and lets the outbox go; those that wait and those that come are refused.
    ///
    /// Before its writer closes an outbox: SQLite moves the log into the file when the last connection goes.
    package func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            queue.async { [opened] in
                opened.close()
                continuation.resume()
            }
        }
    }

    private static let tooMany = OutboxError(
        kind: .failed,
        reason: "\(waitingLimit) questions to the outbox wait already, which is the limit: ask again later")

    private static let closed = OutboxError(
        kind: .failed, reason: "the relay is stopping, and its outbox is not read any more: ask again when it runs")

    private func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (any OutboxReading) throws(OutboxError) -> Answer
    ) async throws(OutboxError) -> Answer {
        let refusal: OutboxError? = state.withLock { state in
            if state.isClosed { return Self.closed }
            guard state.waiting < Self.waitingLimit else { return Self.tooMany }
            state.waiting += 1
            return nil
        }
        if let refusal { throw refusal }
        defer { state.withLock { $0.waiting -= 1 } }
        let result: Result<Answer, OutboxError> = await withCheckedContinuation { continuation in
            queue.async { [self] in
                let isClosed = state.withLock { $0.isClosed }
                continuation.resume(returning: isClosed ? .failure(Self.closed) : opened.ask(question))
            }
        }
        return try result.get()
    }
}
