import Logging
import Synchronization

/// What was logged.
final class LogLines: Sendable {
    private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

    var logger: Logger { Logger(label: "test") { _ in LineLogger(lines: self) } }

    var text: String { lines.withLock { $0.map(\.text).joined(separator: "\n") } }

    func count(_ level: Logger.Level) -> Int { lines.withLock { $0.count { $0.level == level } } }

    fileprivate func add(_ level: Logger.Level, _ text: String) {
        lines.withLock { $0.append((level, text)) }
    }
}

private struct LineLogger: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add(event.level, "\(event.message) \(event.metadata ?? [:])")
    }
}
