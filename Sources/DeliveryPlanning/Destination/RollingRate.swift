import DequeModule
import RelayModel

/// Holds starts to a rate: never more than its count in any interval of its length, wherever that begins.
///
/// Starts are remembered in batches, each as if all of it had happened at its last one: exact up to `batchLimit` a
/// length, and above it cautious by at most a part in `batchLimit`, so that a large count costs no more memory.
struct RollingRate: Sendable {
    private struct Batch {
        var last: Timestamp
        var count: Int
    }

    /// Batches remembered for a full count.
    static let batchLimit = 1024

    private let rate: Rate
    private let batchSize: Int
    private var batches: Deque<Batch> = []
    private var total = 0

    /// `earlier`: what was held to another rate until now, whose starts count here, too.
    init(_ rate: Rate, after earlier: RollingRate? = nil) {
        self.rate = rate
        batchSize = max(1, (rate.count + Self.batchLimit - 1) / Self.batchLimit)
        batches = earlier?.batches ?? []
        total = earlier?.total ?? 0
    }

    /// The first moment, `now` or later, at which one more may start.
    mutating func nextStart(now: Timestamp) -> Timestamp {
        while let oldest = batches.first, free(after: oldest) <= now {
            total -= oldest.count
            batches.removeFirst()
        }
        guard total >= rate.count, let oldest = batches.first else { return now }
        return free(after: oldest)
    }

    /// Moments are cut to milliseconds, so what seems an interval apart may be up to one less.
    private func free(after batch: Batch) -> Timestamp {
        batch.last + rate.interval + .milliseconds(1)
    }

    /// One started.
    mutating func start(now: Timestamp) {
        total += 1
        if let newest = batches.last, newest.count < batchSize {
            batches[batches.count - 1] = Batch(last: now, count: newest.count + 1)
        } else {
            batches.append(Batch(last: now, count: 1))
        }
    }
}
