/// When the next events of a simulated feed are due: evenly spaced, times in nanoseconds of one clock.
struct EventPacing: Sendable {
    /// The most events that are due at once, so that the connections are heard between two batches.
    static let batch = 256
    /// Two looks at the clock are at least this far apart: above 2,000 events a second they go in small batches.
    static let resolution: Int64 = 500_000

    /// Nil: as fast as the clients take them.
    private let interval: Int64?
    private var start: Int64 = 0
    private var taken: Int64 = 0

    init(rate: EventRate?) {
        interval = rate.map { rate in
            let (seconds, attoseconds) = rate.period.components
            return max(1, (seconds * 1_000_000_000 + attoseconds / 1_000_000_000) / Int64(rate.count))
        }
    }

    /// Begins anew at `now`, after a pause: what was missed is not made up for.
    mutating func restart(at now: Int64) {
        start = now
        taken = 0
    }

    /// How many events are due at `now`; the first one at once.
    func due(at now: Int64) -> Int {
        guard let interval else { return Self.batch }
        return Int(min(max(0, (now - start) / interval + 1 - taken), Int64(Self.batch)))
    }

    /// One of the due events was sent.
    mutating func take() {
        taken += 1
    }

    /// When to look again, after the events due at `now` were sent.
    func nextLook(after now: Int64) -> Int64 {
        guard let interval else { return now }
        return max(start + taken * interval, now + Self.resolution)
    }
}
