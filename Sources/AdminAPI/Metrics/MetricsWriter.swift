import RelayModel

/// Writes families and series in the text format.
struct MetricsWriter {
    private(set) var text = ""
    private var name = ""
    /// HELP and TYPE of the family that has begun, until its first series is written.
    private var heading: String?
    /// The bounds that were written last, as text: most histograms share theirs.
    private var bounds: (durations: [Duration], texts: [String]) = ([], [])

    /// Ends one family and begins another; it appears with its first series.
    mutating func begin(_ family: MetricFamily) {
        name = family.name
        heading = "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind.rawValue)\n"
    }

    /// Writes a series of the family, or all of a histogram; `labels` are as `label` makes them, joined by commas.
    mutating func series(_ labels: String, _ figure: MetricFigure?) {
        guard let figure else { return }
        if let heading { text += heading }
        heading = nil
        guard case .histogram(let histogram) = figure else {
            return line("", labels, Self.decimal(figure))
        }
        write(histogram, labels)
    }

    private mutating func line(_ suffix: String, _ labels: String, _ value: String) {
        text += name
        text += suffix
        if !labels.isEmpty {
            text += "{"
            text += labels
            text += "}"
        }
        text += " "
        text += value
        text += "\n"
    }

    /// Buckets count all that lies within their bound, as the format wants them; the relay's own count from bound to bound.
    private mutating func write(_ histogram: Histogram, _ labels: String) {
        if bounds.durations != histogram.bounds {
            bounds = (histogram.bounds, histogram.bounds.map(Self.seconds))
        }
        let start = "\(name)_bucket{\(labels)\(labels.isEmpty ? "" : ",")le=\""
        var within = 0
        for (index, bucket) in histogram.buckets.enumerated() {
            within += bucket
            text += start
            text += bounds.texts[index]
            text += "\"} "
            text += String(within)
            text += "\n"
        }
        text += "\(start)+Inf\"} \(histogram.count)\n"
        line("_sum", labels, Self.seconds(histogram.sum))
        line("_count", labels, String(histogram.count))
    }

    /// `name="value"`: in a value a backslash, a quote and a line feed are escaped, all else stands as it is.
    static func label(_ name: String, _ value: String) -> String {
        var label = name + "=\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": label += "\\\\"
            case "\"": label += "\\\""
            case "\n": label += "\\n"
            default: label.unicodeScalars.append(scalar)
            }
        }
        return label + "\""
    }

    private static func decimal(_ figure: MetricFigure) -> String {
        switch figure {
        case .number(let number): String(number)
        case .flag(let isSet): isSet ? "1" : "0"
        case .duration(let duration): seconds(duration)
        case .time(let time): seconds(.milliseconds(time.milliseconds))
        case .amount(let amount): amount.description
        case .histogram(let histogram): String(histogram.count)
        }
    }

    /// Seconds as the shortest plain decimal, to the nanosecond: `0.00025`, `30`.
    static func seconds(_ duration: Duration) -> String {
        guard duration >= .zero else { return "-" + seconds(.zero - duration) }
        let (seconds, attoseconds) = duration.components
        var nanoseconds = attoseconds / 1_000_000_000
        guard nanoseconds > 0 else { return String(seconds) }
        var digits = 9
        while nanoseconds % 10 == 0 {
            nanoseconds /= 10
            digits -= 1
        }
        let fraction = String(nanoseconds)
        return "\(seconds).\(String(repeating: "0", count: digits - fraction.utf8.count))\(fraction)"
    }
}
