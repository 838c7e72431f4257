import RelayModel

/// A wait for the peer that counts only the time in which its words are read.
struct PeerWait: Hashable, Sendable {
    /// What the kernel holds must be read before silence may be found: a second is plenty.
    static let floor: Duration = .seconds(1)

    /// When it is over, unless reading pauses before.
    private(set) var end: Timestamp
    private let limit: Duration
    private var hasFloor = false

    init(_ limit: Duration, from now: Timestamp) {
        self.limit = limit
        end = now + limit
    }

    /// Puts the end off by as much of the pause as fell into the wait.
    ///
    /// At least the floor is left, but that is granted once: else pauses in quick succession would put the end off for ever.
    mutating func resume(at now: Timestamp, pausedAt: Timestamp) {
        // A wait that began during the pause is still whole.
        var left = min(end - pausedAt, limit)
        let floor = min(Self.floor, limit)
        if left < floor, !hasFloor {
            left = floor
            hasFloor = true
        }
        end = now + max(left, .zero)
    }
}
