package import AdminAPI
package import DeliveryPlanning
package import RelayConfig
package import RelayModel

/// How destinations stand: those of the configuration in its order, then those that only deliveries name.
package enum DestinationStatuses {
    /// `activity` has no destination where the relay is down; `standings` is what the outbox remembers then.
    package static func of(
        _ configuration: Configuration, counts: [String: DeliveryCounts],
        activity: [String: DeliveryPlanner.Activity]
    ) -> [DestinationStatus] {
        let configured = configuration.destinations.map { destination in
            let activity = activity[destination.name]
            return status(
                destination.name, url: ShownURL.of(destination.url.revealed), counts: counts[destination.name],
                standing: activity?.standing ?? DestinationStanding(), activity: activity)
        }
        let names = Set(configuration.destinations.map(\.name))
        let removed = counts.filter { !names.contains($0.key) && $0.value.hasAny }.keys.sorted().map { name in
            DestinationStatus(
                name: name, url: nil, state: .removed, reason: "the configuration does not name it any longer",
                since: nil, counts: counts[name] ?? DeliveryCounts(), inFlight: 0)
        }
        return configured + removed
    }

    private static func status(
        _ name: String, url: String?, counts: DeliveryCounts?, standing: DestinationStanding,
        activity: DeliveryPlanner.Activity?
    ) -> DestinationStatus {
        let state: DestinationStatus.State
        switch standing.stop {
        case .paused: state = .paused
        case .disabled: state = .disabled
        case nil: state = activity?.isDown == true ? .down : .active
        }
        let isDown = state == .down
        return DestinationStatus(
            name: name, url: url, state: state, reason: isDown ? activity?.lastFailure?.reason : standing.reason,
            since: isDown ? activity?.downSince : standing.since, counts: counts ?? DeliveryCounts(),
            inFlight: activity?.inFlight ?? 0)
    }
}
