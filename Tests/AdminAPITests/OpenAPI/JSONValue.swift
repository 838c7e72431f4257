import RelayModel

/// A JSON value taken out of its text: easier to walk than the relay's own documents, and slower.
enum JSONValue: Hashable {
    case null
    case boolean(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(_ bytes: [UInt8]) throws {
        let document = try JSONParser(limits: JSONLimits(maxBytes: 1 << 20, maxDepth: 64)).parse(bytes)
        self.init(document, document.root)
    }

    private init(_ document: JSONDocument, _ node: JSONNode) {
        switch document.kind(node) {
        case .null: self = .null
        case .true: self = .boolean(true)
        case .false: self = .boolean(false)
        case .number: self = .number(String(decoding: document.slice(node), as: UTF8.self))
        case .string: self = .string(document.string(node) ?? "")
        case .array: self = .array(document.elements(node).map { JSONValue(document, $0) })
        case .object:
            let members = document.members(node).map { (document.string($0.key) ?? "", JSONValue(document, $0.value)) }
            self = .object(Dictionary(members) { _, last in last })
        }
    }

    var members: [String: JSONValue] { if case .object(let members) = self { members } else { [:] } }
    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    var texts: [String] { elements.compactMap(\.text) }

    subscript(key: String) -> JSONValue? { members[key] }

    /// The name of its type in JSON Schema.
    var type: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .number(let text): Int(text) == nil ? "number" : "integer"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
