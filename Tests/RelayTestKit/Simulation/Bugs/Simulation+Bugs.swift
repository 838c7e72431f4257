import OutboxStorage
import OutboxTestKit
import RelayModel

typealias MemoryDelivery = MemoryOutbox.Stored

/// Where those planted bugs are that change what is handed on.
extension Simulation {
    func planted(_ arrival: Arrival) -> Arrival {
        switch arrival {
        case .accepted(let accepted): .accepted(planted(accepted))
        case .payment(let payment, let accepted): .payment(payment, accepted.map(planted))
        case .joining, .notice: arrival
        }
    }

    private func planted(_ accepted: AcceptedEvent) -> AcceptedEvent {
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
        switch bug {
        case .forgetsStandings: batch.standings = [:]
        case .forgetsJoinWaits: batch.waits = []
        case .forgetsPayments: batch.payments = []
        case .repeatsOwnNumbers: batch.ownEvents = nil
        default: break
        }
        return batch
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
