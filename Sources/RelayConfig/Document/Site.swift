import RelayModel

/// A value's place in the file: where its faults are reported.
struct Site {
    let reading: Reading
    let document: JSONDocument
    let node: JSONNode
    /// Dotted, elements as `[0]`; empty for the outermost object.
    let path: String

    var kind: JSONKind { document.kind(node) }
    /// The text of a string; nil for any other kind.
    var string: String? { document.string(node) }
    var offset: Int { document.range(node).lowerBound }
    var elements: [Site] {
        document.elements(node).enumerated().map { index, node in
            Site(reading: reading, document: document, node: node, path: "\(path)[\(index)]")
        }
    }

    /// The path of a member.
    func path(to key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    func member(_ key: String, _ node: JSONNode) -> Site {
        Site(reading: reading, document: document, node: node, path: path(to: key))
    }

    /// Reports a fault of this value.
    func fault(_ reason: String) {
        reading.fault(at: offset, path, reason)
    }

    /// Reports that the value is not what its form asks for.
    ///
    /// - Parameter showsValue: false where the value can be a secret, be it one that was put in the wrong place.
    func mismatch(_ wanted: String, showsValue: Bool) {
        fault("must be \(wanted), not \(showsValue && kind.isScalar ? shown : kind.article)")
    }

    func warn(_ reason: String) {
        reading.warn(at: offset, path, reason)
    }

    /// The value as it may stand in a message.
    var shown: String {
        string?.quotedForMessage ?? String(decoding: document.slice(node).prefix(80), as: UTF8.self)
    }
}

extension JSONKind {
    var isScalar: Bool { self != .object && self != .array }

    /// For a message that must not show the value.
    var article: String {
        switch self {
        case .object: "an object"
        case .array: "a list"
        case .string: "this string"
        case .number: "a number"
        case .true, .false: "true or false"
        case .null: "null"
        }
    }
}

/// A value and where it stands.
struct Located<Value> {
    let value: Value
    let site: Site
}
