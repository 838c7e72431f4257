import RelayModel

/// A message of a feed that is not taken, and why.
package struct MalformedMessage: Hashable, Sendable {
    /// What is wrong with it: the key under which it is counted and logged.
    package enum Kind: String, CaseIterable, Sendable {
        case notJSON = "not JSON"
        case notUTF8 = "not UTF-8"
        case tooLarge = "too large"
        case tooDeep = "nested too deeply"
        /// No object, or none with a `type` that is a string and not empty (CloudEvents 1.0 allows no empty one).
        case withoutType = "without a type"
        /// A type that begins with `relay.`: those are the relay's own.
        case reservedType = "a type that is the relay's own"
        /// A receiver might read the other of the two.
        case repeatedKey = "a key twice at the top level"
    }

    package let kind: Kind
    /// Its length in bytes.
    package let size: Int
    /// Its first bytes as `Excerpt` shows them.
    package let excerpt: String

    package init(kind: Kind, size: Int, excerpt: String) {
        self.kind = kind
        self.size = size
        self.excerpt = excerpt
    }
}

extension MalformedMessage.Kind {
    init(_ fault: JSONFault.Kind) {
        switch fault {
        case .tooLarge: self = .tooLarge
        case .tooDeep: self = .tooDeep
        case .notUTF8: self = .notUTF8
        case .syntax: self = .notJSON
        }
    }
}
