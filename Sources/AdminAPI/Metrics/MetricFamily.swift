import RelayModel

/// One family of the metrics page: what it is called, what it means, and where its figures come from.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Where the series of a family come from; a nil figure is a series that is not there.
    enum Source: Sendable {
        /// One series without labels.
        case relay(@Sendable (RelayStatus) -> MetricFigure?)
        /// A series for each value of a label.
        case relayBy(String, @Sendable (RelayStatus) -> [(value: String, figure: MetricFigure)])
        case process(@Sendable (ProcessFigures) -> MetricFigure?)
        /// A series for each feed, as it is at a moment.
        case feeds(@Sendable (FeedStatus, Timestamp) -> MetricFigure?)
        case destinations(@Sendable (DestinationStatus) -> MetricFigure?)
        /// A series for each destination and value of a second label.
        case destinationsBy(String, KeyValuePairs<String, @Sendable (DestinationStatus) -> Int>)
    }

    let name: String
    let kind: Kind
    /// One line, without a backslash.
    let help: String
    let source: Source

    init(_ kind: Kind, _ name: String, _ help: String, _ source: Source) {
        self.name = name
        self.kind = kind
        self.help = help
        self.source = source
    }

    /// The names of its labels; `le` of a histogram is not among them.
    var labels: [String] {
        switch source {
        case .relay, .process: []
        case .relayBy(let label, _): [label]
        case .feeds: ["feed"]
        case .destinations: ["destination"]
        case .destinationsBy(let label, _): ["destination", label]
        }
    }

    /// The names of its series: a histogram has three.
    var seriesNames: [String] {
        kind == .histogram ? ["_bucket", "_sum", "_count"].map { name + $0 } : [name]
    }

    /// Every family that the page may have, in its order; what is documented, alerted on and plotted goes by this table.
    ///
    /// A label is a name of the configuration or one of a few fixed values, never a wallet, a URL or an id: the number of series
    /// is bounded by the configuration.
    static let all = ofRelay + ofFeeds + ofDestinations + ofOutbox + ofPayments + ofProcess
}

/// The value of a series, or of the series of a histogram.
enum MetricFigure: Hashable, Sendable {
    case number(Int64)
    /// 1 or 0.
    case flag(Bool)
    /// In seconds.
    case duration(Duration)
    /// In seconds since 1970.
    case time(Timestamp)
    case amount(TokenAmount)
    case histogram(Histogram)

    static func count(_ value: Int) -> MetricFigure { .number(Int64(value)) }
}
