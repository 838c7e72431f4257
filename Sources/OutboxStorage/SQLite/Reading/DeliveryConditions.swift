import RelayModel

/// What a row must be besides what its index knows, as SQLite asks it; what it takes is looked at again.
struct DeliveryConditions {
    var marks: SearchMarks?
    /// The name of a rule as a JSON string.
    var rule: String?
    /// When its event was received.
    var time: ClosedRange<Int64>?

    var isEmpty: Bool { kinds.isEmpty }

    var kinds: Queries.RowConditions {
        var kinds: Queries.RowConditions = []
        if marks != nil { kinds.insert(.marks) }
        if rule != nil { kinds.insert(.rule) }
        if time != nil { kinds.insert(.time) }
        return kinds
    }

    /// Gives a statement of these kinds its values.
    func add(to values: inout StatementValues) {
        if let marks {
            values.add(marks.rawValue)
            values.add(marks.rawValue)
        }
        if let rule { values.add(rule) }
        if let time {
            values.add(time.lowerBound)
            values.add(time.upperBound)
        }
    }
}
