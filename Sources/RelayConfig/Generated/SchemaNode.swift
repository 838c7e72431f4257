import RelayModel

/// A JSON value as it is written: members keep their order, numbers their text.
///
/// Defaults and the schema are made of these.
indirect enum SchemaNode: Sendable {
    case object([(key: String, value: SchemaNode)])
    case list([SchemaNode])
    case text(String)
    case number(String)
    case flag(Bool)
    /// A schema kept under `$defs` and referred to by its name, with what stands beside the reference.
    case reference(String, SchemaNode, beside: [(key: String, value: SchemaNode)])

    /// This schema, to be kept under `$defs` as `name`.
    func named(_ name: String) -> SchemaNode { .reference(name, self, beside: []) }

    /// This schema with further keywords at its end.
    func adding(_ keywords: [(key: String, value: SchemaNode)]) -> SchemaNode {
        switch self {
        case .object(let members): .object(members + keywords)
        case .reference(let name, let definition, let beside): .reference(name, definition, beside: beside + keywords)
        default: self
        }
    }
}

extension SchemaNode: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringInterpolation,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    init(dictionaryLiteral members: (String, SchemaNode)...) { self = .object(members.map { ($0.0, $0.1) }) }
    init(arrayLiteral elements: SchemaNode...) { self = .list(elements) }
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .number(String(number)) }
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
}

extension SchemaNode {
    /// The value as JSON on one line.
    var compact: String {
        switch self {
        case .object(let members):
            "{" + members.map { "\(JSONEscapes.quoted($0.key)): \($0.value.compact)" }.joined(separator: ", ") + "}"
        case .list(let elements): "[" + elements.map(\.compact).joined(separator: ", ") + "]"
        case .text(let text): JSONEscapes.quoted(text)
        case .number(let text): text
        case .flag(let flag): flag ? "true" : "false"
        case .reference(let name, _, let beside):
            SchemaNode.object([("$ref", .text("#/$defs/\(name)"))] + beside).compact
        }
    }

    /// The value as JSON, indented by two spaces; what fits stays on one line.
    func pretty(indent: String = "", column: Int = 0) -> String {
        let line = compact
        let inner = indent + "  "
        let parts: [String]
        let marks: (open: String, close: String)
        switch self {
        case .object(let members):
            guard !members.isEmpty, !isLeaf || column + line.count > Self.width else { return line }
            marks = ("{", "}")
            parts = members.map { member in
                let key = JSONEscapes.quoted(member.key) + ": "
                return key + member.value.pretty(indent: inner, column: inner.count + key.count)
            }
        case .list(let elements):
            guard !elements.isEmpty, !isLeaf || column + line.count > Self.width else { return line }
            marks = ("[", "]")
            parts = elements.map { $0.pretty(indent: inner, column: inner.count) }
        case .reference(let name, _, let beside):
            return SchemaNode.object([("$ref", .text("#/$defs/\(name)"))] + beside).pretty(
                indent: indent, column: column)
        default: return line
        }
        return "\(marks.open)\n" + parts.map { inner + $0 }.joined(separator: ",\n") + "\n\(indent)\(marks.close)"
    }

    private static let width = 100

    /// Holds no object or list that holds another.
    private var isLeaf: Bool {
        switch self {
        case .object(let members): members.allSatisfy { $0.value.isFlat }
        case .list(let elements): elements.allSatisfy(\.isFlat)
        default: true
        }
    }

    private var isFlat: Bool {
        switch self {
        case .object, .reference: false
        case .list(let elements): elements.allSatisfy { if case .object = $0 { false } else { true } }
        default: true
        }
    }

    /// Every definition that this schema or one of its definitions refers to, by name.
    var definitions: [String: SchemaNode] {
        var found: [String: SchemaNode] = [:]
        collect(into: &found)
        return found
    }

    private func collect(into found: inout [String: SchemaNode]) {
        switch self {
        case .object(let members): for member in members { member.value.collect(into: &found) }
        case .list(let elements): for element in elements { element.collect(into: &found) }
        case .reference(let name, let definition, let beside):
            for member in beside { member.value.collect(into: &found) }
            if found.updateValue(definition, forKey: name) == nil { definition.collect(into: &found) }
        default: break
        }
    }
}
