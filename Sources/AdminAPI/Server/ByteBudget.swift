import Synchronization

/// How many bytes of bodies and answers are in memory at once, over all connections of a listener.
final class ByteBudget: Sendable {
    private let limit: Int
    private let used = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether there is room for `count` bytes, which are then taken until they are given back.
    ///
    /// Where nothing is taken there is room for anything: an answer is as large as it is.
    func take(_ count: Int) -> Bool {
        used.withLock { used in
            guard used == 0 || used + count <= limit else { return false }
            used += count
            return true
        }
    }

    func giveBack(_ count: Int) {
        used.withLock { $0 -= count }
    }
}
