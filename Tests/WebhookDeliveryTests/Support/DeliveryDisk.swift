import DeliveryPlanning
import Logging
import RelayConfig
import RelayModel
import Synchronization

@testable import WebhookDelivery

/// A dispatcher over an outbox in memory: what is not delivered waits in it, and is read back when it is asked for.
final class DeliveryDisk: Sendable {
    private struct State {
        var waiting: [DeliveryID: Delivery] = [:]
        var updates: [DeliveryUpdate] = []
        var standings: [String: DestinationStanding] = [:]
        var dispatcher: WebhookDispatcher?
    }

    private let state = Mutex(State())
    private let clock: RelayClock
    /// What a delivery queues behind others in; nil for one that is free.
    private let lane: @Sendable (Delivery) -> Int64?

    init(
        _ destinations: [DestinationConfiguration], transport: any HTTPTransport, limits: PlannerLimits,
        lane: @escaping @Sendable (Delivery) -> Int64? = { _ in nil }
    ) throws {
        let clock = RelayClock()
        self.clock = clock
        self.lane = lane
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let dispatcher = try WebhookDispatcher(
            destinations: destinations, standings: [:], seed: 1, limits: limits, transport: transport, clock: clock,
            logger: logger,
            record: { [self] updates, standings, _ in record(updates, standings) },
            load: { [self] request in load(request) })
        state.withLock { $0.dispatcher = dispatcher }
        dispatcher.start()
    }

    var dispatcher: WebhookDispatcher? { state.withLock(\.dispatcher) }
    var updates: [DeliveryUpdate] { state.withLock(\.updates) }

    func attempts(to destination: String) -> Int {
        state.withLock { $0.updates.count { $0.destination == destination } }
    }

    func waiting(for destination: String) -> Int {
        state.withLock { $0.waiting.values.count { $0.destination == destination } }
    }

    /// Accepts deliveries in the order of their ids.
    func accept(_ deliveries: [Delivery]) {
        let ready = state.withLock { state in
            for delivery in deliveries { state.waiting[delivery.id] = delivery }
            return deliveries.filter { isReady($0, state) }
        }
        dispatcher?.offer(ready)
    }

    private func isReady(_ delivery: Delivery, _ state: State) -> Bool {
        guard let mine = lane(delivery) else { return true }
        return !state.waiting.values.contains {
            $0.id < delivery.id && $0.destination == delivery.destination && lane($0) == mine
        }
    }

    private func record(_ updates: [DeliveryUpdate], _ standings: [String: DestinationStanding]) {
        let ready = state.withLock { state in
            state.updates += updates
            state.standings.merge(standings) { _, new in new }
            var ready: [Delivery] = []
            for update in updates {
                guard var delivery = state.waiting[update.id] else { continue }
                delivery.attempts = update.attempts
                delivery.recordedAttempts = update.attempt.number
                delivery.notBefore = update.notBefore
                delivery.failedByOutage = update.failedByOutage
                state.waiting[update.id] = update.state == .pending ? delivery : nil
                guard update.state != .pending, let mine = lane(delivery) else { continue }
                let next = state.waiting.values.filter {
                    $0.destination == delivery.destination && lane($0) == mine
                }
                ready += next.min { $0.id < $1.id }.map { [$0] } ?? []
            }
            return ready
        }
        dispatcher?.offer(ready.sorted { $0.id < $1.id })
    }

    private func load(_ request: LoadRequest) {
        let now = clock.now
        let (deliveries, next) = state.withLock { state in
            let ready = state.waiting.values.filter {
                $0.destination == request.destination && !request.excluding.contains($0.id) && isReady($0, state)
            }
            switch request.kind {
            case .due:
                let all = ready.sorted { ($0.notBefore, $0.id) < ($1.notBefore, $1.id) }
                let due = Array(all.prefix { $0.notBefore <= now }.prefix(request.limit))
                return (due, all.dropFirst(due.count).first?.notBefore)
            case .outageFailures:
                // Those that failed after the moment are few and may come along: they are due twice, which harms nothing.
                let failed = ready.filter(\.failedByOutage).sorted { $0.id < $1.id }
                return (Array(failed.prefix(request.limit)), nil)
            }
        }
        dispatcher?.loaded(deliveries, destination: request.destination, next: next)
    }
}
