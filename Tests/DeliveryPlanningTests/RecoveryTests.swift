import DeliveryPlanning
import RelayModel
import Testing

/// How a large backlog leaves after an outage: a receiver and a disk on a clock of their own.
@Suite struct RecoveryTests {
    /// A destination whose receiver is back at `backAt`; each answer takes `latency`.
    private struct World {
        /// What a receiver that is down does.
        enum Fault: CaseIterable {
            case refuses, hangs, isBusy

            var duration: Duration { self == .hangs ? .seconds(15) : .zero }
            var outcome: AttemptOutcome {
                switch self {
                case .refuses: .refused
                case .hangs: .timedOut
                case .isBusy: .answered(status: 503, retryAfter: nil, body: [])
                }
            }
        }

        private struct Flight {
            let number: Int64
            let startedAt: Timestamp
            let endsAt: Timestamp
            let outcome: AttemptOutcome
        }

        var talk: PlannerConversation
        let fault: Fault
        let backAt: Timestamp
        let latency = Duration.milliseconds(20)
        /// What waits on disk, the oldest first: all of it due until it is attempted.
        private var unattempted: Range<Int64>
        private var postponed: [Int64: Delivery] = [:]
        private var flights: [Flight] = []
        private(set) var delivered: [Int64] = []
        private(set) var deadCount = 0
        private(set) var most = 0
        /// When so many were in flight at once as the destination takes.
        private(set) var fullAt: Timestamp?
        private(set) var endedAt: Timestamp?

        init(_ policy: DestinationPolicy, backlog: Int64, fault: Fault) {
            self.fault = fault
            talk = PlannerConversation(policy, isDiskEmpty: false)
            backAt = talk.now + .seconds(300)
            unattempted = 1..<backlog + 1
        }

        mutating func run(concurrency: Int) {
            let count = unattempted.count
            while delivered.count + deadCount < count {
                begin()
                most = max(most, flights.count)
                if talk.now >= backAt, flights.count == concurrency { fullAt = fullAt ?? talk.now }
                // The next thing that happens: an answer, or the moment that the planner waits for.
                let moments = [flights.map(\.endsAt).min(), talk.step.wakeAt].compactMap { $0 }
                guard let next = moments.min() else { return }
                talk.now = max(talk.now, next)
                for flight in flights where flight.endsAt <= talk.now { end(flight) }
                flights.removeAll { $0.endsAt <= talk.now }
            }
            endedAt = talk.now
        }

        private mutating func begin() {
            var begun = talk.advance()
            while !begun.isEmpty || !talk.step.loads.isEmpty {
                let isBack = talk.now >= backAt
                for number in begun {
                    if number == unattempted.lowerBound { unattempted = number + 1..<unattempted.upperBound }
                    flights.append(
                        Flight(
                            number: number, startedAt: talk.now,
                            endsAt: talk.now + (isBack ? latency : fault.duration),
                            outcome: isBack ? .answered(status: 200, retryAfter: nil, body: []) : fault.outcome))
                }
                for request in talk.step.loads { load(request) }
                begun = talk.advance()
            }
        }

        private mutating func end(_ flight: Flight) {
            let update = talk.planner.finish(
                DeliveryID(flight.number), destination: "billing", outcome: flight.outcome,
                startedAt: flight.startedAt, duration: flight.endsAt - flight.startedAt, now: talk.now,
                wallTime: talk.now
            ).update
            postponed[flight.number] = nil
            switch update.state {
            case .delivered: delivered.append(flight.number)
            case .pending:
                postponed[flight.number] = PlannerConversation.delivery(
                    flight.number, attempts: update.attempts, notBefore: update.notBefore,
                    failedByOutage: update.failedByOutage)
            case .dead, .discarded: deadCount += 1
            }
        }

        private mutating func load(_ request: LoadRequest) {
            let flying = Set(flights.map(\.number))
            let others = postponed.values.filter {
                !request.excluding.contains($0.id) && !flying.contains($0.id.number)
            }
            switch request.kind {
            case .outageFailures:
                let failed = others.filter(\.failedByOutage).sorted { $0.id < $1.id }
                talk.loaded(Array(failed.prefix(request.limit)))
            case .due:
                let fresh = unattempted.lazy.filter { !request.excluding.contains(DeliveryID($0)) }
                    .prefix(request.limit + 1).map { PlannerConversation.delivery($0) }
                let all = (others + fresh).sorted { ($0.notBefore, $0.id) < ($1.notBefore, $1.id) }
                let due = all.filter { $0.notBefore <= talk.now }.prefix(request.limit)
                talk.loaded(Array(due), next: all.dropFirst(due.count).first?.notBefore)
            }
        }
    }

    @Test(arguments: World.Fault.allCases, [1, 16])
    private func `within 6 s after a receiver is back its backlog flows at full speed`(
        fault: World.Fault, concurrency: Int
    ) throws {
        let backlog: Int64 = 20_000
        var world = World(DestinationPolicy(name: "billing", concurrency: concurrency), backlog: backlog, fault: fault)
        world.run(concurrency: concurrency)
        #expect(world.delivered.count == Int(backlog))
        #expect(world.deadCount == 0)
        #expect(world.most <= concurrency)
        let full = try #require(world.fullAt) - world.backAt
        #expect(full <= .seconds(6) + fault.duration)
        // From there on nothing ever waits for anything but the receiver.
        let rounds = Int(backlog) / concurrency
        let ended = try #require(world.endedAt) - world.backAt
        #expect(ended <= .seconds(6) + fault.duration + world.latency * (rounds + 2))
        // What failed during the outage goes first, and all the rest in the order of its acceptance.
        let early = Set(world.delivered.prefix(200))
        #expect(Set(1...100).isSubset(of: early))
        let rest = world.delivered.drop { $0 <= 200 }.filter { $0 > 200 }
        #expect(rest == rest.sorted())
    }
}
