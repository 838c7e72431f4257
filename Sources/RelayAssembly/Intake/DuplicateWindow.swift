internal import DequeModule
internal import RelayModel

/// Remembers which messages came lately, over all connections of a feed, by event id and bytes.
///
/// Behind it stands the outbox's unique (event, destination), which has no end; the window only spares that work and tells
/// a repeat (same bytes) from a second version of an event (same id, other bytes).
struct DuplicateWindow {
    /// What the window knows of a message.
    enum Finding {
        case new
        /// The same id with the same bytes.
        case repeated
        /// The same id with other bytes.
        case changed
    }

    private struct Entry: Hashable {
        let id: EventID
        let digest: Int
    }

    private let capacity: Int
    private var entries: Set<Entry> = []
    private var versions: [EventID: Int] = [:]
    private var order: Deque<Entry> = []

    /// `capacity`: how many messages are remembered, the latest ones.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Judges a message and remembers it.
    mutating func insert(_ id: EventID, _ bytes: [UInt8]) -> Finding {
        // Seeded anew in each process: nobody outside can choose two messages with one digest.
        let entry = Entry(id: id, digest: bytes.hashValue)
        guard entries.insert(entry).inserted else { return .repeated }
        let before = versions[id, default: 0]
        versions[id] = before + 1
        order.append(entry)
        if order.count > capacity { forgetOldest() }
        return before == 0 ? .new : .changed
    }

    private mutating func forgetOldest() {
        guard let oldest = order.popFirst() else { return }
        entries.remove(oldest)
        let left = (versions[oldest.id] ?? 0) - 1
        versions[oldest.id] = left > 0 ? left : nil
    }
}
