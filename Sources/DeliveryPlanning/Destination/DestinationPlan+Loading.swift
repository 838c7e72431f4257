import RelayModel

/// Reading back what is on disk only.
extension DestinationPlan {
    func isDueOnDisk(now: Timestamp) -> Bool {
        diskNext.map { $0 <= now } ?? false
    }

    /// What is due waits on disk only, or is being read: what is new has to queue behind it there.
    ///
    /// Else whatever comes in would take each place that becomes free, and with more coming in than the destination takes
    /// the oldest would never go.
    func isBehind(now: Timestamp) -> Bool {
        load == .due || releasedBefore != nil || isDueOnDisk(now: now)
    }

    /// Takes a delivery that a commit made ready: in memory, unless older ones wait on disk.
    mutating func offer(_ delivery: Delivery, now: Timestamp) {
        if !isConfigured || holds(delivery.id) { return }
        guard isBehind(now: now) else {
            hold(delivery, now: now)
            return
        }
        // A load under way was not read yet when this was committed: its answer, or the `next` of it, has this one too.
        if load != .due { noteOnDisk(delivery) }
    }

    /// Nothing is due, here or on disk, and a candidate for the probe may be on disk.
    func wantsProbe(now: Timestamp) -> Bool {
        guard let probeAt = health.probeAt, probeAt <= now, flights.isEmpty, window.dueCount == 0 else { return false }
        return mayHaveOutageFailuresOnDisk && !hasSoughtProbe && !isDueOnDisk(now: now)
    }

    /// Half a window is left to send while the other half is read.
    private var hasRoom: Bool {
        window.dueCount <= limits.windowCount / 2 && window.dueBytes <= limits.windowBytes / 2
    }

    /// Asks for what is on disk where there is room for it; returns when to look again, if nothing happens before.
    mutating func requestLoad(now: Timestamp, into step: inout PlannerStep) -> Timestamp? {
        guard load == nil, hasRoom else { return nil }
        let purpose: Load
        let kind: LoadRequest.Kind
        var limit = limits.windowCount - window.dueCount
        if wantsProbe(now: now) {
            (purpose, kind, limit) = (.probe, .outageFailures(endedBefore: Timestamp(milliseconds: .max)), 1)
        } else if let releasedBefore {
            (purpose, kind) = (.released(releasedBefore), .outageFailures(endedBefore: releasedBefore))
        } else if let diskNext {
            guard diskNext <= now else { return max(diskNext, loadNotBefore) }
            (purpose, kind) = (.due, .due)
        } else {
            return nil
        }
        guard loadNotBefore <= now else { return loadNotBefore }
        if purpose == .due { diskNext = nil }
        load = purpose
        endedSinceLoad.removeAll()
        step.loads.append(
            LoadRequest(
                destination: policy.name, kind: kind, limit: max(1, limit),
                byteLimit: max(1, limits.windowBytes - window.dueBytes),
                excluding: Set(window.ids).union(flights.keys)))
        return nil
    }

    mutating func loaded(_ deliveries: [Delivery], next: Timestamp?, now: Timestamp) {
        guard let purpose = load else { return }
        load = nil
        guard isConfigured else {
            endedSinceLoad.removeAll()
            return
        }
        var taken = 0
        for var delivery in deliveries where !holds(delivery.id) && !endedSinceLoad.contains(delivery.id) {
            if case .released = purpose { delivery.notBefore = min(delivery.notBefore, now) }
            guard hold(delivery, now: now, insisting: purpose == .probe) else { continue }
            taken += 1
            if case .released = purpose { released.insert(delivery.id) }
        }
        endedSinceLoad.removeAll()
        var hasMore = !deliveries.isEmpty
        switch purpose {
        case .due:
            if let next {
                diskNext = min(diskNext ?? next, next)
                hasMore = next <= now
            } else {
                hasMore = false
            }
        case .probe:
            // Something due may have gone as the probe meanwhile, and the next one needs a candidate of its own.
            hasSoughtProbe = flights.isEmpty
            if deliveries.isEmpty { mayHaveOutageFailuresOnDisk = false }
            hasMore = false
        case .released(let moment):
            // By now another outage may have come, and gone.
            if deliveries.isEmpty, moment == releasedBefore {
                releasedBefore = nil
                endOutage()
            }
        }
        loadNotBefore = hasMore && taken > 0 ? now : now + limits.loadSpacing
    }

    mutating func loadFailed(now: Timestamp) {
        guard let purpose = load else { return }
        load = nil
        endedSinceLoad.removeAll()
        loadNotBefore = now + limits.loadRetry
        if purpose == .due { diskNext = min(diskNext ?? now, now) }
    }

    /// Forgets an outage when all that it held back was attempted since.
    mutating func endOutage() {
        if !health.isDown, releasedBefore == nil, released.isEmpty { standing.downSince = nil }
    }
}
