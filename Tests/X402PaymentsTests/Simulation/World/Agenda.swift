import RelayModel

/// What happens in a simulation and when: the soonest first, and at one moment in the order in which it was planned.
struct Agenda {
    typealias Occurrence = (PaymentSimulation) throws(Violation) -> Void

    private struct Entry {
        let moment: Timestamp
        let occurrence: Occurrence
    }

    /// The soonest last, where it is cheap to take.
    private var entries: [Entry] = []

    mutating func plan(at moment: Timestamp, _ occurrence: @escaping Occurrence) {
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

/// Something that the contract forbids.
struct Violation: Error {
    let what: String

    init(_ what: String) {
        self.what = what
    }
}
