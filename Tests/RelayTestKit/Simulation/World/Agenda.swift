import RelayModel

/// What happens in a simulation and when: the soonest first, and at one moment in the order in which it was planned.
struct Agenda<Occurrence> {
    private struct Entry {
        let moment: Timestamp
        let occurrence: Occurrence
    }

    /// The soonest last, where it is cheap to take.
    private var entries: [Entry] = []

    mutating func plan(_ occurrence: Occurrence, at moment: Timestamp) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].moment > moment { low = middle + 1 } else { high = middle }
        }
        entries.insert(Entry(moment: moment, occurrence: occurrence), at: low)
    }

    mutating func next() -> (moment: Timestamp, occurrence: Occurrence)? {
        entries.popLast().map { ($0.moment, $0.occurrence) }
    }
}
