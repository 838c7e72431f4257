import RelayModel

/// What `numeric` asks: a number between two bounds, either of which may be missing.
struct NumericRange: Sendable {
    struct Bound: Sendable {
        var value: DecimalNumber
        var isIncluded: Bool
    }

    var lower: Bound?
    var upper: Bound?

    func contains(_ number: DecimalNumber) -> Bool {
        if let lower, number < lower.value || (!lower.isIncluded && number == lower.value) { return false }
        if let upper, upper.value < number || (!upper.isIncluded && number == upper.value) { return false }
        return true
    }
}
