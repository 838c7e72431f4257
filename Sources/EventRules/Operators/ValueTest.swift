import RelayModel

/// Alternatives that are asked of one scalar value; one of them has to accept it.
struct ValueTest: Sendable {
    /// The exact strings among them.
    var strings = ExactStrings.none
    var operators: [Operator] = []

    /// - Parameter text: a string's decoded text; the text of any other kind as the event has it.
    func accepts(_ kind: JSONKind, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if kind == .string, strings.contains(text) { return true }
        for alternative in operators where alternative.accepts(kind, text) { return true }
        return false
    }

    /// The same alternatives with the letters of their operands in lower case, for a value that was brought to it.
    ///
    /// The exact strings are left alone: those of address fields are in the form in which addresses compare.
    var lowered: ValueTest {
        ValueTest(strings: strings, operators: operators.map(\.lowered))
    }
}

/// One alternative, exact strings excepted.
enum Operator: Sendable {
    /// `true`, `false` or `null`.
    case literal(JSONKind)
    case number(DecimalNumber)
    case numeric(NumericRange)
    case prefix([UInt8])
    case suffix([UInt8])
    /// The operands of these three are folded.
    case prefixIgnoringCase([UInt8])
    case suffixIgnoringCase([UInt8])
    case equalsIgnoringCase([UInt8])
    case wildcard(Wildcard)
    case cidr(AddressBlock)
    /// Accepts what none of these accepts.
    case anythingBut(ValueTest)

    func accepts(_ kind: JSONKind, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .literal(let literal): return kind == literal
        case .number(let number): return kind == .number && DecimalNumber(text) == number
        case .anythingBut(let test): return !test.accepts(kind, text)
        case .numeric(let range):
            guard kind == .number || kind == .string, let number = DecimalNumber(text) else { return false }
            return range.contains(number)
        default: return kind == .string && acceptsString(text)
        }
    }

    private func acceptsString(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .prefix(let operand): Bytes.hasPrefix(text, operand)
        case .suffix(let operand): Bytes.hasSuffix(text, operand)
        case .prefixIgnoringCase(let operand): CaseFolding.hasPrefix(text, folded: operand)
        case .suffixIgnoringCase(let operand): CaseFolding.hasSuffix(text, folded: operand)
        case .equalsIgnoringCase(let operand): CaseFolding.equal(text, folded: operand)
        case .wildcard(let pattern): pattern.matches(text)
        case .cidr(let block): block.contains(text)
        case .literal, .number, .numeric, .anythingBut: false
        }
    }

    var lowered: Operator {
        switch self {
        case .prefix(let operand): .prefix(operand.map(Bytes.lowered))
        case .suffix(let operand): .suffix(operand.map(Bytes.lowered))
        case .wildcard(let pattern): .wildcard(pattern.lowered)
        case .anythingBut(let test): .anythingBut(test.lowered)
        default: self
        }
    }
}
