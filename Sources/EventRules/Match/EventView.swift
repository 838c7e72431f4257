import RelayModel

/// An event as rules see it: its JSON and, in place of its top-level fields of the same names, the derived ones.
struct EventView {
    let document: JSONDocument
    let fields: DerivedFields
    /// One of the relay's own: its type begins with `relay.`.
    let isOwn: Bool
    private let topLevel: TopLevelValues?

    /// What the types of the relay's own events begin with.
    static let ownPrefix = Array("relay.".utf8)

    /// `names` are those that many rules will ask for.
    init(_ document: JSONDocument, _ fields: DerivedFields, names: TopLevelNames? = nil) {
        topLevel = names?.values(in: document)
        self.document = document
        self.fields = fields
        isOwn =
            document.member(document.root, "type").map { node in
                document.withScalar(node) { kind, text in kind == .string && Bytes.hasPrefix(text, Self.ownPrefix) }
            } ?? false
    }

    /// The feed's name; absent where it is empty: an own event that concerns no feed.
    var feed: DerivedFields.Value { fields.feed.isEmpty ? .absent : .text(fields.feed) }

    /// The event's own top-level field.
    func member(_ name: String) -> JSONNode? {
        if let known = topLevel?.value(name) { return known }
        return document.member(document.root, name)
    }

    /// Calls `body` with each scalar at `path`, through arrays.
    ///
    /// Returns whether some value there is unknown.
    ///
    /// - Parameter name: the derived field that `path` begins with; nil for a field of the event's own.
    func forEachValue(
        of name: DerivedName?, at path: [String], _ body: (JSONKind, UnsafeBufferPointer<UInt8>) -> Void
    ) -> Bool {
        guard let name else {
            if let first = path.first, let node = member(first) { walk(document, node, path.dropFirst(), body) }
            return false
        }
        let rest = path.dropFirst()
        switch name {
        case .feed: return visit(feed, rest, body)
        case .wallet: return visit(fields.wallets, rest, body)
        case .mint where fields.transfers.isEmpty: return visit(fields.looseMints, rest, body)
        case .sender, .recipient, .amount, .mint:
            var isUnknown = false
            for transfer in fields.transfers where visit(name.value(in: transfer), rest, body) { isUnknown = true }
            return isUnknown
        }
    }

    private func visit(
        _ values: [DerivedFields.Value], _ path: ArraySlice<String>,
        _ body: (JSONKind, UnsafeBufferPointer<UInt8>) -> Void
    ) -> Bool {
        var isUnknown = false
        for value in values where visit(value, path, body) { isUnknown = true }
        return isUnknown
    }

    private func visit(
        _ value: DerivedFields.Value, _ path: ArraySlice<String>, _ body: (JSONKind, UnsafeBufferPointer<UInt8>) -> Void
    ) -> Bool {
        switch value {
        case .absent: return false
        case .unknown: return true
        case .event(let node): walk(document, node, path, body)
        case .payment(let node):
            if let payment = fields.payment { walk(payment, node, path, body) }
        case .text(var text):
            if path.isEmpty { text.withUTF8 { body(.string, $0) } }
        case .number(var text):
            if path.isEmpty { text.withUTF8 { body(.number, $0) } }
        }
        return false
    }

    private func walk(
        _ document: JSONDocument, _ node: JSONNode, _ path: ArraySlice<String>,
        _ body: (JSONKind, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        switch document.kind(node) {
        case .array:
            for element in document.elements(node) { walk(document, element, path, body) }
        case .object:
            guard let name = path.first, let member = document.member(node, name) else { return }
            walk(document, member, path.dropFirst(), body)
        default:
            if path.isEmpty { document.withScalar(node, body) }
        }
    }
}
