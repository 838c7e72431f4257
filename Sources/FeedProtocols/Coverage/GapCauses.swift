/// What led to a gap, in clauses that an operator understands: the first ones, each once.
struct GapCauses: Hashable, Sendable, CustomStringConvertible {
    enum Clause: Hashable, Sendable {
        case notRunning
        /// A subscribed connection ended.
        case lost(ConnectionEnd, whileBehind: Bool)
        /// An attempt to connect came to nothing.
        case failed(ConnectionEnd)
        /// A connection that was up brought less than it should.
        case impaired(String)

        var text: String {
            switch self {
            case .notRunning: "the relay was not running"
            case .lost(let end, whileBehind: false): "connection lost: \(end)"
            case .lost(let end, whileBehind: true): "connection lost when reading had been paused: \(end)"
            case .failed(let end): "\(end)"
            case .impaired(let reason): "the feed was unhealthy: \(reason)"
            }
        }
    }

    /// Enough to see what happened; an outage of hours has the same few causes over and over.
    private static let maxClauses = 3

    private var texts: [String] = []

    var description: String { texts.joined(separator: "; ") }

    mutating func add(_ clause: Clause) {
        add(clause.text)
    }

    mutating func add(_ others: GapCauses) {
        for text in others.texts { add(text) }
    }

    private mutating func add(_ text: String) {
        guard texts.count < Self.maxClauses, !texts.contains(text) else { return }
        texts.append(text)
    }
}
