import RelayModel

/// The members of an object in one of the API's answers.
struct JSONFields {
    private let document: JSONDocument
    private let node: JSONNode

    init(_ document: JSONDocument) {
        self.init(document, document.root)
    }

    private init(_ document: JSONDocument, _ node: JSONNode) {
        self.document = document
        self.node = node
    }

    /// The text of a string; nil for `null` and where there is none.
    subscript(key: String) -> String? { document.member(node, key).flatMap { document.string($0) } }

    /// A number as it is written, or nothing where there is none.
    func number(_ key: String) -> String {
        guard let found = document.member(node, key), document.kind(found) == .number else { return "" }
        return String(decoding: document.slice(found), as: UTF8.self)
    }

    func integer(_ key: String) -> Int64 { Int64(number(key)) ?? 0 }

    func isTrue(_ key: String) -> Bool { document.member(node, key).map { document.kind($0) == .true } ?? false }

    func time(_ key: String) -> Timestamp? { self[key].flatMap { Timestamp(iso: $0) } }

    func strings(_ key: String) -> [String] { elements(key).compactMap { document.string($0) } }

    func object(_ key: String) -> JSONFields? {
        guard let found = document.member(node, key), document.kind(found) == .object else { return nil }
        return JSONFields(document, found)
    }

    func objects(_ key: String) -> [JSONFields] { elements(key).map { JSONFields(document, $0) } }

    /// The object's own bytes.
    var bytes: [UInt8] { Array(document.slice(node)) }

    /// The bytes of whatever value stands there; nil for `null` and where there is none.
    func bytes(_ key: String) -> [UInt8]? {
        guard let found = document.member(node, key), document.kind(found) != .null else { return nil }
        return Array(document.slice(found))
    }

    private func elements(_ key: String) -> [JSONNode] {
        document.member(node, key).map { Array(document.elements($0)) } ?? []
    }
}
