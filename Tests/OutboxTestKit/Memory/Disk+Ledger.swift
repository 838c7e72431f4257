import OutboxStorage
import RelayModel

extension MemoryOutbox.Disk {
    /// In the order of their numbers.
    var entries: [LedgerEntry] { ledger.values.sorted { $0.id < $1.id } }

    func keep(_ change: LedgerChange) {
        for entry in change.entries { ledger[entry.id] = entry }
        for standing in change.standings { streams[standing.feed] = standing }
    }

    func remembered(now: Timestamp) -> LedgerMemory {
        var memory = LedgerMemory(standings: streams.values.sorted { $0.feed < $1.feed })
        var prices: [Bought: LedgerMemory.Price] = [:]
        for entry in entries {
            memory.lastID = entry.id
            if !entry.state.isFinal { memory.open.append(entry) }
            guard entry.state != .expired else { continue }
            if now - LedgerMemory.window < entry.signedAt {
                memory.recent.append(LedgerMemory.Spend(id: entry.id, at: entry.signedAt, units: entry.units))
            } else {
                memory.before = memory.before + entry.units
            }
            prices[Bought(entry)] = LedgerMemory.Price(
                feed: entry.feed, resource: entry.resource, asset: entry.asset, units: entry.units)
            if memory.firstRecipients[entry.feed] == nil { memory.firstRecipients[entry.feed] = entry.recipient }
        }
        memory.recent.sort { ($0.at, $0.id) < ($1.at, $1.id) }
        memory.prices = prices.sorted { $0.key < $1.key }.map(\.value)
        return memory
    }

    /// Of what is sent; the real one counts all of an entry.
    var ledgerSize: Int64 { ledger.values.reduce(0) { $0 + Int64($1.payload.count + $1.requirements.count) } }

    /// Which stream of which feed, in the order in which prices are told.
    private struct Bought: Hashable, Comparable {
        let words: [String]

        init(_ entry: LedgerEntry) {
            words = [entry.feed, entry.resource.origin, entry.resource.version, entry.resource.stream]
        }

        static func < (left: Bought, right: Bought) -> Bool { left.words.lexicographicallyPrecedes(right.words) }
    }
}

extension LedgerEntry {
    /// Whether it is all that is asked.
    func isTaken(by filter: LedgerFilter) -> Bool {
        filter.feed.map { $0 == feed } ?? true
            && filter.state.map { $0 == state } ?? true
            && filter.since.map { signedAt >= $0 } ?? true
            && filter.until.map { signedAt < $0 } ?? true
    }
}
