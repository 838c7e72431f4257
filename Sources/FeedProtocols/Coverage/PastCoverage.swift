import RelayModel

/// What connections have covered that cover nothing any more: asked for when another turns out to have been impaired.
struct PastCoverage: Sendable {
    /// An impairment reaches back by a minute or so, in which few connections end; what is forgotten only makes a gap longer.
    static let maxSpans = 32

    private(set) var spans: [(from: Timestamp, to: Timestamp)] = []

    mutating func add(from: Timestamp, to: Timestamp) {
        spans.append((from, to))
        if spans.count > Self.maxSpans { spans.removeFirst() }
    }
}
