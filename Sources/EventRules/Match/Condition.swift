import RelayModel

/// Whether something that was asked of a part of an event holds, and by what.
enum Held {
    case no
    /// Only because a field that must not be there is absent.
    case byAbsence
    /// Some value was found that satisfies it.
    case byValue
}

/// What a rule asks of the field at one path: its list of alternatives.
///
/// A class, since a rule's branches share their conditions.
final class Condition: Sendable {
    /// Names from the event's root; arrays have no step of their own.
    let path: [String]
    /// The alternatives as the rule's author wrote them, shortened.
    let asked: String
    /// `{ "exists": false }` is among the alternatives.
    let acceptsAbsence: Bool
    /// `{ "exists": true }` is among the alternatives.
    let acceptsPresence: Bool
    let test: ValueTest
    /// For a field of addresses: the test of a value that is an EVM address and was brought to lower case.
    let evmTest: ValueTest?

    init(path: [String], asked: String, acceptsAbsence: Bool, acceptsPresence: Bool, test: ValueTest) {
        self.path = path
        self.asked = asked
        self.acceptsAbsence = acceptsAbsence
        self.acceptsPresence = acceptsPresence
        self.test = test
        evmTest = DerivedName(path: path)?.isAddress == true ? test.lowered : nil
    }

    /// Whether a value can satisfy it; otherwise only absence does.
    var canHoldByValue: Bool {
        acceptsPresence || test.strings.count > 0 || !test.operators.isEmpty
    }

    /// Whether `text` of a scalar is accepted.
    func accepts(_ kind: JSONKind, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if acceptsPresence { return true }
        if let evmTest, kind == .string, AddressText.isEVM(text) {
            return AddressText.withLowered(text) { evmTest.accepts(kind, $0) }
        }
        return test.accepts(kind, text)
    }

    func accepts(_ kind: JSONKind, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { accepts(kind, $0) }
    }

    /// How it holds for a field that is not there.
    var heldByNothing: Held { acceptsAbsence ? .byAbsence : .no }

    /// How it holds for the field's value.
    func held(_ document: JSONDocument, _ node: JSONNode) -> Held {
        switch outcome(document, node) {
        case .accepted: .byValue
        case .there: .no
        case .absent: heldByNothing
        }
    }

    private enum Outcome {
        case absent, there, accepted
    }

    /// Looks at the leaves only: an object, and an array without any scalar, counts as absent.
    private func outcome(_ document: JSONDocument, _ node: JSONNode) -> Outcome {
        switch document.kind(node) {
        case .object: return .absent
        case .array:
            var result = Outcome.absent
            for element in document.elements(node) {
                switch outcome(document, element) {
                case .accepted: return .accepted
                case .there: result = .there
                case .absent: break
                }
            }
            return result
        default:
            return document.withScalar(node) { accepts($0, $1) } ? .accepted : .there
        }
    }
}

extension JSONDocument {
    /// Hands over a scalar's kind and its text, a string's decoded.
    ///
    /// Allocates only for a string with escapes.
    func withScalar<Outcome>(
        _ node: JSONNode, _ body: (JSONKind, UnsafeBufferPointer<UInt8>) -> Outcome
    ) -> Outcome {
        let kind = kind(node)
        var range = range(node)
        if kind == .string {
            if plainString(node) == nil {
                var decoded = string(node) ?? ""
                return decoded.withUTF8 { body(kind, $0) }
            }
            range = (range.lowerBound + 1)..<(range.upperBound - 1)
        }
        return bytes.withUnsafeBufferPointer { body(kind, UnsafeBufferPointer(rebasing: $0[range])) }
    }
}
