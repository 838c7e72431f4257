import AdminAPI
import DeliveryPlanning
import RelayConfig
import RelayModel

/// How destinations stand, for a relay that runs and for an outbox without its relay.
enum DestinationStatuses {
    typealias Destination = OperatorConfiguration.Destination

    /// Those of the configuration in its order, then those that only deliveries name.
    ///
    /// `activity`: what the dispatcher knows of them; nothing where no relay runs.
    static func of(
        _ configured: [Destination], counts: [String: DeliveryCounts], standings: [String: DestinationStanding],
        activity: [String: DeliveryPlanner.Activity] = [:]
    ) -> [DestinationStatus] {
        configured.map {
            status(of: $0, counts: counts[$0.name], standing: standings[$0.name], activity: activity[$0.name])
        }
            + removed(from: configured.map(\.name), counts: counts).map { name in
                DestinationStatus(
                    name: name, url: nil, state: .removed, reason: "the configuration does not name it any longer",
                    since: nil, counts: counts[name] ?? DeliveryCounts(), inFlight: 0)
            }
    }

    /// The names that the configuration does not have and deliveries do.
    static func removed(from configured: [String], counts: [String: DeliveryCounts]) -> [String] {
        let names = Set(configured)
        return counts.filter { !names.contains($0.key) && $0.value.hasAny }.keys.sorted()
    }

    static func status(
        of destination: Destination, counts: DeliveryCounts?, standing: DestinationStanding?,
        activity: DeliveryPlanner.Activity? = nil
    ) -> DestinationStatus {
        let standing = activity?.standing ?? standing ?? DestinationStanding()
        // Beyond an outage's end the standing keeps its moment, until all that it held back was attempted.
        let downSince = activity.map(\.downSince) ?? standing.downSince
        let state: DestinationStatus.State
        switch standing.stop {
        case .paused: state = .paused
        case .disabled: state = .disabled
        case nil: state = downSince == nil ? .active : .down
        }
        let isDown = state == .down
        return DestinationStatus(
            name: destination.name, url: destination.url, state: state,
            reason: isDown ? activity?.lastFailure?.reason : standing.reason,
            since: isDown ? downSince : standing.since, counts: counts ?? DeliveryCounts(),
            inFlight: activity?.inFlight ?? 0)
    }
}
