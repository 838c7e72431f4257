import RelayModel

/// The ledger as it is on disk, and what a start reads of it.
struct SimulatedDisk {
    private(set) var entries: [PaymentID: LedgerEntry] = [:]
    private(set) var standings: [String: StreamStanding] = [:]

    mutating func keep(_ change: LedgerChange) {
        for entry in change.entries { entries[entry.id] = entry }
        for standing in change.standings { standings[standing.feed] = standing }
    }

    /// For a planted bug.
    mutating func forget(where isForgotten: (LedgerEntry) -> Bool) {
        entries = entries.filter { !isForgotten($0.value) }
    }

    var inOrder: [LedgerEntry] { entries.values.sorted { $0.id < $1.id } }

    /// As `LedgerMemory` says of each of its parts.
    func memory(_ now: Timestamp) -> LedgerMemory {
        var memory = LedgerMemory()
        for entry in inOrder {
            memory.lastID = max(memory.lastID, entry.id)
            if !entry.state.isFinal { memory.open.append(entry) }
            guard entry.state != .expired else { continue }
            if entry.signedAt > now - .seconds(86_400) {
                memory.recent.append(.init(id: entry.id, at: entry.signedAt, units: entry.units))
            } else {
                memory.before = memory.before + entry.units
            }
            memory.prices.removeAll { $0.feed == entry.feed && $0.resource == entry.resource }
            memory.prices.append(
                .init(feed: entry.feed, resource: entry.resource, asset: entry.asset, units: entry.units))
            if memory.firstRecipients[entry.feed] == nil { memory.firstRecipients[entry.feed] = entry.recipient }
        }
        memory.recent.sort { ($0.at, $0.id) < ($1.at, $1.id) }
        memory.standings = standings.values.sorted { $0.feed < $1.feed }
        return memory
    }
}
