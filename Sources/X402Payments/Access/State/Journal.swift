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
        let own: [Told]
        /// What is to be recorded should it come to disk; without it there is nothing to set right.
        var correction: (entry: LedgerEntry, event: OwnEvent)?
    }

    /// An event with the payment that it is about.
    private struct Told: Sendable {
        let payment: PaymentID
        let event: OwnEvent
    }

    /// As it should be on disk.
    var standing: StreamStanding
    private var onDisk: StreamStanding
    private var entries: [LedgerEntry] = []
    private var own: [Told] = []
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
        if let event { own.append(Told(payment: entry.id, event: event)) }
    }

    /// Sets right what was recorded of a payment that seemed to have given nothing: what did not come to disk is dropped.
    mutating func correct(_ entry: LedgerEntry, _ event: OwnEvent) {
        if entries.contains(where: { $0.id == entry.id }) {
            drop(entry.id)
        } else if let write = inFlight, write.entries.contains(where: { $0.id == entry.id }) {
            inFlight?.correction = (entry, event)
        } else {
            record(entry, event)
        }
    }

    private mutating func drop(_ payment: PaymentID) {
        entries.removeAll { $0.id == payment }
        own.removeAll { $0.payment == payment && $0.event.kind == .paymentSettled }
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
            own: own.map(\.event) + [event].compactMap { $0 })
        inFlight = InFlight(id: id, standing: next, entries: entries, own: own)
        (entries, own) = ([], [])
        return change
    }

    /// Whether it is the write in flight; it is on disk now.
    mutating func written(_ id: StreamAccess.RequestID) -> Bool {
        guard let write = inFlight, write.id == id else { return false }
        inFlight = nil
        onDisk = write.standing
        if let (entry, event) = write.correction { record(entry, event) }
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
        if let (entry, _) = write.correction { drop(entry.id) }
        notBefore = now + waits.next(using: &random)
        return true
    }
}
