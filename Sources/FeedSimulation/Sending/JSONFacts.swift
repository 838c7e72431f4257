import RelayModel

/// A value of a JSON text that a client sent, looked into leniently: what is missing or of another kind is nil.
struct JSONFacts {
    private let document: JSONDocument
    private let node: JSONNode

    init(_ document: JSONDocument) {
        self.init(document, document.root)
    }

    private init(_ document: JSONDocument, _ node: JSONNode) {
        self.document = document
        self.node = node
    }

    var isString: Bool { document.kind(node) == .string }
    var isNumber: Bool { document.kind(node) == .number }
    var isObject: Bool { document.kind(node) == .object }
    /// As it was sent.
    var json: [UInt8] { Array(document.slice(node)) }
    var text: String? { document.string(node) }
    /// Of an array; none for any other kind.
    var elements: [JSONFacts] { document.elements(node).map { JSONFacts(document, $0) } }

    /// The member of an object; nil where there is none, or it is null.
    subscript(key: String) -> JSONFacts? {
        guard let found = document.member(node, key), document.kind(found) != .null else { return nil }
        return JSONFacts(document, found)
    }

    func string(_ key: String) -> String? { self[key]?.text }

    /// A whole number in plain digits.
    func integer(_ key: String) -> Int? {
        self[key].flatMap { $0.isNumber ? Int(String(decoding: $0.json, as: UTF8.self)) : nil }
    }

    /// The texts of an array of strings; nil for any other value.
    func strings(_ key: String) -> [String]? {
        guard let list = self[key], document.kind(list.node) == .array else { return nil }
        let texts = list.elements.map(\.text)
        return texts.contains(nil) ? nil : texts.compactMap { $0 }
    }

    func boolean(_ key: String) -> Bool? {
        switch self[key].map({ document.kind($0.node) }) {
        case .true: true
        case .false: false
        default: nil
        }
    }
}
