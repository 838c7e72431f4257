/// Bounds of what a `JSONParser` takes.
package struct JSONLimits: Sendable {
    /// The longest text, in bytes; at most 2 GiB, since places are kept in 32 bits.
    package var maxBytes: Int
    /// How many arrays and objects may be open at once.
    package var maxDepth: Int

    package init(maxBytes: Int, maxDepth: Int) {
        precondition(maxBytes <= Int(Int32.max))
        self.maxBytes = maxBytes
        self.maxDepth = maxDepth
    }

    /// For one message of a feed: an enhanced Solana transaction stays under 1 MiB and 20 levels, so this leaves room.
    package static let message = JSONLimits(maxBytes: 8 << 20, maxDepth: 512)
    /// For the configuration file: 100,000 rules with their wallets fit.
    package static let configuration = JSONLimits(maxBytes: 256 << 20, maxDepth: 128)
}

/// Why a text is not JSON that the relay takes.
package struct JSONFault: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case tooLarge = "too large"
        case tooDeep = "nested too deeply"
        case notUTF8 = "not UTF-8"
        case syntax = "not JSON"
    }

    package let kind: Kind
    /// The byte at which it was found, from 0.
    package let offset: Int
    /// What was expected or found there, as a clause.
    package let reason: String
}

/// Reads a whole JSON text (RFC 8259) into a `JSONDocument`: grammar, UTF-8 and bounds are all checked, nothing is converted.
package struct JSONParser: Sendable {
    package let limits: JSONLimits

    package init(limits: JSONLimits) {
        self.limits = limits
    }

    /// The document of `bytes`, or the first fault.
    ///
    /// Takes time in proportion to the length and no recursion.
    package func parse(_ bytes: [UInt8]) throws(JSONFault) -> JSONDocument {
        guard bytes.count <= limits.maxBytes else {
            throw JSONFault(
                kind: .tooLarge, offset: limits.maxBytes, reason: "\(bytes.count) bytes, \(limits.maxBytes) are allowed"
            )
        }
        let scanned = bytes.withUnsafeBufferPointer { text in
            var scanner = JSONScanner(text: text, maxDepth: limits.maxDepth)
            let fault = scanner.scan()
            return (scanner.nodes, fault)
        }
        if let fault = scanned.1 { throw fault }
        return JSONDocument(bytes: bytes, nodes: scanned.0)
    }
}
