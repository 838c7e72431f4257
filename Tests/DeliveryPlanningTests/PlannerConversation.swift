import DeliveryPlanning
import RelayModel

/// A planner with one destination `billing`, a clock that the test moves, and short words for what happens.
struct PlannerConversation {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    var planner: DeliveryPlanner
    var now = start
    /// By how much the wall clock was set forward since the start.
    var clockSet = Duration.zero
    /// What the last `advance` said.
    var step = PlannerStep()

    init(
        _ policy: DestinationPolicy = DestinationPolicy(name: "billing"), standing: DestinationStanding? = nil,
        limits: PlannerLimits = .standard, seed: UInt64 = 1, isDiskEmpty: Bool = true
    ) {
        planner = DeliveryPlanner(
            policies: [policy], standings: standing.map { [policy.name: $0] } ?? [:], seed: seed, limits: limits)
        if isDiskEmpty {
            advance()
            loaded([])
        }
    }

    static func delivery(
        _ number: Int64, destination: String = "billing", attempts: Int = 0, notBefore: Timestamp = start,
        failedByOutage: Bool = false, size: Int = 100, type: String = "payment"
    ) -> Delivery {
        let event = Event(
            id: EventID(high: 0, low: UInt64(number)), feed: "payments", type: type, timestamp: start,
            receivedAt: start, sender: nil, recipient: nil, amount: nil, payment: nil,
            data: Array(repeating: 0x20, count: size))
        return Delivery(
            id: DeliveryID(number), event: event, destination: destination, rules: ["all"], format: .standard,
            attempts: attempts, recordedAttempts: attempts, notBefore: notBefore, failedByOutage: failedByOutage)
    }

    mutating func offer(_ numbers: some Sequence<Int64>, size: Int = 100) {
        planner.offer(numbers.map { Self.delivery($0, notBefore: now, size: size) }, now: now)
    }

    mutating func offer(_ number: Int64) {
        offer([number])
    }

    /// What is to be sent now.
    @discardableResult
    mutating func advance(by duration: Duration = .zero) -> [Int64] {
        now = now + duration
        step = planner.advance(now: now)
        return step.attempts.map(\.id.number)
    }

    /// When the planner wants to be called, from now.
    var wake: Duration? { step.wakeAt.map { $0 - now } }

    /// The file names these destinations now; none is remembered by the outbox.
    mutating func reconfigure(_ policies: DestinationPolicy...) {
        planner.reconfigure(policies: policies, standings: [:], now: now)
    }

    mutating func setStop(_ stop: DestinationStanding.Stop?, reason: String? = nil) -> DestinationStanding? {
        planner.setStop(stop, reason: reason, destination: "billing", now: now)
    }

    mutating func loaded(_ deliveries: [Delivery], next: Timestamp? = nil) {
        planner.loaded(deliveries, destination: "billing", next: next, now: now)
    }

    @discardableResult
    mutating func finish(_ number: Int64, _ outcome: AttemptOutcome, after duration: Duration = .zero) -> PlannerVerdict
    {
        let startedAt = now
        now = now + duration
        return planner.finish(
            DeliveryID(number), destination: "billing", outcome: outcome, startedAt: startedAt, duration: duration,
            now: now, wallTime: now + clockSet)
    }

    @discardableResult
    mutating func answer(_ number: Int64, _ status: Int, retryAfter: String? = nil) -> PlannerVerdict {
        finish(number, .answered(status: status, retryAfter: retryAfter, body: []))
    }

    @discardableResult
    mutating func refuse(_ number: Int64) -> PlannerVerdict {
        finish(number, .refused)
    }

    /// Ten attempts in a row that get no answer: the destination is down.
    ///
    /// Uses the numbers 1 to 10.
    mutating func goDown() {
        for number in Int64(1)...10 {
            offer(number)
            advance()
            finish(number, .timedOut)
        }
    }

    var activity: DeliveryPlanner.Activity? { planner.activity(of: "billing") }
}

extension AttemptOutcome {
    /// No request was sent.
    static let refused = AttemptOutcome.failed(
        TransportFailure(stage: .connect, requestSent: false, reason: "connection refused"))
    /// The receiver may have seen the request.
    static let timedOut = AttemptOutcome.failed(
        TransportFailure(stage: .timeout, requestSent: true, reason: "no answer within 15 s"))
}

extension RetryPolicy {
    /// Waits of so many seconds, without jitter.
    static func seconds(_ waits: Int..., giveUpOn: Set<Int> = []) -> RetryPolicy {
        RetryPolicy(
            schedule: waits.map { .seconds($0) }, jitterThousandths: 0, giveUpOn: giveUpOn,
            maxRetryAfter: .seconds(36000))
    }
}
