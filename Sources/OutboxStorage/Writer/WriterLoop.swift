import DeliveryPlanning
import Logging
import RelayModel

/// What the writer's thread does.
///
/// Made, used and left on that thread alone.
final class WriterLoop {
    private enum Step {
        case retain(RetentionPolicy)
        case keep(WriterQueue.Keeping)
        case load([LoadRequest])
        case perform(WriterQueue.Operation)
        case prune(PruneStep)
        case write(WriterWork)
        case end
    }

    private let outbox: any Outbox
    private let state: Monitor<WriterState>
    private let announcer: PressureAnnouncer
    private let limits: WriterLimits
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let judge: @Sendable () -> any ArrivalJudge
    private let reports: OutboxWriter.Reports
    private var join: PaymentJoin
    private var pruning: PrunePlan
    private var troubles: TroubleLog

    init(
        outbox: any Outbox, memory: OutboxMemory, retention: RetentionPolicy, state: Monitor<WriterState>,
        announcer: PressureAnnouncer, limits: WriterLimits, logger: Logger, clock: @escaping @Sendable () -> Timestamp,
        judge: @escaping @Sendable () -> any ArrivalJudge, reports: OutboxWriter.Reports
    ) {
        self.outbox = outbox
        self.state = state
        self.announcer = announcer
        self.limits = limits
        self.logger = logger
        self.clock = clock
        self.judge = judge
        self.reports = reports
        join = PaymentJoin(memory: memory, limits: limits.join)
        pruning = PrunePlan(policy: retention, now: clock())
        troubles = TroubleLog(logger: logger)
    }

    /// Works until it is stopped and has written everything, or its time is over.
    func run() {
        while true {
            // Without a step it is time to look at waits and at what need not be kept.
            guard let step = state.wait(timeout: untilDue(), until: next) else { continue }
            switch step {
            case .retain(let policy):
                pruning.retain(policy, now: clock())
                tellFill()
            case .keep(let keeping):
                keep(keeping)
            case .load(let requests):
                for request in requests { load(request) }
            case .perform(let operation):
                perform(operation)
            case .prune(let step):
                prune(step)
            case .write(let work):
                guard write(work) else { return }
            case .end:
                return
            }
        }
    }

    /// How long nothing is to be done unless something comes.
    private func untilDue() -> Duration {
        let due = join.nextWaitEnd.map { min($0, pruning.dueAt) } ?? pruning.dueAt
        return max(due - clock(), .milliseconds(1))
    }

    private func next(_ state: inout WriterState) -> Step? {
        if let deadline = state.deadline, ContinuousClock.now >= deadline { return .end }
        if let policy = state.newPolicy.take() { return .retain(policy) }
        // A payment is sent only after this, and its feed may stand still until then.
        if let keeping = state.queue.takeKeeping() { return .keep(keeping) }
        // Then loads: none is due before its updates are written, and under a steady stream of events there is no pause.
        let loads = state.queue.takeLoads()
        if !loads.isEmpty { return .load(loads) }
        if let operation = state.queue.takeOperation() { return .perform(operation) }
        let now = clock()
        if state.deadline == nil, let step = pruning.step(now: now) { return .prune(step) }
        if let work = state.queue.take(now: now) { return .write(work) }
        if state.deadline != nil { return .end }
        return join.isDue(now) ? .write(WriterWork(input: JoinInput(horizon: now))) : nil
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

    private func perform(_ operation: WriterQueue.Operation) {
        do throws(OutboxError) {
            let began = ContinuousClock.now
            let outcome = try outbox.perform(operation.action, now: clock())
            if outcome.changed > 0 { reports.wrote(ContinuousClock.now - began) }
            reports.performed(outcome)
            operation.answer(.success(outcome))
        } catch {
            operation.answer(.failure(error))
        }
    }

    // MARK: Payments

    /// Writes what became of payments, and the own events about it, in a transaction of its own.
    private func keep(_ keeping: WriterQueue.Keeping) {
        let plan = join.next(own: keeping.change.own, from: outbox, judge: judge())
        do throws(OutboxError) {
            let began = ContinuousClock.now
            let commit = try outbox.keep(keeping.change, judged: plan.batch)
            reports.wrote(ContinuousClock.now - began)
            join.wrote(plan, to: outbox, now: clock())
            tell(commit, of: plan.batch)
            keeping.answer(nil)
        } catch {
            keeping.answer(error)
        }
    }

    private func keepWaiting() {
        while let keeping = state.withLock({ $0.queue.takeKeeping() }) { keep(keeping) }
    }

    // MARK: Pruning

    private func prune(_ step: PruneStep) {
        let began = ContinuousClock.now
        do throws(OutboxError) {
            let outcome = try outbox.prune(step)
            let took = ContinuousClock.now - began
            if outcome.hasRemoved { reports.wrote(took) }
            pruning.pruned(outcome, took: took, now: clock())
            tellFill()
            if let count = pruning.takeForgotten(now: clock()) {
                logger.warning(
                    """
                    Payments were forgotten before their 24 hours, to make room: events that follow them find no payment, \
                    and rules on wallets may not match them. Raise outbox.maxSize
                    """, metadata: ["payments": "\(count)"])
            }
        } catch {
            pruning.failed(now: clock())
            logger.error(
                "What need not be kept could not be removed; it is tried again",
                metadata: ["kind": "\(error.kind.rawValue)", "reason": "\(error.reason)"])
        }
    }

    private func tellFill() {
        defer { reports.fill(pruning.fill) }
        guard let fill = pruning.takeFillChange() else { return }
        state.withLock { $0.queue.fill(isFull: fill.level == .full) }
        announcer.update()
        let metadata: Logger.Metadata = [
            "kept": "\(fill.keptSize)", "size": "\(fill.size)", "maxSize": "\(fill.maxSize)",
        ]
        switch fill.level {
        case .roomy:
            logger.notice("The outbox has room again", metadata: metadata)
        case .nearlyFull:
            logger.warning(
                "What has to be kept fills most of the outbox: waiting and dead deliveries, recent payments, the ledger",
                metadata: metadata)
        case .full:
            logger.error(
                """
                What has to be kept fills the outbox: the feeds are not read until deliveries have ended, or \
                outbox.maxSize is raised
                """, metadata: metadata)
        }
    }

    // MARK: Writing

    /// Joins and writes the work, in as many transactions as it takes; false when the time to stop came first.
    private func write(_ work: WriterWork) -> Bool {
        var (input, records) = (work.input, work.records)
        repeat {
            guard let plan = plan(input), write(plan.batch) else { return false }
            let now = clock()
            join.wrote(plan, to: outbox, now: now)
            for fault in plan.faults {
                logger.error(
                    "An event that waited for its payment cannot be read and is given up",
                    metadata: ["feed": "\(fault.feed)", "wait": "\(fault.wait)", "reason": "\(fault.reason)"])
            }
            let written = input.arrivals.prefix(plan.arrivals)
            pruning.wrote(written.reduce(0) { $0 + WriterQueue.size(of: $1) }, now: now)
            state.withLock { $0.queue.finish(written, records: records) }
            announcer.update()
            input.remove(plan)
            records = 0
            keepWaiting()
        } while !input.arrivals.isEmpty
        return true
    }

    /// What to write of the input, however often reading it takes; nil when the time to stop came first.
    private func plan(_ input: JoinInput) -> JoinPlan? {
        var wait = limits.retryInitial
        while true {
            do throws(OutboxError) {
                return try join.next(of: input, from: outbox, judge: judge())
            } catch {
                failed(error)
            }
            guard pause(wait) else { return nil }
            wait = min(wait * 2, limits.retryMax)
        }
    }

    /// Writes the batch, however often it takes; false when the time to stop came first.
    private func write(_ batch: OutboxBatch) -> Bool {
        var wait = limits.retryInitial
        while true {
            do throws(OutboxError) {
                let began = ContinuousClock.now
                let commit = try outbox.commit(batch)
                // Of an empty one nothing was written.
                if !batch.isEmpty { reports.wrote(ContinuousClock.now - began) }
                recovered()
                tell(commit, of: batch)
                return true
            } catch {
                if error.kind == .refused { return isolate(batch, error) }
                failed(error)
            }
            guard pause(wait) else { return false }
            wait = min(wait * 2, limits.retryMax)
        }
    }

    /// The batch is on disk.
    private func tell(_ commit: OutboxCommit, of batch: OutboxBatch) {
        let taken = commit.taken(of: batch.accepted)
        if !taken.isEmpty { reports.taken(taken) }
        reports.committed(commit)
    }

    /// Something in the batch can never be written: halves it until that is alone, so that all else is.
    private func isolate(_ batch: OutboxBatch, _ error: OutboxError) -> Bool {
        if let (first, second) = batch.halves { return write(first) && write(second) }
        logger.critical("The outbox refuses what it has to keep; this is lost", metadata: batch.metadata(error))
        return true
    }

    private func failed(_ error: OutboxError) {
        let waiting = state.withLock { state in
            state.queue.fail(error)
            return state.queue.unwrittenEvents
        }
        announcer.update()
        if troubles.began(error, waiting: waiting, now: clock()) { reports.trouble(error) }
    }

    private func recovered() {
        if troubles.ended() { reports.trouble(nil) }
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
