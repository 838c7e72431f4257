import DeliveryPlanning
package import OutboxStorage
package import RelayModel

extension MemoryOutbox {
    /// A delivery as it is kept.
    package struct Stored: Sendable {
        /// With the attempts and the wait of now.
        package internal(set) var delivery: Delivery
        package internal(set) var state = DeliveryState.pending
        package internal(set) var isReady: Bool
        /// What a search finds it by.
        package internal(set) var marks: SearchMarks
        /// What it queues behind and holds others up in; none once it has ended.
        package internal(set) var lanes: [LaneKey]
        /// All attempts on record, in their order.
        package internal(set) var attempts: [AttemptRecord] = []
        /// When it ended; nil while it waits.
        package internal(set) var endedAt: Timestamp?
        /// It was removed by pruning: the outbox does not know it any more.
        package internal(set) var isPruned = false

        /// When its last attempt ended; nil before the first, and once an operator asked for another.
        package internal(set) var attemptedAt: Timestamp?
    }

    /// What survives the process.
    package final class Disk {
        struct Identity: Hashable {
            let event: EventID
            let destination: String
        }

        struct Lane: Hashable {
            let destination: String
            let key: LaneKey
        }

        /// All deliveries ever accepted, by their number less one, pruned ones too.
        package internal(set) var deliveries: [Stored] = []
        package internal(set) var standings: [String: DestinationStanding] = [:]
        /// In the order in which they came.
        package internal(set) var payments: [RememberedPayment] = []
        /// In the order in which they began.
        package internal(set) var waits: [JoinWait] = []
        package internal(set) var feedsSeen: [String: Timestamp] = [:]
        package internal(set) var ownEvents: Int64 = 0
        package internal(set) var ledger: [PaymentID: LedgerEntry] = [:]
        package internal(set) var streams: [String: StreamStanding] = [:]
        var lastWait: Int64 = 0
        var identities: Set<Identity> = []
        /// Destinations that ever had a delivery or a standing.
        var destinations: Set<String> = []
        /// Pending deliveries by destination and by lane, in the order of acceptance.
        var pending: [String: [Int]] = [:]
        var lanes: [Lane: [Int]] = [:]

        package init() {}

        func write(_ batch: OutboxBatch) -> OutboxCommit {
            var result = OutboxCommit()
            standings.merge(batch.standings) { _, newer in newer }
            destinations.formUnion(batch.standings.keys)
            // What became ready by one update may be ended by the next: so it is read after all of them.
            var unblocked: [Int] = []
            for update in batch.updates { unblocked += apply(update, to: &result) }
            result.ready = unblocked.sorted().map { deliveries[$0] }.filter(\.isReady).map(\.delivery)
            for (index, accepted) in batch.accepted.enumerated() {
                let repeats = accept(accepted, to: &result)
                if !repeats.isEmpty { result.repeats[index] = repeats }
            }
            remember(batch)
            return result
        }

        /// Returns the destinations that have the event already.
        func accept(_ accepted: AcceptedEvent, to commit: inout OutboxCommit) -> Set<String> {
            var repeats: Set<String> = []
            for new in accepted.deliveries {
                destinations.insert(new.destination)
                guard identities.insert(Identity(event: accepted.event.id, destination: new.destination)).inserted
                else {
                    repeats.insert(new.destination)
                    continue
                }
                let index = deliveries.count
                let keys = new.lanes.map { Lane(destination: new.destination, key: $0) }
                let isReady = keys.allSatisfy { lanes[$0, default: []].isEmpty }
                let delivery = Delivery(
                    id: DeliveryID(Int64(index + 1)), event: accepted.event, destination: new.destination,
                    rules: new.rules, format: new.format, notBefore: accepted.event.receivedAt)
                deliveries.append(
                    Stored(delivery: delivery, isReady: isReady, marks: accepted.marks, lanes: new.lanes))
                pending[new.destination, default: []].append(index)
                for key in Set(keys) { lanes[key, default: []].append(index) }
                commit.added += 1
                commit.turns[new.destination, default: DeliveryTurns()].accepted += 1
                if isReady { commit.ready.append(delivery) }
            }
            return repeats
        }

        /// Returns the indices of those that waited only for this one's end.
        func apply(_ update: DeliveryUpdate, to commit: inout OutboxCommit) -> [Int] {
            let index = Int(update.id.number) - 1
            guard deliveries.indices.contains(index), !deliveries[index].isPruned else { return [] }
            let isKnown = deliveries[index].attempts.contains { $0.number == update.attempt.number }
            if !isKnown { deliveries[index].attempts.append(update.attempt) }
            let recorded = max(deliveries[index].delivery.recordedAttempts, update.attempt.number)
            deliveries[index].delivery.recordedAttempts = recorded
            let attemptedAt = update.attempt.startedAt + update.attempt.duration
            guard deliveries[index].state == .pending else {
                deliveries[index].attemptedAt = max(deliveries[index].attemptedAt ?? attemptedAt, attemptedAt)
                return []
            }
            deliveries[index].attemptedAt = attemptedAt
            deliveries[index].delivery.attempts = update.attempts
            guard update.state == .pending else {
                commit.turns[deliveries[index].delivery.destination, default: DeliveryTurns()].count(update.state)
                return end(index, as: update.state, at: attemptedAt)
            }
            deliveries[index].delivery.notBefore = update.notBefore
            deliveries[index].delivery.failedByOutage = update.failedByOutage
            return []
        }

        /// Returns the indices of those that waited only for this one's end.
        func end(_ index: Int, as state: DeliveryState, at moment: Timestamp) -> [Int] {
            deliveries[index].state = state
            deliveries[index].endedAt = moment
            deliveries[index].isReady = false
            deliveries[index].delivery.failedByOutage = false
            let ended = deliveries[index]
            deliveries[index].lanes = []
            let destination = ended.delivery.destination
            pending[destination]?.removeAll { $0 == index }
            let keys = Set(ended.lanes.map { Lane(destination: destination, key: $0) })
            for key in keys { lanes[key]?.removeAll { $0 == index } }
            var unblocked: [Int] = []
            for key in keys {
                guard let next = lanes[key]?.first, !deliveries[next].isReady, isFirst(next) else { continue }
                deliveries[next].isReady = true
                unblocked.append(next)
            }
            return unblocked
        }

        private func isFirst(_ index: Int) -> Bool {
            let stored = deliveries[index]
            return stored.lanes.allSatisfy {
                lanes[Lane(destination: stored.delivery.destination, key: $0)]?.first == index
            }
        }

        func load(_ request: LoadRequest, now: Timestamp) -> DueDeliveries {
            let waiting = pending[request.destination, default: []].map { deliveries[$0] }
                .filter { $0.isReady && !request.excluding.contains($0.delivery.id) }
            var result = DueDeliveries(destination: request.destination, deliveries: [], next: nil)
            var bytes = 0
            func isFull() -> Bool {
                result.deliveries.count >= request.limit || !result.deliveries.isEmpty && bytes >= request.byteLimit
            }
            func take(_ delivery: Delivery) {
                result.deliveries.append(delivery)
                bytes += delivery.event.data.count + (delivery.event.payment?.count ?? 0)
            }
            switch request.kind {
            case .due:
                for stored in waiting.sorted(by: {
                    ($0.delivery.notBefore, $0.delivery.id) < ($1.delivery.notBefore, $1.delivery.id)
                }) {
                    if isFull() || stored.delivery.notBefore > now {
                        result.next = stored.delivery.notBefore
                        return result
                    }
                    take(stored.delivery)
                }
            case .outageFailures(let endedBefore):
                for stored in waiting where stored.delivery.failedByOutage {
                    if isFull() { return result }
                    if let attemptedAt = stored.attemptedAt, attemptedAt < endedBefore { take(stored.delivery) }
                }
            }
            return result
        }
    }
}

extension DeliveryTurns {
    /// One more ended so.
    mutating func count(_ end: DeliveryState) {
        switch end {
        case .pending: break
        case .delivered: delivered += 1
        case .dead: dead += 1
        case .discarded: discarded += 1
        }
    }
}
