import DeliveryPlanning
import Logging
import RelayConfig
import RelayModel
import WebhookSigning

/// What the dispatcher's thread does in one turn, and what it keeps between turns.
struct DispatchLoop: Sendable {
    private struct Attempt {
        let delivery: DeliveryID
        let destination: String
        let event: EventID
        let startedAt: Timestamp
        /// Its `webhook-timestamp`.
        let signedAt: Int64
    }

    /// The longest wait while nothing is planned.
    private static let idleWait = Duration.seconds(3600)
    /// The shortest, so that a plan for the past does not keep the processor busy.
    private static let leastWait = Duration.milliseconds(1)

    private var signers: [String: WebhookSigner]
    private var planner: DeliveryPlanner
    private let transport: any HTTPTransport
    private let clock: RelayClock
    private let logger: Logger
    private let record: WebhookDispatcher.Record
    private let load: WebhookDispatcher.Load
    private let tally: AttemptTally

    /// By the request's token, which is the delivery's number: a delivery is in flight once at most.
    private var inFlight: [UInt64: Attempt] = [:]
    private var isStopping = false
    private var failures = FailureLog()
    private var deaths = FailureLog()

    init(
        destinations: [SignedDestination], planner: DeliveryPlanner, transport: any HTTPTransport,
        clock: RelayClock, logger: Logger, tally: AttemptTally, record: @escaping WebhookDispatcher.Record,
        load: @escaping WebhookDispatcher.Load
    ) {
        signers = Self.signers(of: destinations)
        self.planner = planner
        self.transport = transport
        self.clock = clock
        self.logger = logger
        self.tally = tally
        self.record = record
        self.load = load
    }

    private static func signers(of destinations: [SignedDestination]) -> [String: WebhookSigner] {
        Dictionary(destinations.map { ($0.configuration.name, $0.signer) }, uniquingKeysWith: { first, _ in first })
    }

    /// Takes what came in, starts what is due, waits, and takes in what ended.
    ///
    /// Returns false after the last turn.
    mutating func turn(_ batch: DispatcherInbox.Batch) -> Bool {
        let now = clock.now
        for message in batch.messages { take(message, now: now) }
        if batch.deadline != nil, !isStopping {
            isStopping = true
            planner.stopStarting()
        }
        let step = planner.advance(now: now)
        for request in step.loads { load(request) }
        start(step.attempts, now: now)
        if let deadline = batch.deadline {
            if now >= deadline {
                finish(transport.wait(timeout: .zero))
                cancel()
            }
            if inFlight.isEmpty { return false }
        }
        finish(transport.wait(timeout: wait(until: [step.wakeAt, batch.deadline], now: now)))
        return true
    }

    private mutating func take(_ message: DispatcherInbox.Message, now: Timestamp) {
        switch message {
        case .offer(let deliveries):
            planner.offer(deliveries, now: now)
        case .loaded(let deliveries, let destination, let next):
            planner.loaded(deliveries, destination: destination, next: next, now: now)
        case .loadFailed(let destination):
            planner.loadFailed(destination: destination, now: now)
        case .performed(let ready, let withdrawn):
            planner.withdraw(withdrawn)
            planner.renew(ready, now: now)
        case .reconfigure(let destinations, let standings):
            reconfigure(destinations, standings: standings, now: now)
        case .setStop(let stop, let reason, let destination, let reply):
            let standing = planner.setStop(stop, reason: reason, destination: destination, now: now)
            if let standing { record([], [destination: standing], []) }
            reply.resume(returning: standing)
        case .activity(let reply):
            reply.resume(returning: planner.activity)
        }
    }

    private mutating func reconfigure(
        _ destinations: [SignedDestination], standings: [String: DestinationStanding], now: Timestamp
    ) {
        signers = Self.signers(of: destinations)
        transport.replace(destinations.map(\.configuration))
        planner.reconfigure(
            policies: destinations.map(\.configuration.policy), standings: standings, now: now)
    }

    private mutating func start(_ deliveries: [Delivery], now: Timestamp) {
        guard !deliveries.isEmpty else { return }
        // Receivers compare it with their clock, so it is the wall clock's, unlike every wait.
        let seconds = RelayClock.wallTime.seconds
        for delivery in deliveries {
            guard let signer = signers[delivery.destination] else {
                // Planner and signers change together, so this is a fault of the relay: it must not cost the other destinations.
                logger.critical(
                    "Delivery has no destination to go to and stays on disk",
                    metadata: ["destination": "\(delivery.destination)", "delivery": "\(delivery.id)"])
                continue
            }
            let message = WebhookMessage(
                delivery.event, rules: delivery.rules, format: delivery.format, signer: signer, signedAt: seconds)
            let token = UInt64(bitPattern: delivery.id.number)
            inFlight[token] = Attempt(
                delivery: delivery.id, destination: delivery.destination, event: delivery.event.id, startedAt: now,
                signedAt: seconds)
            // One by one: the transport copies the body, and so no more than one of them is in memory twice.
            transport.start([
                HTTPRequest(
                    token: token, endpoint: delivery.destination, headers: message.headers, body: message.body)
            ])
        }
    }

    private func wait(until moments: [Timestamp?], now: Timestamp) -> Duration {
        guard let first = moments.compactMap({ $0 }).min() else { return Self.idleWait }
        return min(max(first - now, Self.leastWait), Self.idleWait)
    }

    private mutating func finish(_ results: [HTTPResult]) {
        guard !results.isEmpty else { return }
        let now = clock.now
        let wallTime = RelayClock.wallTime
        var updates: [DeliveryUpdate] = []
        updates.reserveCapacity(results.count)
        var latencies: [Duration?] = []
        latencies.reserveCapacity(results.count)
        var standings: [String: DestinationStanding] = [:]
        var own: [OwnEvent] = []
        for result in results {
            guard let attempt = inFlight.removeValue(forKey: result.token) else { continue }
            let verdict = planner.finish(
                attempt.delivery, destination: attempt.destination, outcome: result.outcome,
                startedAt: attempt.startedAt, signedAt: attempt.signedAt, duration: result.duration, now: now,
                wallTime: wallTime)
            updates.append(verdict.update)
            latencies.append(verdict.latency)
            own += verdict.own
            if let standing = verdict.standing { standings[attempt.destination] = standing }
            if logger.logLevel <= .debug { log(attempt, verdict.update) }
            logTurn(attempt, verdict, now: now)
            for notice in verdict.notices { log(notice, now: now) }
        }
        tally.count(updates, latencies: latencies)
        record(updates, standings, own)
    }

    private mutating func cancel() {
        guard !inFlight.isEmpty else { return }
        transport.cancelAll()
        logger.warning(
            "Attempts were still in flight at the end and are cancelled; they are sent again at the next start",
            metadata: ["count": "\(inFlight.count)"])
        inFlight = [:]
    }

    private func log(_ attempt: Attempt, _ update: DeliveryUpdate) {
        logger.debug(
            "Attempt ended",
            metadata: [
                "destination": "\(attempt.destination)", "delivery": "\(attempt.delivery)", "event": "\(attempt.event)",
                "attempt": "\(update.attempt.number)", "state": "\(update.state)",
                "status": "\(update.attempt.status.map(String.init) ?? "none")",
                "reason": "\(update.attempt.error ?? "none")",
            ])
    }

    /// Logs where a destination begins to fail, that it goes on, and where it succeeds again, unless a notice tells more.
    private mutating func logTurn(_ attempt: Attempt, _ verdict: PlannerVerdict, now: Timestamp) {
        let update = verdict.update
        guard let reason = update.attempt.error else {
            if let count = failures.succeeded(attempt.destination), verdict.notices.isEmpty {
                logger.notice(
                    "Destination takes webhooks again",
                    metadata: ["destination": "\(attempt.destination)", "failures": "\(count)"])
            }
            return
        }
        guard verdict.notices.isEmpty, let unlogged = failures.failed(attempt.destination, at: now) else { return }
        logger.warning(
            "Attempt failed; it is tried again by the schedule",
            metadata: [
                "destination": "\(attempt.destination)", "delivery": "\(attempt.delivery)", "event": "\(attempt.event)",
                "attempt": "\(update.attempt.number)", "reason": "\(reason)", "unlogged": "\(unlogged)",
            ])
    }

    private mutating func log(_ notice: PlannerNotice, now: Timestamp) {
        switch notice {
        case .destinationDown(let destination, let reason):
            logger.warning(
                "Destination is down; one attempt at a time finds out when it is back",
                metadata: ["destination": "\(destination)", "reason": "\(reason)"])
        case .destinationUp(let destination):
            logger.notice("Destination answers again", metadata: ["destination": "\(destination)"])
        case .destinationDisabled(let destination, let reason):
            logger.error(
                "Destination is disabled; its events are kept until it is resumed",
                metadata: ["destination": "\(destination)", "reason": "\(reason)"])
        case .deliveryDead(let destination, let delivery, let event, let reason):
            guard let unlogged = deaths.failed(destination, at: now) else { return }
            logger.error(
                "Delivery is dead; it is kept and can be replayed",
                metadata: [
                    "destination": "\(destination)", "delivery": "\(delivery)", "event": "\(event)",
                    "reason": "\(reason)", "unlogged": "\(unlogged)",
                ])
        }
    }
}
