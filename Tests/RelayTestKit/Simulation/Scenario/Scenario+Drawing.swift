import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// What comes and what goes wrong, drawn by chance.
extension Scenario {
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

    static func limits(using random: inout SeededGenerator) -> PlannerLimits {
        var limits = PlannerLimits()
        limits.windowCount = [1, 2, 4, 16, 2048].randomElement(using: &random) ?? 1
        limits.windowBytes = [100, 2000, 8 << 20].randomElement(using: &random) ?? 100
        limits.flightBytes = [1, 3000, 32 << 20].randomElement(using: &random) ?? 1
        limits.totalFlightBytes = [1, 8000, 256 << 20].randomElement(using: &random) ?? 1
        return limits
    }

    static func writerLimits(using random: inout SeededGenerator) -> WriterLimits {
        var limits = WriterLimits()
        limits.eventsPerCommit = [1, 2, 5, 1000].randomElement(using: &random) ?? 1
        limits.updatesPerCommit = [1, 3, 4000].randomElement(using: &random) ?? 1
        limits.highWaterEvents = [4, 20, 8192].randomElement(using: &random) ?? 4
        limits.join.waits = [1, 3, 500].randomElement(using: &random) ?? 1
        return limits
    }

    // MARK: Feeds

    static func emissions(
        _ span: Duration, _ feeds: [String], using random: inout SeededGenerator
    ) -> [Emission] {
        var moments = (0..<Int.random(in: 5...60, using: &random)).map { _ in
            Self.start + span * Int.random(in: 0...1000, using: &random) / 1000
        }
        // Bursts, which overflow a window or a transaction.
        if let burst = moments.randomElement(using: &random), random.chance(500) {
            moments += Array(repeating: burst, count: Int.random(in: 1...30, using: &random))
        }
        var known: [SimulatedMessage] = []
        var emissions: [Emission] = []
        func emit(_ message: SimulatedMessage, at moment: Timestamp) {
            known.append(message)
            emissions.append(Emission(at: moment, message: message))
        }
        for moment in moments.sorted() {
            let message = Self.message(known, feeds, using: &random)
            emit(message, at: moment)
            // Its payment comes soon after it and others like it, or a little too late.
            guard message.joins, random.chance(400) else { continue }
            let others = [0, 0, 1, 3].randomElement(using: &random) ?? 0
            for _ in 0..<others {
                var other = Self.message([], [message.feed], using: &random)
                other.serial = known.count
                other.turn(into: .settlement, of: message.paymentId, using: &random)
                emit(other, at: moment)
            }
            var payment = Self.message([], [message.feed], using: &random)
            payment.serial = known.count
            payment.turn(into: .payment, of: message.paymentId, using: &random)
            let wait =
                random.chance(200)
                ? Int.random(in: 9900...10_100, using: &random) : Int.random(in: 0...12_000, using: &random)
            emit(payment, at: moment + .milliseconds(wait))
        }
        return emissions.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// A new event, or one of `known` once more: the same bytes, or another version of it.
    private static func message(
        _ known: [SimulatedMessage], _ feeds: [String], using random: inout SeededGenerator
    ) -> SimulatedMessage {
        if random.chance(150), var message = known.randomElement(using: &random) {
            if random.chance(500) {
                message.version += 1
                if message.amount != nil { message.amount = Int.random(in: 0...1000, using: &random) }
            }
            return message
        }
        var message = SimulatedMessage(
            feed: feeds.randomElement(using: &random) ?? feeds[0], kind: .notice, serial: known.count)
        message.turn(
            into: SimulatedMessage.Kind.allCases.randomElement(using: &random) ?? .payment,
            of: "payment\(Int.random(in: 1...6, using: &random))", using: &random)
        return message
    }

    static func feedFaults(
        _ feeds: [String], until end: Timestamp, using random: inout SeededGenerator
    ) -> [FeedFault] {
        let total = end - Self.start
        return (0..<(random.chance(700) ? Int.random(in: 1...10, using: &random) : 0)).map { _ in
            let wait = Duration.seconds(Int.random(in: 1...40, using: &random))
            let connection = Int.random(in: 0...2, using: &random)
            let kinds: [FeedFault.Kind] = [
                .drop(connection), .drop(connection), .dropAll, .silence(connection), .outage(wait),
                .refusesWallets(wait * 10), .answersLate(wait),
            ]
            return FeedFault(
                at: Self.start + total * Int.random(in: 0...900, using: &random) / 1000,
                feed: feeds.randomElement(using: &random) ?? feeds[0],
                kind: kinds.randomElement(using: &random) ?? .dropAll)
        }
    }

    // MARK: The machine and its operator

    static func crashes(until end: Timestamp, using random: inout SeededGenerator) -> [Crash] {
        let total = end - Self.start
        return (0..<(random.chance(600) ? Int.random(in: 1...6, using: &random) : 0)).map { _ in
            Crash(
                at: Self.start + total * Int.random(in: 0...950, using: &random) / 1000,
                moment: Crash.Moment.allCases.randomElement(using: &random) ?? .atOnce,
                restartAfter: .milliseconds(Int.random(in: 1...20_000, using: &random)))
        }
    }

    static func suspensions(until end: Timestamp, using random: inout SeededGenerator) -> [Suspension] {
        guard random.chance(150) else { return [] }
        let total = end - Self.start
        return [
            Suspension(
                at: Self.start + total * Int.random(in: 0...900, using: &random) / 1000,
                length: .seconds(Int.random(in: 1...120, using: &random)))
        ]
    }

    static func wallSteps(until end: Timestamp, using random: inout SeededGenerator) -> [(
        at: Timestamp, offset: Duration
    )] {
        let total = end - Self.start
        let moments = (0..<2).map { _ in Self.start + total * Int.random(in: 0...900, using: &random) / 1000 }
        return moments.sorted().map { ($0, .seconds(Int.random(in: -4000...4000, using: &random))) }
    }

    static func operatorSteps(
        _ destinations: [String], reloads: Int, until end: Timestamp, using random: inout SeededGenerator
    ) -> [OperatorStep] {
        let total = end - Self.start
        func moment() -> Timestamp { Self.start + total * Int.random(in: 0...900, using: &random) / 1000 }
        var steps: [OperatorStep] = []
        if random.chance(300) {
            for destination in destinations where random.chance(500) {
                let from = moment()
                steps.append(OperatorStep(at: from, act: .stop(destination, .paused)))
                let to = from + .seconds(Int.random(in: 1...600, using: &random))
                steps.append(OperatorStep(at: to, act: .stop(destination, nil)))
            }
        }
        if random.chance(500) {
            let acts: [OperatorStep.Act] = [
                .retry, .discard, .discard, .replayDestination, .replayRule, .replayEvent,
            ]
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                steps.append(OperatorStep(at: moment(), act: acts.randomElement(using: &random) ?? .retry))
            }
        }
        let moments = (0..<reloads).map { _ in moment() }.sorted()
        for (index, moment) in moments.enumerated() {
            steps.append(OperatorStep(at: moment, act: .reload(index + 1)))
        }
        // In the calm everybody is configured again and resumed; once more after what was in flight, which may have been a 410.
        steps.append(OperatorStep(at: end, act: .reload(reloads + 1)))
        for destination in destinations {
            for wait in [1, 60] { steps.append(OperatorStep(at: end + .seconds(wait), act: .stop(destination, nil))) }
        }
        return steps
    }
}

extension SimulatedMessage {
    /// Becomes an event of this kind and payment, with the fields that such have.
    fileprivate mutating func turn(into kind: Kind, of payment: String?, using random: inout SeededGenerator) {
        let wallets = (1...4).map { "wallet\($0)" }
        self.kind = kind
        (paymentId, sender, recipient, amount) = (nil, nil, nil, nil)
        guard kind != .notice else { return }
        paymentId = payment
        if kind == .payment { sender = wallets.randomElement(using: &random) }
        if kind == .payment || kind == .verification && random.chance(700) {
            recipient = wallets.randomElement(using: &random)
        }
        if kind == .payment || random.chance(kind == .verification ? 700 : 300) {
            amount = Int.random(in: 0...1000, using: &random)
        }
    }
}
