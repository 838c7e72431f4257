import DeliveryPlanning
import Logging
import RelayModel

/// What the writer's thread does.
///
/// Made, used and left on that thread alone.
final class WriterLoop {
    private enum Step {
        case write(OutboxBatch)
        case load([LoadRequest])
        case end
    }

    private let outbox: any Outbox
    private let state: Monitor<WriterState>
    private let announcer: PressureAnnouncer
    private let limits: WriterLimits
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let reports: OutboxWriter.Reports
    /// What kind of failure is going on, and when it was logged last.
    private var trouble: (kind: OutboxError.Kind, loggedAt: Timestamp)?
    /// A failure that goes on is logged again after this, so that the end of a log shows it too.
    private static let troubleInterval = Duration.seconds(300)

    init(
        outbox: any Outbox, state: Monitor<WriterState>, announcer: PressureAnnouncer, limits: WriterLimits,
        logger: Logger, clock: @escaping @Sendable () -> Timestamp, reports: OutboxWriter.Reports
    ) {
        self.outbox = outbox
        self.state = state
        self.announcer = announcer
        self.limits = limits
        self.logger = logger
        self.clock = clock
        self.reports = reports
    }

    /// Works until it is stopped and has written everything, or its time is over.
    func run() {
        while let step = state.wait(until: Self.next) {
            switch step {
            case .write(let batch):
                guard write(batch) else { return }
            case .load(let requests):
                for request in requests { load(request) }
            case .end:
                return
            }
        }
    }

    private static func next(_ state: inout WriterState) -> Step? {
        if let deadline = state.deadline, ContinuousClock.now >= deadline { return .end }
        // Loads first: none is due before its updates are written, and under a steady stream of events there is no pause.
        let loads = state.queue.takeLoads()
        if !loads.isEmpty { return .load(loads) }
        if let batch = state.queue.take() { return .write(batch) }
        return state.deadline == nil ? nil : .end
    }

    private func load(_ request: LoadRequest) {
        do throws(OutboxError) {
            reports.loaded(try outbox.load(request, now: clock()))
        } catch {
            logger.error(
                "Waiting deliveries could not be read; it is tried again",
                metadata: ["destination": "\(request.destination)", "reason": "\(error.reason)"])
            reports.loadFailed(request.destination)
        }
    }

    /// Writes the batch, however often it takes; false when the time to stop came first.
    private func write(_ batch: OutboxBatch) -> Bool {
        var wait = limits.retryInitial
        while true {
            do throws(OutboxError) {
                let commit = try outbox.commit(batch)
                recovered()
                finish(batch)
                reports.committed(commit)
                return true
            } catch {
                if error.kind == .refused { return isolate(batch, error) }
                failed(error)
            }
            guard pause(wait) else { return false }
            wait = min(wait * 2, limits.retryMax)
        }
    }

    /// Something in the batch can never be written: halves it until that is alone, so that all else is.
    private func isolate(_ batch: OutboxBatch, _ error: OutboxError) -> Bool {
        if let (first, second) = batch.halves { return write(first) && write(second) }
        logger.critical("The outbox refuses what it has to keep; this is lost", metadata: batch.metadata(error))
        finish(batch)
        return true
    }

    private func finish(_ batch: OutboxBatch) {
        state.withLock { $0.queue.finish(batch) }
        announcer.update()
    }

    private func failed(_ error: OutboxError) {
        state.withLock { $0.queue.fail() }
        announcer.update()
        let now = clock()
        let isKnown = trouble?.kind == error.kind
        if isKnown, let trouble, now - trouble.loggedAt < Self.troubleInterval { return }
        trouble = (error.kind, now)
        logger.error(
            "The outbox cannot be written; feeds and deliveries rest until it works again",
            metadata: [
                "kind": "\(error.kind.rawValue)", "reason": "\(error.reason)",
                "waiting": "\(state.withLock { $0.queue.unwrittenEvents })",
            ])
        if !isKnown { reports.trouble(error) }
    }

    private func recovered() {
        guard trouble != nil else { return }
        trouble = nil
        logger.notice("The outbox is written again")
        reports.trouble(nil)
    }

    /// Waits before the next try, which comes at once when the writer is stopped meanwhile; false when its time is over.
    private func pause(_ wait: Duration) -> Bool {
        let known = state.withLock { $0.deadline }
        let left = known.map { ContinuousClock.now.duration(to: $0) }
        _ = state.wait(timeout: max(min(wait, left ?? wait), .zero)) { state in
            state.deadline == known ? nil : ()
        }
        return state.withLock { $0.deadline }.map { ContinuousClock.now < $0 } ?? true
    }
}

extension OutboxBatch {
    /// The batch in two parts that come one after the other; nil for one that holds a single thing.
    var halves: (OutboxBatch, OutboxBatch)? {
        if !accepted.isEmpty, !updates.isEmpty || !standings.isEmpty {
            return (OutboxBatch(updates: updates, standings: standings), OutboxBatch(accepted: accepted))
        }
        if !updates.isEmpty, !standings.isEmpty {
            return (OutboxBatch(standings: standings), OutboxBatch(updates: updates))
        }
        let names = standings.keys.sorted()
        let count = max(accepted.count, updates.count, names.count)
        guard count > 1 else { return nil }
        let middle = count / 2
        func part(_ range: Range<Int>) -> OutboxBatch {
            OutboxBatch(
                accepted: accepted.isEmpty ? [] : Array(accepted[range]),
                updates: updates.isEmpty ? [] : Array(updates[range]),
                standings: names.isEmpty ? [:] : standings.filter { names[range].contains($0.key) })
        }
        return (part(0..<middle), part(middle..<count))
    }

    /// What a batch of one thing is, without its content.
    func metadata(_ error: OutboxError) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["reason": "\(error.reason)"]
        if let accepted = accepted.first {
            metadata["event"] = "\(accepted.event.id)"
            metadata["destinations"] = "\(accepted.deliveries.map(\.destination).joined(separator: ","))"
        } else if let update = updates.first {
            metadata["delivery"] = "\(update.id)"
            metadata["destination"] = "\(update.destination)"
            metadata["state"] = "\(update.state.rawValue)"
        } else if let destination = standings.keys.first {
            metadata["destination"] = "\(destination)"
        }
        return metadata
    }
}
