/// The figures of a relay in the text format of Prometheus, version 0.0.4.
enum MetricsPage {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every family with HELP and TYPE.
    static func text(_ status: RelayStatus, _ process: ProcessFigures) -> String { preconditionFailure("to be written") }
}
