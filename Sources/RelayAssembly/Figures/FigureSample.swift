package import RelayModel

/// A relay's counters at a moment, all since its start.
package struct FigureSample: Hashable, Sendable {
    package struct Feed: Hashable, Sendable {
        package var received: Int
        package var matched: Int

        package init(received: Int, matched: Int) {
            self.received = received
            self.matched = matched
        }
    }

    package struct Destination: Hashable, Sendable {
        package var delivered: Int
        /// Attempts that failed.
        package var failed: Int

        package init(delivered: Int, failed: Int) {
            self.delivered = delivered
            self.failed = failed
        }
    }

    package var at: Timestamp
    package var feeds: [String: Feed]
    package var destinations: [String: Destination]

    package init(at: Timestamp, feeds: [String: Feed], destinations: [String: Destination]) {
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
                return Feed(received: now.received - before.received, matched: now.matched - before.matched)
            },
            destinations: destinations.mapValues(with: earlier.destinations) { now, before in
                guard let before else { return now }
                return Destination(delivered: now.delivered - before.delivered, failed: now.failed - before.failed)
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
