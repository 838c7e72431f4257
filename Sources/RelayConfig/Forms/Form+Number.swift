import RelayModel

extension Form<Int> {
    /// A whole number in a range; `16.0` is one, as it is to JSON Schema.
    static func integer(_ range: ClosedRange<Int>) -> Form {
        let phrase = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let schema: SchemaNode = [
            "type": "integer", "minimum": .number(String(range.lowerBound)),
            "maximum": .number(String(range.upperBound)),
        ]
        return Form(FormDescription(phrase: phrase, schema: schema)) { site in
            guard let number = site.document.number(site.node), let value = smallest(in: range, atLeast: number),
                DecimalNumber(String(value)) == number
            else {
                site.mismatch(phrase, showsValue: true)
                return nil
            }
            return value
        }
    }

    /// A share from 0 to 1 in thousandths; finer ones are rounded up.
    static let thousandths = Form(
        FormDescription(
            phrase: "a number from 0 to 1", schema: ["type": "number", "minimum": 0, "maximum": 1])
    ) { site in
        guard let number = site.document.number(site.node), number >= .zero,
            let value = smallest(in: 0...1000, atLeast: number, exponent: "e-3")
        else {
            site.mismatch("a number from 0 to 1", showsValue: true)
            return nil
        }
        return value
    }

    /// The smallest whole number of the range that is not below `number`; found by exact comparisons, no conversion.
    private static func smallest(in range: ClosedRange<Int>, atLeast number: DecimalNumber, exponent: String = "")
        -> Int?
    {
        var low = range.lowerBound
        var high = range.upperBound + 1
        while low < high {
            let middle = low + (high - low) / 2
            guard let candidate = DecimalNumber("\(middle)\(exponent)") else { return nil }
            if candidate < number { low = middle + 1 } else { high = middle }
        }
        return range.contains(low) ? low : nil
    }
}

extension Form<Bool> {
    static let flag = Form(FormDescription(phrase: "true or false", schema: ["type": "boolean"])) { site in
        switch site.kind {
        case .true: return true
        case .false: return false
        default:
            site.mismatch("true or false", showsValue: true)
            return nil
        }
    }
}
