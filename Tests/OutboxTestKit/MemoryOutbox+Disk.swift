import DeliveryPlanning
import OutboxStorage
package import RelayModel

extension MemoryOutbox {
    /// A delivery as it is kept.
    package struct Stored: Sendable {
        /// With the attempts and the wait of now.
        package fileprivate(set) var delivery: Delivery
        package fileprivate(set) var state = DeliveryState.pending
        package fileprivate(set) var isReady: Bool
        package let lanes: [LaneKey]
        /// All attempts on record, in their order.
        package fileprivate(set) var attempts: [AttemptRecord] = []

        fileprivate var attemptedAt: Timestamp? { attempts.last.map { $0.startedAt + $0.duration } }
    }

    /// What survives the process.
    package final class Disk {
        private struct Identity: Hashable {
            let event: EventID
            let destination: String
        }

        private struct Lane: Hashable {
            let destination: String
            let key: LaneKey
        }

        /// All deliveries ever accepted, by their number less one.
        package private(set) var deliveries: [Stored] = []
        package internal(set) var standings: [String: DestinationStanding] = [:]
        private var identities: Set<Identity> = []
        /// Pending deliveries by destination and by lane, in the order of acceptance.
        private var pending: [String: [Int]] = [:]
        private var lanes: [Lane: [Int]] = [:]

        package init() {}

        func accept(_ accepted: AcceptedEvent, to commit: inout OutboxCommit) {
            for new in accepted.deliveries {
                guard identities.insert(Identity(event: accepted.event.id, destination: new.destination)).inserted
                else {
                    commit.repeated += 1
                    continue
                }
                let index = deliveries.count
                let keys = new.lanes.map { Lane(destination: new.destination, key: $0) }
                let isReady = keys.allSatisfy { lanes[$0, default: []].isEmpty }
                let delivery = Delivery(
                    id: DeliveryID(Int64(index + 1)), event: accepted.event, destination: new.destination,
                    rules: new.rules, format: new.format, notBefore: accepted.event.receivedAt)
                deliveries.append(Stored(delivery: delivery, isReady: isReady, lanes: new.lanes))
                pending[new.destination, default: []].append(index)
                for key in Set(keys) { lanes[key, default: []].append(index) }
                commit.added += 1
                if isReady { commit.ready.append(delivery) }
            }
        }

        /// Returns the indices of those that waited only for this one's end.
        func apply(_ update: DeliveryUpdate) -> [Int] {
            let index = Int(update.id.number) - 1
            guard deliveries.indices.contains(index) else { return [] }
            let isKnown = deliveries[index].attempts.contains { $0.number == update.attempt.number }
            if !isKnown { deliveries[index].attempts.append(update.attempt) }
            let recorded = max(deliveries[index].delivery.recordedAttempts, update.attempt.number)
            deliveries[index].delivery.recordedAttempts = recorded
            guard deliveries[index].state == .pending else { return [] }
            deliveries[index].delivery.attempts = update.attempts
            guard update.state == .pending else { return end(index, as: update.state) }
            deliveries[index].delivery.notBefore = update.notBefore
            deliveries[index].delivery.failedByOutage = update.failedByOutage
            return []
        }

        private func end(_ index: Int, as state: DeliveryState) -> [Int] {
            deliveries[index].state = state
            deliveries[index].isReady = false
            deliveries[index].delivery.failedByOutage = false
            let ended = deliveries[index]
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
