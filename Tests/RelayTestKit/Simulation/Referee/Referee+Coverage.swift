import FeedProtocols
import RelayModel

/// Gaps; the contract's section 2.
extension Referee {
    mutating func emitted(_ emission: Int, at now: Timestamp) {
        arrivals[emission] = arrivals[emission] ?? []
    }

    mutating func subscribed(_ connection: FeedConnectionName, of feed: String, at now: Timestamp) {
        feeds[feed]?.subscribed(connection, at: now)
    }

    mutating func heard(_ connection: FeedConnectionName, of feed: String, sentAt: Timestamp) {
        feeds[feed]?.heard(connection, sentAt: sentAt)
    }

    mutating func lost(_ connection: FeedConnectionName, of feed: String) {
        feeds[feed]?.lost(connection)
    }

    mutating func reading(_ isReading: Bool, of feed: String, at now: Timestamp) {
        feeds[feed]?.reading(isReading, at: now)
    }

    mutating func standsStill(for length: Duration) {
        for name in feeds.keys { feeds[name]?.standsStill(for: length) }
    }

    /// The union of the gaps has every time in which the relay missed something, each outage is one gap, and there is none in a
    /// time that a connection covered.
    func checkCoverage() throws(Violation) {
        for (name, feed) in feeds.sorted(by: { $0.key < $1.key }) {
            let gaps = feed.gaps
            for (before, gap) in zip(gaps, gaps.dropFirst()) where gap.from < before.to {
                throw Violation("\(name): the gap \(text(gap)) comes after \(text(before)), which it overlaps")
            }
            for gap in gaps {
                guard feed.subscriptions.contains(gap.to) else {
                    throw Violation("\(name): the gap \(text(gap)) ends without a subscription")
                }
                for span in feed.covered {
                    let common = min(gap.to, span.to) - max(gap.from, span.from)
                    if common > feed.paused {
                        throw Violation("\(name): the gap \(text(gap)) has \(common) that were covered")
                    }
                }
            }
            guard let first = feed.firstSeen else { continue }
            try checkLosses(of: name, gaps, since: first)
            for (before, after) in zip(feed.covered, feed.covered.dropFirst()) {
                guard after.from > first, after.from - before.to > scenario.latency + .milliseconds(10) else {
                    continue
                }
                let told = gaps.count { $0.from < after.from && $0.to > before.to }
                guard told == 1 else {
                    throw Violation("\(name): \(told) gaps are told of the time from \(before.to) to \(after.from)")
                }
            }
        }
    }

    private func checkLosses(of feed: String, _ gaps: [Gap], since first: Timestamp) throws(Violation) {
        for (index, emission) in scenario.emissions.enumerated() where emission.message.feed == feed {
            guard let arrivals = arrivals[index], emission.at > first, !unwanted.contains(index),
                !arrivals.contains(where: { taken[$0].isSafe })
            else { continue }
            if let refusedAt = emission.message.kind.channel.flatMap({ feeds[feed]?.refused[$0] }),
                refusedAt <= emission.at
            {
                continue
            }
            // It may have been under way when the connection was lost, or taken in and not written when the relay died.
            let last = arrivals.map { taken[$0].receivedAt }.max() ?? emission.at + scenario.latency
            guard gaps.contains(where: { $0.from <= last && $0.to >= emission.at }) else {
                let told = gaps.map(text).joined(separator: ", ")
                throw Violation(
                    "\(emission.message) was sent at \(emission.at) and is lost without a gap, which are \(told)")
            }
        }
    }

    private func text(_ gap: Gap) -> String { "from \(gap.from) to \(gap.to) (\(gap.cause))" }
}
