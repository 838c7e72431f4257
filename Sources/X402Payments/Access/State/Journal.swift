import RelayModel

/// What is to be written of a feed's payments: one write at a time, so that they reach the disk in their order.
///
/// Entries and events that nothing waits for go along with the next write; there are never more of them than payments that are
/// not final and a few that just were.
struct Journal: Sendable {
    private struct InFlight: Sendable {
        let id: StreamAccess.RequestID
        let standing: StreamStanding
        /// What had gathered; put back should the write fail.
        let entries: [LedgerEntry]
        let own: [OwnEvent]
    }

    /// As it should be on disk.
    var standing: StreamStanding
    private var onDisk: StreamStanding
    private var entries: [LedgerEntry] = []
    private var own: [OwnEvent] = []
    private var inFlight: InFlight?
    private var waits: Waits
    private var notBefore = Timestamp(milliseconds: .min)

    init(_ standing: StreamStanding, onDisk: StreamStanding?, waits: Waits) {
        self.standing = standing
        // A feed of which nothing is known yet needs no line that says so.
        self.onDisk = onDisk ?? standing
        self.waits = waits
    }

    var isWriting: Bool { inFlight != nil }

    /// When that which nothing waits for can be written; nil when there is nothing, or a write is in flight.
    var nextAttempt: Timestamp? {
        let hasWork = standing != onDisk || !entries.isEmpty || !own.isEmpty
        return inFlight == nil && hasWork ? notBefore : nil
    }

    /// To be written with the next change, in place of what was to be written of the same payment.
    mutating func record(_ entry: LedgerEntry, _ event: OwnEvent? = nil) {
        entries.removeAll { $0.id == entry.id }
        entries.append(entry)
        if let event { own.append(event) }
    }

    /// The change to write now: all that has gathered, and the entry and event that a payment waits for.
    ///
    /// Should the write fail, that payment tries its own part again.
    mutating func change(
        _ id: StreamAccess.RequestID, entry: LedgerEntry? = nil, event: OwnEvent? = nil, standing next: StreamStanding
    ) -> LedgerChange {
        entries.removeAll { $0.id == entry?.id }
        let change = LedgerChange(
            entries: entries + [entry].compactMap { $0 }, standings: next == onDisk ? [] : [next],
            own: own + [event].compactMap { $0 })
        inFlight = InFlight(id: id, standing: next, entries: entries, own: own)
        (entries, own) = ([], [])
        return change
    }

    /// Whether it is the write in flight; it is on disk now.
    mutating func written(_ id: StreamAccess.RequestID) -> Bool {
        guard let write = inFlight, write.id == id else { return false }
        inFlight = nil
        onDisk = write.standing
        waits.reset()
        return true
    }

    /// Whether it is the write in flight; it is not on disk, and what nothing waits for is written again after a wait.
    mutating func notWritten(
        _ id: StreamAccess.RequestID, now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> Bool {
        guard let write = inFlight, write.id == id else { return false }
        inFlight = nil
        let newer = entries
        entries = write.entries.filter { old in !newer.contains { $0.id == old.id } } + newer
        own = write.own + own
        notBefore = now + waits.next(using: &random)
        return true
    }
}
