package import RelayModel

/// Connections that are up and bring less than they should.
extension FeedCoverage {
    struct Impairment: Sendable {
        var reason: String
        /// Whether it was subscribed before, so that its end is the end of a connection that was up.
        var wasSubscribed: Bool
        var lag: ReadingLag
    }

    /// Why the feed brings less than it should though a connection is up; nil while one is subscribed, and while none is up.
    package var unhealthyReason: String? {
        guard live.isEmpty else { return nil }
        return impaired.min { ($0.key.source, $0.key.number) < ($1.key.source, $1.key.number) }?.value.reason
    }

    /// A connection that is up was found to bring less than it should: what it brought after `since` proves nothing, and neither does
    /// what it brings before it is subscribed again.
    package mutating func impaired(
        _ connection: FeedConnectionName, since: Timestamp, reason: String, now: Timestamp
    ) -> [FeedNews] {
        if var known = impaired[connection] {
            known.reason = reason
            impaired[connection] = known
            return []
        }
        let found = live.removeValue(forKey: connection)
        impaired[connection] = Impairment(
            reason: reason, wasSubscribed: found != nil, lag: found?.lag ?? ReadingLag(at: now))
        var cause = GapCauses()
        cause.add(.impaired(reason))
        guard let found else {
            if live.isEmpty { causes.add(cause) }
            return judgeHealth(now: now)
        }
        let provenTo = min(max(since, found.since), found.heard)
        past.add(from: found.since, to: provenTo)
        uncover(after: provenTo, cause)
        for index in holes.indices where found.since <= holes[index].from { holes[index].causes.add(cause) }
        return report(now: now) + judgeHealth(now: now)
    }

    /// Makes holes of what nobody else covered after `start`, and moves the frontier back to where the last of it begins.
    private mutating func uncover(after start: Timestamp, _ cause: GapCauses) {
        causes.add(cause)
        guard let frontier, start < frontier else { return }
        let spans = (live.values.map { (from: $0.since, to: $0.heard) } + past.spans).sorted { $0.from < $1.from }
        let known = holes.filter { $0.from >= start }
        holes.removeAll { $0.from >= start }
        var covered = start
        for span in spans where span.to >= covered {
            if span.from > covered {
                holes.append(CoverageHole(from: covered, to: span.from, causes: cause))
            }
            covered = span.to
        }
        // What waited for a word of this connection was a hole before for reasons of its own.
        for index in holes.indices {
            for hole in known where hole.from < holes[index].to && holes[index].from < hole.to {
                holes[index].causes.add(hole.causes)
            }
        }
        self.frontier = min(frontier, covered)
    }

    /// An impaired connection is gone: what it was impaired for has begun before.
    mutating func lost(_ gone: Impairment, _ end: ConnectionEnd, now: Timestamp) -> [FeedNews] {
        if live.isEmpty {
            causes.add(gone.wasSubscribed ? .lost(end, whileBehind: false) : .failed(end))
        }
        return gone.wasSubscribed && !isUp ? [.disconnected(at: now, reason: "\(end)")] : []
    }

    /// What is to be told once no connection is whole and one is impaired.
    mutating func judgeHealth(now: Timestamp) -> [FeedNews] {
        guard let reason = unhealthyReason, !isUnhealthTold else { return [] }
        isUnhealthTold = true
        return [.unhealthy(reason: reason, at: now)]
    }
}
