package import AdminAPI
package import RelayModel

/// A relay's counters at a moment, all since its start.
package struct FigureSample: Hashable, Sendable {
    package var at: Timestamp
    package var feeds: [String: FeedStatus.Rate]
    package var destinations: [String: DestinationStatus.Rate]

    package init(at: Timestamp, feeds: [String: FeedStatus.Rate], destinations: [String: DestinationStatus.Rate]) {
        self.at = at
        self.feeds = feeds
        self.destinations = destinations
    }

    /// What came between `earlier` and this one; a feed or destination that is new since then begins with nothing.
    ///
    /// A feed that a reload took out and put back counts anew: what it has is what came. The counters of destinations stay.
    func since(_ earlier: FigureSample) -> FigureSample {
        FigureSample(
            at: at,
            feeds: feeds.mapValues(with: earlier.feeds) { now, before in
                guard let before, now.received >= before.received, now.matched >= before.matched else { return now }
                return FeedStatus.Rate(received: now.received - before.received, matched: now.matched - before.matched)
            },
            destinations: destinations.mapValues(with: earlier.destinations) { now, before in
                guard let before else { return now }
                return DestinationStatus.Rate(
                    delivered: now.delivered - before.delivered, failed: now.failed - before.failed)
            })
    }
}

extension Dictionary {
    fileprivate func mapValues(with others: Self, _ change: (Value, Value?) -> Value) -> Self {
        var result = self
        for (key, value) in self { result[key] = change(value, others[key]) }
        return result
    }
}
