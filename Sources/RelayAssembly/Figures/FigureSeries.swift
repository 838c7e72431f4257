package import AdminAPI
package import RelayModel

/// The last minute second by second, and the last hour in steps: made of samples, once a second.
package struct FigureSeries: Sendable {
    /// What belongs to a step beside the counters.
    package struct Totals: Sendable {
        /// Of all destinations, since the start.
        package var latency: Histogram
        /// Waiting deliveries, of all destinations; nil where that is not known.
        package var waiting: Int?
        /// The same by destination: those that are shown.
        package var backlog: [String: Int]

        package init(latency: Histogram, waiting: Int?, backlog: [String: Int]) {
            self.latency = latency
            self.waiting = waiting
            self.backlog = backlog
        }
    }

    private static let minute = Duration.seconds(60)
    /// One a second, with some to spare for a clock that does not tick evenly.
    private static let sampleLimit = 64

    /// Oldest first.
    private var samples: [FigureSample]
    private var steps: [RelayHistory.Step] = []
    /// Where the step that is not over began.
    private var stepStart: FigureSample
    private var latencyAtStart: Histogram

    package init(start: Timestamp) {
        let nothing = FigureSample(at: start, feeds: [:], destinations: [:])
        samples = [nothing]
        stepStart = nothing
        latencyAtStart = .deliveries
    }

    /// Whether a step is over at `now`: then `end` takes what it came to.
    package func isStepOver(_ now: Timestamp) -> Bool { now - stepStart.at >= RelayHistory.interval }

    package mutating func take(_ sample: FigureSample) {
        samples.append(sample)
        if samples.count > Self.sampleLimit { samples.removeFirst(samples.count - Self.sampleLimit) }
    }

    package mutating func end(_ sample: FigureSample, _ totals: Totals) {
        let change = sample.since(stepStart)
        steps.append(
            RelayHistory.Step(
                at: sample.at, received: change.feeds.values.reduce(0) { $0 + $1.received },
                matched: change.feeds.values.reduce(0) { $0 + $1.matched },
                delivered: change.destinations.values.reduce(0) { $0 + $1.delivered },
                failed: change.destinations.values.reduce(0) { $0 + $1.failed },
                latency: totals.latency.since(latencyAtStart), waiting: totals.waiting, backlog: totals.backlog))
        if steps.count > RelayHistory.stepLimit { steps.removeFirst(steps.count - RelayHistory.stepLimit) }
        stepStart = sample
        latencyAtStart = totals.latency
    }

    /// What came in the minute before `now`.
    package func lastMinute(_ now: FigureSample) -> FigureSample {
        // The newest that is a minute old; in the first minute the start.
        let before = samples.last { now.at - $0.at >= Self.minute } ?? samples[0]
        return now.since(before)
    }

    package var history: RelayHistory { RelayHistory(steps: steps) }
}
