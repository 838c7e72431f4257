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
        var destinations: [String: DestinationStatus.Rate] = [:]
        for name in Set(turns.keys).union(measures.keys) {
            destinations[name] = DestinationStatus.Rate(
                delivered: turns[name]?.delivered ?? 0, failed: measures[name]?.attempts.failed ?? 0)
        }
        var came: [String: FeedStatus.Rate] = [:]
        for feed in feeds {
            let totals = feed.totals
            came[feed.name] = FeedStatus.Rate(received: totals.received, matched: totals.matched)
        }
        return FigureSample(at: clock.now, feeds: came, destinations: destinations)
    }

    /// Takes a sample, and once a step is over what it came to.
    func takeFigures() async {
        let sample = sampled()
        series.take(sample)
        guard series.isStepOver(sample.at) else { return }
        let latency = dispatcher.measures.values.reduce(Histogram.deliveries) { $0.adding($1.latency) }
        let (look, fault) = await look()
        var totals = FigureSeries.Totals(latency: latency, waiting: nil, backlog: [:])
        if fault == nil {
            totals.waiting = look.counts.values.reduce(0) { $0 + $1.pending }
            for destination in configuration.destinations.prefix(RelayHistory.destinationsShown) {
                totals.backlog[destination.name] = look.counts[destination.name]?.pending ?? 0
            }
        }
        series.end(sample, totals)
    }

    /// Takes figures once a second, until it is cancelled.
    func keepFigures() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { await takeFigures() }
    }

    /// What the outbox holds now; where it cannot be read, what it held when it last could, and why it cannot.
    ///
    /// So whoever looks after the relay sees the rest of its figures just when something is wrong.
    func look() async -> (look: OutboxLook, fault: String?) {
        do throws(OutboxError) {
            lastLook = OutboxLook(
                counts: try await figuresReader.counts(), size: try await figuresReader.size(),
                ledger: try await figuresReader.ledgerCounts())
            return (lastLook, nil)
        } catch {
            return (lastLook, error.reason)
        }
    }
}
