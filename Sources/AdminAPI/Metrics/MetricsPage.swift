import RelayModel

/// The figures of a relay in the text format of Prometheus, version 0.0.4.
///
/// Source: "Exposition formats" of Prometheus' documentation, section "Text-based format".
enum MetricsPage {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every family with HELP and TYPE, in the table's order; a family that has no series is left out.
    static func text(_ status: RelayStatus, _ process: ProcessFigures) -> String {
        var writer = MetricsWriter()
        // The labels are escaped once, not for each family.
        let feeds = status.feeds.map { (labels: MetricsWriter.label("feed", $0.name), feed: $0) }
        let destinations = status.destinations.map {
            (labels: MetricsWriter.label("destination", $0.name), destination: $0)
        }
        for family in MetricFamily.all {
            writer.begin(family)
            switch family.source {
            case .relay(let figure):
                writer.series("", figure(status))
            case .relayBy(let label, let figures):
                for (value, figure) in figures(status) { writer.series(MetricsWriter.label(label, value), figure) }
            case .process(let figure):
                writer.series("", figure(process))
            case .feeds(let figure):
                for (labels, feed) in feeds { writer.series(labels, figure(feed, status.now)) }
            case .destinations(let figure):
                for (labels, destination) in destinations { writer.series(labels, figure(destination)) }
            case .destinationsBy(let label, let figures):
                let second = figures.map { MetricsWriter.label(label, $0.key) }
                for (labels, destination) in destinations {
                    for (index, figure) in figures.enumerated() {
                        writer.series("\(labels),\(second[index])", .count(figure.value(destination)))
                    }
                }
            }
        }
        return writer.text
    }
}
