import RelayModel

extension PatternCompiler {
    /// `anything-but`: a value, a list of values of one kind, or one operator over a string or a list of strings.
    mutating func anythingBut(_ value: JSONNode, _ place: Place, isAddress: Bool) -> Operator? {
        if document.kind(value) == .object { return anythingButOperator(value, place) }
        guard let values = oneOrList(value, place) else { return nil }
        var strings: [String] = []
        var numbers: [Operator] = []
        for (node, inner) in values {
            switch document.kind(node) {
            case .string:
                let text = document.string(node) ?? ""
                strings.append(isAddress ? WalletAddress(text).canonical : text)
            case .number:
                if let number = document.number(node) { numbers.append(.number(number)) }
            default:
                fail(node, inner.text, "must be a string or a number; anything-but takes no other values")
                return nil
            }
        }
        if !strings.isEmpty && !numbers.isEmpty {
            fail(value, place.text, "mixes strings and numbers; the values of anything-but must be of one kind")
            return nil
        }
        return .anythingBut(ValueTest(strings: ExactStrings(strings), operators: numbers))
    }

    private mutating func anythingButOperator(_ object: JSONNode, _ place: Place) -> Operator? {
        var members = document.members(object)
        guard let (key, value) = members.next() else {
            fail(object, place.text, "is an empty object; write a value, a list, or { \"prefix\": … }")
            return nil
        }
        if let second = members.next() {
            let name = document.string(second.key) ?? ""
            fail(second.key, place.member(name).text, "anything-but takes one operator; remove this or the other")
            return nil
        }
        let name = document.string(key) ?? ""
        let inner = place.member(name)
        guard ["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(name) else {
            let reason = "anything-but takes prefix, suffix, equals-ignore-case or wildcard, and no other operator"
            fail(key, inner.text, reason)
            return nil
        }
        guard let values = oneOrList(value, inner) else { return nil }
        var operators: [Operator] = []
        for (node, inner) in values {
            guard let text = document.string(node) else {
                fail(node, inner.text, "must be a string")
                continue
            }
            switch name {
            case "prefix", "suffix":
                if text.isEmpty {
                    fail(node, inner.text, "is empty, and so excludes every string; write what to exclude")
                }
                operators.append(name == "prefix" ? .prefix(Array(text.utf8)) : .suffix(Array(text.utf8)))
            case "equals-ignore-case": operators.append(.equalsIgnoringCase(CaseFolding.fold(text)))
            default:
                if let made = wildcard(node, inner) { operators.append(made) }
            }
        }
        return .anythingBut(ValueTest(operators: operators))
    }

    /// The values of a list, which must have some, or the one value that stands in its place.
    private mutating func oneOrList(_ value: JSONNode, _ place: Place) -> [(node: JSONNode, place: Place)]? {
        guard document.kind(value) == .array else { return [(value, place)] }
        var result: [(JSONNode, Place)] = []
        for element in document.elements(value) { result.append((element, place.element(result.count))) }
        guard !result.isEmpty else {
            fail(value, place.text, "is an empty list; list what to exclude, or use { \"exists\": true }")
            return nil
        }
        return result
    }

    /// `numeric`: one comparison, or a range written as its lower and then its upper bound.
    mutating func numeric(_ value: JSONNode, _ place: Place) -> Operator? {
        guard document.kind(value) == .array else {
            fail(value, place.text, "must be a list of an operator and a number, as in [\">=\", 0.5]")
            return nil
        }
        let parts = Array(document.elements(value))
        guard parts.count == 2 || parts.count == 4 else {
            let reason =
                "has \(parts.count) elements and must have two, as in [\">=\", 0.5], "
                + "or four, as in [\">\", 0, \"<=\", 5]"
            fail(value, place.text, reason)
            return nil
        }
        var comparisons: [(sign: String, number: DecimalNumber)] = []
        for index in stride(from: 0, to: parts.count, by: 2) {
            guard let sign = document.string(parts[index]), ["=", "<", "<=", ">", ">="].contains(sign) else {
                fail(parts[index], place.element(index).text, "must be one of \"=\", \"<\", \"<=\", \">\", \">=\"")
                return nil
            }
            guard let number = document.number(parts[index + 1]) else {
                fail(parts[index + 1], place.element(index + 1).text, "must be a number, without quotes")
                return nil
            }
            comparisons.append((sign, number))
        }
        guard comparisons.count == 2 else {
            let bound = NumericRange.Bound(
                value: comparisons[0].number, isIncluded: comparisons[0].sign.hasSuffix("="))
            switch comparisons[0].sign {
            case "=": return .numeric(NumericRange(lower: bound, upper: bound))
            case "<", "<=": return .numeric(NumericRange(upper: bound))
            default: return .numeric(NumericRange(lower: bound))
            }
        }
        guard comparisons[0].sign.hasPrefix(">"), comparisons[1].sign.hasPrefix("<") else {
            let reason = "a range is > or >= and then < or <=, as in [\">\", 0, \"<=\", 5]"
            fail(value, place.text, reason)
            return nil
        }
        guard comparisons[0].number < comparisons[1].number else {
            let reason = "the lower bound must be less than the upper one; for a single number use [\"=\", …]"
            fail(value, place.text, reason)
            return nil
        }
        return .numeric(
            NumericRange(
                lower: NumericRange.Bound(value: comparisons[0].number, isIncluded: comparisons[0].sign == ">="),
                upper: NumericRange.Bound(value: comparisons[1].number, isIncluded: comparisons[1].sign == "<=")))
    }
}
