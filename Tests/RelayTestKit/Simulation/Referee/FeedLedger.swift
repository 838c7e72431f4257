import FeedProtocols
import RelayModel

/// What the connections of a feed have truly brought, by what the server knows, and the gaps that were told.
struct FeedLedger {
    struct Span {
        let from: Timestamp
        var to: Timestamp
    }

    /// Up to when an earlier run is known to have brought everything, as it is on disk.
    private(set) var seen: Timestamp?
    /// The first `seen` that came to the disk: what was sent before need not be known.
    private(set) var firstSeen: Timestamp?
    /// Subscribed connections: from the subscription to the last message by the time at which it was sent.
    private var live: [FeedConnectionName: Span] = [:]
    private(set) var spans: [Span] = []
    private(set) var subscriptions: Set<Timestamp> = []
    private(set) var gaps: [Gap] = []
    /// How long nothing was read, in all.
    private(set) var paused = Duration.zero
    private var pausedAt: Timestamp?
    /// Keys that the relay told it is refused, and when first.
    private(set) var refused: [String: Timestamp] = [:]

    mutating func subscribed(_ connection: FeedConnectionName, at now: Timestamp) {
        live[connection] = Span(from: now, to: now)
        subscriptions.insert(now)
    }

    mutating func heard(_ connection: FeedConnectionName, sentAt: Timestamp) {
        guard let span = live[connection], sentAt > span.to else { return }
        live[connection]?.to = sentAt
    }

    mutating func lost(_ connection: FeedConnectionName) {
        if let span = live.removeValue(forKey: connection) { spans.append(span) }
    }

    mutating func reading(_ isReading: Bool, at now: Timestamp) {
        if isReading, let pausedAt { paused += now - pausedAt }
        pausedAt = isReading ? nil : now
    }

    /// The relay tells that it is refused a key, or got no answer about it: what that brings is not missed in silence.
    mutating func refused(_ event: OwnEvent) {
        guard let key = event.details.first(where: { $0.name == "key" })?.value.description else { return }
        refused[key] = refused[key] ?? event.at
    }

    /// The process stands still, and reads nothing.
    mutating func standsStill(for length: Duration) {
        // As it is noticed: from the last sign of life before to the first after it.
        paused += length + FeedCoverage.aliveInterval * 2
    }

    mutating func wrote(_ moment: Timestamp) {
        seen = moment
        firstSeen = firstSeen ?? moment
    }

    mutating func told(_ event: OwnEvent) throws(Violation) {
        let details = Dictionary(
            event.details.map { ($0.name, $0.value.description) }, uniquingKeysWith: { first, _ in first })
        guard let from = details["from"].flatMap(Timestamp.init(iso:)),
            let to = details["to"].flatMap(Timestamp.init(iso:)),
            from <= to, details["duration"] == (to - from).secondsText
        else { throw Violation("a gap is told with \(details.sorted { $0.key < $1.key })") }
        gaps.append(Gap(from: from, to: to, cause: details["cause"] ?? ""))
    }

    /// The relay died: what it knew beyond what is on disk is not known any more.
    mutating func crashed() {
        spans += live.values
        live = [:]
        pausedAt = nil
        guard let seen else { return spans = [] }
        spans = spans.filter { $0.from <= seen }.map { Span(from: $0.from, to: min($0.to, seen)) }
    }

    /// All that was covered, in pieces that do not touch, by time.
    var covered: [Span] {
        var result: [Span] = []
        for span in (spans + live.values).sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
            if let last = result.last, span.from <= last.to {
                result[result.count - 1].to = max(last.to, span.to)
            } else {
                result.append(span)
            }
        }
        return result
    }
}
