/// How many of some durations lie within each of a few fixed bounds, as Prometheus counts them.
package struct Histogram: Hashable, Sendable {
    /// The upper bounds, ascending; what is above the last is counted in `count` alone.
    package let bounds: [Duration]
    /// How many lie within each bound and above the one before; as many as there are bounds.
    package private(set) var buckets: [Int]
    /// How many there are, those above the last bound included.
    package private(set) var count: Int
    package private(set) var sum: Duration

    /// An empty one.
    package init(bounds: [Duration]) {
        self.bounds = bounds
        buckets = Array(repeating: 0, count: bounds.count)
        count = 0
        sum = .zero
    }

    /// Counts one; a negative duration as none.
    package mutating func record(_ duration: Duration) {
        let duration = max(duration, .zero)
        count += 1
        sum += duration
        // At most a score of bounds, and most values are small.
        if let index = bounds.firstIndex(where: { duration <= $0 }) { buckets[index] += 1 }
    }

    /// What was counted since `earlier`, an older copy of the same histogram.
    package func since(_ earlier: Histogram) -> Histogram {
        guard earlier.bounds == bounds else { return self }
        var result = self
        result.count -= earlier.count
        result.sum -= earlier.sum
        for index in buckets.indices { result.buckets[index] -= earlier.buckets[index] }
        return result
    }

    /// Both together; they have the same bounds.
    package func adding(_ other: Histogram) -> Histogram {
        precondition(other.bounds == bounds, "histograms of different bounds cannot be added")
        var result = self
        result.count += other.count
        result.sum += other.sum
        for index in buckets.indices { result.buckets[index] += other.buckets[index] }
        return result
    }

    /// The value below which `percent` of a hundred lie, by straight lines within a bound; nil of none.
    ///
    /// What is above the last bound counts as the last bound, as Prometheus' `histogram_quantile` has it.
    package func quantile(percent: Int) -> Duration? {
        guard count > 0 else { return nil }
        // In hundredths of a value, so that nothing is rounded.
        let rank = count * percent
        var below = 0
        for (index, bucket) in buckets.enumerated() {
            let within = below + bucket * 100
            if within >= rank, bucket > 0 {
                let lower = index == 0 ? Duration.zero : bounds[index - 1]
                return lower + (bounds[index] - lower) * (rank - below) / (bucket * 100)
            }
            below = within
        }
        return bounds.last
    }
}

extension Histogram {
    /// For requests and for what passes within the relay: 1 ms to 30 s.
    package static let requests = Histogram(
        bounds: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000].map { .milliseconds($0) })
    /// From an event's receipt to its delivery: 1 ms to a day, since an outage may lie between.
    package static let deliveries = Histogram(
        bounds: [
            1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 7_200_000,
            86_400_000,
        ].map { .milliseconds($0) })
    /// For a transaction of the outbox: 0.25 ms to 5 s.
    package static let commits = Histogram(
        bounds: [250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000].map {
            .microseconds($0)
        })
}
