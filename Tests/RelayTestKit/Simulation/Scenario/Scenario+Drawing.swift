import DeliveryPlanning
import OutboxTestKit
import RelayModel

/// The parts of a scenario, drawn by chance.
extension Scenario {
    static func policy(_ number: Int, using random: inout SeededGenerator) -> DestinationPolicy {
        let schedules: [[Int]] = [[1, 1, 1], [5, 30, 120, 600], [2, 3600], [60, 60, 60, 60, 60, 60, 60], [7200]]
        let rates = [1, 10, 60].map { Rate(count: Int.random(in: 1...20, using: &random), interval: .seconds($0)) }
        return DestinationPolicy(
            name: "destination\(number)", concurrency: [1, 2, 5, 16].randomElement(using: &random) ?? 1,
            rate: random.chance(400) ? rates.randomElement(using: &random) : nil,
            order: DeliveryOrder.allCases.randomElement(using: &random) ?? .payment,
            retry: RetryPolicy(
                schedule: (schedules.randomElement(using: &random) ?? [1]).map { .seconds($0) },
                jitterThousandths: [0, 200, 1000].randomElement(using: &random) ?? 0,
                giveUpOn: random.chance(300) ? [404] : [],
                maxRetryAfter: .seconds([60, 3600].randomElement(using: &random) ?? 60)),
            disableAfter: .seconds(random.chance(200) ? 600 : 5 * 86_400))
    }

    static func receiver(until end: Timestamp, using random: inout SeededGenerator) -> SimulatedReceiver {
        let moods: [[SimulatedReceiver.Conduct]] = [
            [.status(200)],
            [.status(200), .status(204), .status(500)],
            [.refuses], [.hangs], [.cuts], [.status(503)], [.status(404), .status(200)],
            [.later(503, seconds: 30), .status(503)],
            [.later(429, seconds: 100), .laterByDate(429, seconds: 40), .laterByNonsense(429), .status(200)],
            [
                .status(200), .status(302), .status(404), .status(500), .status(502), .refuses, .hangs, .cuts,
                .later(503, seconds: 7), .laterByDate(503, seconds: 9000), .laterByNonsense(504),
            ],
            Array(repeating: .status(200), count: 30) + [.status(410)],
        ]
        let total = end - Self.start
        let ends = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            Self.start + total * Int.random(in: 1...1000, using: &random) / 1000
        }
        let phases = ends.sorted().map {
            SimulatedReceiver.Phase(until: $0, conducts: moods.randomElement(using: &random) ?? [.status(200)])
        }
        return SimulatedReceiver(phases: phases, isHealed: !random.chance(100))
    }

    static func rule(_ number: Int, _ destinations: [String], using random: inout SeededGenerator) -> SimulatedRule {
        let conditions: [SimulatedRule.Condition] = [
            .all, .kinds([.payment]), .kinds([.payment, .settlement]), .recipient("wallet1"), .amountAtLeast(500),
        ]
        let some = destinations.filter { _ in random.chance(600) }
        return SimulatedRule(
            name: "rule\(number)", condition: conditions.randomElement(using: &random) ?? .all,
            deliverTo: some.isEmpty ? [destinations[0]] : some)
    }

    static func limits(using random: inout SeededGenerator) -> PlannerLimits {
        var limits = PlannerLimits()
        limits.windowCount = [1, 2, 4, 16, 2048].randomElement(using: &random) ?? 1
        limits.windowBytes = [100, 2000, 8 << 20].randomElement(using: &random) ?? 100
        limits.flightBytes = [1, 3000, 32 << 20].randomElement(using: &random) ?? 1
        limits.totalFlightBytes = [1, 8000, 256 << 20].randomElement(using: &random) ?? 1
        return limits
    }

    static func arrivals(_ span: Duration, using random: inout SeededGenerator) -> [Arrival] {
        var moments = (0..<Int.random(in: 5...150, using: &random)).map { _ in
            Self.start + span * Int.random(in: 0...1000, using: &random) / 1000
        }
        // Bursts, which overflow a window.
        if let burst = moments.randomElement(using: &random), random.chance(500) {
            moments += Array(repeating: burst, count: Int.random(in: 1...50, using: &random))
        }
        var known: [SimulatedMessage] = []
        return moments.sorted().map { moment in
            let message = Self.message(known, using: &random)
            known.append(message)
            return Arrival(at: moment, message: message)
        }
    }

    /// A new event, or one of `known` once more: the same bytes, or another version of it.
    private static func message(_ known: [SimulatedMessage], using random: inout SeededGenerator) -> SimulatedMessage {
        if random.chance(150), var message = known.randomElement(using: &random) {
            if random.chance(500) {
                message.version += 1
                if message.amount != nil { message.amount = Int.random(in: 0...1000, using: &random) }
            }
            return message
        }
        let wallets = (1...4).map { "wallet\($0)" }
        var message = SimulatedMessage(
            kind: SimulatedMessage.Kind.allCases.randomElement(using: &random) ?? .payment, serial: known.count)
        if message.kind != .notice { message.paymentId = "payment\(Int.random(in: 1...6, using: &random))" }
        if message.kind == .payment { message.sender = wallets.randomElement(using: &random) }
        if message.kind == .payment || message.kind == .verification {
            message.recipient = wallets.randomElement(using: &random)
        }
        if message.kind != .notice { message.amount = Int.random(in: 0...1000, using: &random) }
        return message
    }

    static func crashes(until end: Timestamp, using random: inout SeededGenerator) -> [Crash] {
        let total = end - Self.start
        return (0..<(random.chance(600) ? Int.random(in: 1...6, using: &random) : 0)).map { _ in
            Crash(
                at: Self.start + total * Int.random(in: 0...950, using: &random) / 1000,
                moment: Crash.Moment.allCases.randomElement(using: &random) ?? .atOnce,
                restartAfter: .milliseconds(Int.random(in: 0...20_000, using: &random)))
        }
    }

    static func pauses(
        _ destinations: [String], until end: Timestamp, using random: inout SeededGenerator
    ) -> [Pause] {
        let total = end - Self.start
        return destinations.filter { _ in random.chance(500) }.map { destination in
            let from = Self.start + total * Int.random(in: 0...900, using: &random) / 1000
            return Pause(
                destination: destination, from: from,
                to: from + .seconds(Int.random(in: 1...600, using: &random)))
        }
    }
}
