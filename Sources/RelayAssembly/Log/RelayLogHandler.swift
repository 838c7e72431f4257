package import Logging
package import RelayConfig
internal import RelayModel

/// Writes each log record as one line of text, or of JSON, and never more than a line: control characters are escaped.
///
/// Text: `2026-11-21T22:30:00.123Z info    subscribed feed=payments connection=1`. JSON: an object with `time`, `level`,
/// `message` and the metadata as strings, its keys sorted. Metadata of the record wins over that of its logger.
package struct RelayLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let format: LogConfiguration.Format
    private let write: @Sendable (String) -> Void

    /// A handler whose finished lines, without a line break, go to `write`.
    package init(_ configuration: LogConfiguration, write: @escaping @Sendable (String) -> Void) {
        logLevel = configuration.level.loggerLevel
        format = configuration.format
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { _, own in own }.sorted { $0.key < $1.key }
        let time = RelayClock.wallTime.description
        switch format {
        case .text:
            var line = "\(time) \(event.level.rawValue.padded(to: 8)) \(event.message.description.onOneLine)"
            for (key, value) in values { line += " \(key)=\("\(value)".asTextValue)" }
            write(line)
        case .json:
            var line: [UInt8] = Array("{".utf8)
            func add(_ key: String, _ value: String) {
                if line.count > 1 { line.append(UInt8(ascii: ",")) }
                JSONEscapes.append(key, to: &line)
                line.append(UInt8(ascii: ":"))
                JSONEscapes.append(value, to: &line)
            }
            add("time", time)
            add("level", event.level.rawValue)
            add("message", event.message.description)
            // A key that a JSON record has already would make it ambiguous.
            for (key, value) in values where !["time", "level", "message"].contains(key) { add(key, "\(value)") }
            line.append(UInt8(ascii: "}"))
            write(String(decoding: line, as: UTF8.self))
        }
    }
}

extension LogConfiguration.Level {
    /// The same level by swift-log's name for it.
    var loggerLevel: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - utf8.count))
    }

    fileprivate var onOneLine: String {
        unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? JSONEscapes.quoted(self) : self
    }

    /// As it is where that is plain, else in double quotes with JSON's escapes.
    fileprivate var asTextValue: String {
        let isPlain =
            !isEmpty && !unicodeScalars.contains { $0.value <= 0x20 || $0 == "\"" || $0 == "=" || $0.value == 0x7F }
        return isPlain ? self : JSONEscapes.quoted(self)
    }
}
