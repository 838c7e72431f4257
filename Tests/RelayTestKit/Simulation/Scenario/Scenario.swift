import DeliveryPlanning
import OutboxTestKit
import RelayModel

/// Who there is, what comes and what goes wrong: all that a seed decides beforehand.
struct Scenario: Sendable {
    /// The feed's name.
    static let feed = "payments"
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    struct Arrival: Sendable {
        let at: Timestamp
        let message: SimulatedMessage
    }

    /// The relay dies and starts anew.
    struct Crash: Sendable {
        enum Moment: CaseIterable, Sendable {
            case atOnce
            /// At the end of a transaction, of which nothing is written.
            case beforeSync
            /// At the end of a transaction, all of which is written, though nobody was told.
            case afterSync
        }

        let at: Timestamp
        let moment: Moment
        let restartAfter: Duration
    }

    /// An operator pauses a destination for a while.
    struct Pause: Sendable {
        let destination: String
        let from: Timestamp
        let to: Timestamp
    }

    let policies: [DestinationPolicy]
    let receivers: [String: SimulatedReceiver]
    let rules: [SimulatedRule]
    let limits: PlannerLimits
    let arrivals: [Arrival]
    let crashes: [Crash]
    let pauses: [Pause]
    /// Of a thousand transactions and of a thousand loads.
    let failingCommits: Int
    let failingLoads: Int
    /// From here on nothing goes wrong any more, and an operator resumes what is disabled.
    let calmAt: Timestamp

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Few faults in some histories and many in others find more than the same middling lot in all of them.
        let span = Duration.seconds([60, 600, 3600].randomElement(using: &random) ?? 60)
        let calmAt = Self.start + span + .seconds(Int.random(in: 0...1800, using: &random))
        self.calmAt = calmAt
        policies = (1...Int.random(in: 1...4, using: &random)).map { Self.policy($0, using: &random) }
        let names = policies.map(\.name)
        var receivers: [String: SimulatedReceiver] = [:]
        for name in names { receivers[name] = Self.receiver(until: calmAt, using: &random) }
        self.receivers = receivers
        rules = (1...Int.random(in: 1...4, using: &random)).map { Self.rule($0, names, using: &random) }
        limits = Self.limits(using: &random)
        arrivals = Self.arrivals(span, using: &random)
        crashes = Self.crashes(until: calmAt, using: &random)
        pauses = random.chance(300) ? Self.pauses(names, until: calmAt, using: &random) : []
        failingCommits = [0, 0, 50, 300].randomElement(using: &random) ?? 0
        failingLoads = [0, 0, 100, 500].randomElement(using: &random) ?? 0
    }

    /// The destinations that the rules name for a message.
    func destinations(of message: SimulatedMessage) -> Set<String> {
        Set(rules.filter { $0.matches(message) }.flatMap(\.deliverTo))
    }

    /// What a delivery of a message queues behind, as the contract's section 4 says it.
    func lanes(of message: SimulatedMessage, _ order: DeliveryOrder) -> Set<String> {
        switch order {
        case .none: return []
        case .all: return ["all"]
        case .wallet where !message.wallets.isEmpty: return Set(message.wallets.map { "wallet \($0)" })
        case .wallet, .payment: return Set([message.paymentId].compactMap { $0 }.map { "payment \($0)" })
        }
    }

    /// Whether the destination takes what is sent to it in the end.
    func isHealed(_ destination: String) -> Bool {
        receivers[destination]?.isHealed ?? false
    }
}
