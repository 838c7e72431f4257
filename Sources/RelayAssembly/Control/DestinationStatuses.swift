import AdminAPI
import DeliveryPlanning
import RelayConfig
import RelayModel

/// How destinations stand, for a relay that runs and for an outbox without its relay.
enum DestinationStatuses {
    typealias Destination = OperatorConfiguration.Destination

    /// What only a relay that runs knows of its destinations, by name.
    struct Live {
        /// What the dispatcher plans.
        var activity: [String: DeliveryPlanner.Activity]
        var turns: [String: DeliveryTurns]
        var measures: [String: DestinationMeasures]
        var lastMinute: [String: DestinationStatus.Rate]
    }

    /// Those of the configuration in its order, then those that only deliveries name.
    static func of(
        _ configured: [Destination], counts: [String: DeliveryCounts], standings: [String: DestinationStanding],
        live: Live? = nil
    ) -> [DestinationStatus] {
        configured.map {
            status(of: $0, counts: counts[$0.name], standing: standings[$0.name], live: live)
        }
            + removed(from: configured.map(\.name), counts: counts).map { name in
                var status = DestinationStatus(
                    name: name, url: nil, state: .removed, reason: "the configuration does not name it any longer",
                    since: nil, counts: counts[name] ?? DeliveryCounts(),
                    inFlight: live?.activity[name]?.inFlight ?? 0)
                status.take(live)
                return status
            }
    }

    /// The names that the configuration does not have and deliveries do.
    static func removed(from configured: [String], counts: [String: DeliveryCounts]) -> [String] {
        let names = Set(configured)
        return counts.filter { !names.contains($0.key) && $0.value.hasAny }.keys.sorted()
    }

    static func status(
        of destination: Destination, counts: DeliveryCounts?, standing: DestinationStanding?,
        live: Live? = nil
    ) -> DestinationStatus {
        let activity = live?.activity[destination.name]
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
        var status = DestinationStatus(
            name: destination.name, url: destination.url, state: state,
            reason: isDown ? activity?.lastFailure?.reason : standing.reason,
            since: isDown ? downSince : standing.since, counts: counts ?? DeliveryCounts(),
            inFlight: activity?.inFlight ?? 0)
        status.take(live)
        return status
    }
}

extension DestinationStatus {
    fileprivate mutating func take(_ live: DestinationStatuses.Live?) {
        guard let live else { return }
        turns = live.turns[name] ?? DeliveryTurns()
        measures = live.measures[name] ?? DestinationMeasures()
        lastMinute = live.lastMinute[name] ?? Rate()
        lastFailure = live.activity[name]?.lastFailure.map { FeedStatus.Failure(at: $0.at, reason: $0.reason) }
        lastSuccess = live.activity[name]?.lastSuccessAt
    }
}
