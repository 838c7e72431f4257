import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// Where the planted bugs are.
extension Simulation {
    func planted(_ accepted: AcceptedEvent) -> AcceptedEvent {
        var deliveries = accepted.deliveries
        if bug == .deliversToFirstOnly { deliveries = Array(deliveries.prefix(1)) }
        if bug == .ignoresOrder {
            deliveries = deliveries.map {
                NewDelivery(destination: $0.destination, rules: $0.rules, format: $0.format, lanes: [])
            }
        }
        return AcceptedEvent(event: accepted.event, deliveries: deliveries)
    }

    func planted(_ batch: OutboxBatch) -> OutboxBatch {
        var batch = batch
        if bug == .forgetsStandings { batch.standings = [:] }
        return batch
    }

    func load(_ request: LoadRequest, from outbox: MemoryOutbox) throws(OutboxError) -> DueDeliveries {
        guard bug == .readsYoungestFirst, request.kind == .due else { return try outbox.load(request, now: now) }
        var all = request
        (all.limit, all.byteLimit) = (.max, .max)
        var due = try outbox.load(all, now: now)
        if due.deliveries.count > request.limit { due.next = due.deliveries[0].notBefore }
        due.deliveries = Array(due.deliveries.suffix(request.limit))
        return due
    }

    func planted(_ outcome: AttemptOutcome) -> AttemptOutcome {
        guard bug == .ignoresRetryAfter, case .answered(let status, _, let body) = outcome else { return outcome }
        return .answered(status: status, retryAfter: nil, body: body)
    }

    func planted(_ update: DeliveryUpdate) -> DeliveryUpdate {
        guard bug == .forgetsWaits else { return update }
        return DeliveryUpdate(
            id: update.id, destination: update.destination, state: update.state, attempts: update.attempts,
            notBefore: update.attempt.startedAt, failedByOutage: update.failedByOutage, attempt: update.attempt)
    }
}
