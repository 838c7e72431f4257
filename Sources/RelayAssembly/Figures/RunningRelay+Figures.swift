import AdminAPI
import OutboxStorage
import RelayConfig
import RelayModel
import WebhookDelivery

extension RunningRelay {
    func history() async throws(ControlError) -> RelayHistory { series.history }

    /// The counters as they are now.
    func sampled() -> FigureSample {
        let turns = links.figures.now.turns
        let measures = dispatcher.measures
        var destinations: [String: FigureSample.Destination] = [:]
        for name in Set(turns.keys).union(measures.keys) {
            destinations[name] = FigureSample.Destination(
                delivered: turns[name]?.delivered ?? 0, failed: measures[name]?.attempts.failed ?? 0)
        }
        var came: [String: FigureSample.Feed] = [:]
        for feed in feeds {
            let totals = feed.totals
            came[feed.name] = FigureSample.Feed(received: totals.received, matched: totals.matched)
        }
        return FigureSample(at: clock.now, feeds: came, destinations: destinations)
    }

    /// Takes a sample, and once a step is over what it came to.
    func takeFigures() async {
        let sample = sampled()
        series.take(sample)
        guard series.isStepOver(sample.at) else { return }
        let latency = dispatcher.measures.values.reduce(Histogram.deliveries) { $0.adding($1.latency) }
        // Where the outbox cannot be read now, the step has no backlog, and the log says why elsewhere.
        let counts = (try? await reader.counts()) ?? [:]
        let shown = configuration.destinations.prefix(RelayHistory.destinationsShown).map(\.name)
        series.end(
            sample,
            FigureSeries.Totals(
                latency: latency,
                backlog: Dictionary(
                    shown.map { ($0, counts[$0]?.pending ?? 0) }, uniquingKeysWith: { first, _ in first })))
    }
}
