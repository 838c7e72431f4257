/// What a JSON value is.
package enum JSONKind: UInt8, Sendable {
    case object, array, string, number, `true`, `false`, null
}

/// A value's place in its `JSONDocument`.
///
/// Meaningless in any other document.
package struct JSONNode: Hashable, Sendable {
    let index: Int32
}

/// A parsed JSON text (RFC 8259): the bytes as they came and, for each value, where it lies in them.
///
/// Nothing is converted: numbers and strings keep their text, and a value's bytes can be cut out as they were sent.
/// Build one with `JSONParser`.
package struct JSONDocument: Sendable {
    struct Node {
        var start: UInt32
        var end: UInt32
        /// The index after this value's last descendant: a value's next sibling.
        var next: UInt32
        var kind: JSONKind
        /// A string that holds at least one escape.
        var isEscaped: Bool
    }

    /// The whole text as received.
    package let bytes: [UInt8]
    let nodes: [Node]

    init(bytes: [UInt8], nodes: [Node]) {
        self.bytes = bytes
        self.nodes = nodes
    }

    /// The outermost value.
    package var root: JSONNode { JSONNode(index: 0) }

    /// What `node` is.
    package func kind(_ node: JSONNode) -> JSONKind { nodes[Int(node.index)].kind }

    /// Where the value's bytes lie, a string's quotes included.
    package func range(_ node: JSONNode) -> Range<Int> {
        let found = nodes[Int(node.index)]
        return Int(found.start)..<Int(found.end)
    }

    /// The value's bytes as they came, a string's quotes included.
    package func slice(_ node: JSONNode) -> ArraySlice<UInt8> { bytes[range(node)] }

    /// The members of an object in their order, keys as string nodes; empty for any other kind.
    package func members(_ object: JSONNode) -> JSONMembers {
        JSONMembers(children: children(of: object, ifKind: .object))
    }

    /// The elements of an array in their order; empty for any other kind.
    package func elements(_ array: JSONNode) -> JSONElements {
        children(of: array, ifKind: .array)
    }

    private func children(of node: JSONNode, ifKind kind: JSONKind) -> JSONElements {
        let found = nodes[Int(node.index)]
        guard found.kind == kind else { return JSONElements(document: self, index: 0, end: 0) }
        return JSONElements(document: self, index: UInt32(node.index) + 1, end: found.next)
    }

    /// Calls `body` with each member of every object in the text, keys as string nodes; an object's before those inside it.
    ///
    /// Takes no recursion, however deep the text nests.
    package func forEachMember(_ body: (_ key: JSONNode, _ value: JSONNode) -> Void) {
        nodes.withUnsafeBufferPointer { nodes in
            for object in nodes.indices where nodes[object].kind == .object {
                let end = Int(nodes[object].next)
                var key = object + 1
                while key < end {
                    body(JSONNode(index: Int32(key)), JSONNode(index: Int32(key + 1)))
                    key = Int(nodes[key + 1].next)
                }
            }
        }
    }

    /// The value of `key` in `object`, the last one where the key comes twice; nil where it is absent or `object` is no object.
    package func member(_ object: JSONNode, _ key: String) -> JSONNode? {
        let found = nodes[Int(object.index)]
        guard found.kind == .object else { return nil }
        var key = key
        return key.withUTF8 { wanted in
            var result: JSONNode?
            var index = Int(object.index) + 1
            while index < Int(found.next) {
                if stringEquals(JSONNode(index: Int32(index)), wanted) {
                    result = JSONNode(index: Int32(index + 1))
                }
                index = Int(nodes[index + 1].next)
            }
            return result
        }
    }

    /// A string's decoded text; nil for any other kind.
    ///
    /// A lone surrogate escape becomes U+FFFD.
    package func string(_ node: JSONNode) -> String? {
        let found = nodes[Int(node.index)]
        guard found.kind == .string else { return nil }
        let inner = bytes[Int(found.start) + 1..<Int(found.end) - 1]
        return found.isEscaped ? JSONEscapes.decode(inner) : String(decoding: inner, as: UTF8.self)
    }

    /// A string's bytes between its quotes when it has no escapes, and so equals its decoded text; nil otherwise.
    package func plainString(_ node: JSONNode) -> ArraySlice<UInt8>? {
        let found = nodes[Int(node.index)]
        guard found.kind == .string, !found.isEscaped else { return nil }
        return bytes[Int(found.start) + 1..<Int(found.end) - 1]
    }

    /// Whether the node is a string whose decoded text is `text` (UTF-8), compared byte for byte.
    package func stringEquals(_ node: JSONNode, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let found = nodes[Int(node.index)]
        guard found.kind == .string else { return false }
        if found.isEscaped {
            let inner = bytes[Int(found.start) + 1..<Int(found.end) - 1]
            return Array(JSONEscapes.decode(inner).utf8).elementsEqual(text)
        }
        let length = Int(found.end) - Int(found.start) - 2
        guard length == text.count else { return false }
        let start = Int(found.start) + 1
        return bytes.withUnsafeBufferPointer { all in
            for offset in 0..<length where all[start + offset] != text[offset] { return false }
            return true
        }
    }

    /// A number's exact value; nil for any other kind.
    package func number(_ node: JSONNode) -> DecimalNumber? {
        guard kind(node) == .number else { return nil }
        return DecimalNumber(slice(node))
    }

    /// The key node of the first member whose (decoded) key came before in the same object.
    package func firstRepeatedKey(in object: JSONNode) -> JSONNode? {
        let found = nodes[Int(object.index)]
        guard found.kind == .object else { return nil }
        // Each key as its bytes between the quotes: no text is made for the usual object, which has few keys without escapes.
        var plain: [Node] = []
        var at = Int(object.index) + 1
        while at < Int(found.next) {
            let key = nodes[at]
            guard !key.isEscaped, plain.count < Self.keysComparedByPairs else {
                return firstRepeatedKeyOfMany(in: object)
            }
            for other in plain where other.end - other.start == key.end - key.start {
                if sameBytes(Int(other.start), Int(key.start), count: Int(key.end - key.start)) {
                    return JSONNode(index: Int32(at))
                }
            }
            plain.append(key)
            at = Int(nodes[at + 1].next)
        }
        return nil
    }

    /// Up to this many keys are compared each with each, which costs less than a set of texts.
    private static let keysComparedByPairs = 48

    private func firstRepeatedKeyOfMany(in object: JSONNode) -> JSONNode? {
        // As bytes: strings would take two spellings of one Unicode character for one key.
        var seen: Set<[UInt8]> = []
        for (key, _) in members(object) {
            let inner = slice(key).dropFirst().dropLast()
            let isEscaped = nodes[Int(key.index)].isEscaped
            let text = isEscaped ? JSONEscapes.decodedBytes(inner, keepsLoneSurrogates: true) : Array(inner)
            if !seen.insert(text).inserted { return key }
        }
        return nil
    }

    private func sameBytes(_ one: Int, _ other: Int, count: Int) -> Bool {
        bytes.withUnsafeBufferPointer { all in
            for offset in 0..<count where all[one + offset] != all[other + offset] { return false }
            return true
        }
    }
}

/// The children of an array, in order.
package struct JSONElements: Sequence, IteratorProtocol {
    let document: JSONDocument
    var index: UInt32
    let end: UInt32

    package mutating func next() -> JSONNode? {
        guard index < end else { return nil }
        defer { index = document.nodes[Int(index)].next }
        return JSONNode(index: Int32(index))
    }
}

/// The members of an object, in order.
package struct JSONMembers: Sequence, IteratorProtocol {
    var children: JSONElements

    package mutating func next() -> (key: JSONNode, value: JSONNode)? {
        guard let key = children.next(), let value = children.next() else { return nil }
        return (key, value)
    }
}
