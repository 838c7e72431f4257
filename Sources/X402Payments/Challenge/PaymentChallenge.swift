import RelayModel

/// The version of x402 that a server speaks.
package enum X402Version: Int, Hashable, Sendable {
    case v1 = 1
    case v2 = 2
}

/// What a server wants to be paid: a 402 answer, read.
package struct PaymentChallenge: Hashable, Sendable {
    /// Why a 402 is no challenge, as a clause for an operator; nothing of it is echoed but short excerpts.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    /// The header that v2 has its challenge in.
    package static let header = "PAYMENT-REQUIRED"
    /// The longest header value and the longest body that are read: a challenge with a schema of its output passes 8 KB.
    package static let maxBytes = 64 << 10
    /// The most entries of `accepts`; each is judged, and servers offer a handful.
    package static let maxOffers = 64
    /// The deepest nesting: an output schema in an offer or an extension has some twenty levels.
    static let limits = JSONLimits(maxBytes: maxBytes, maxDepth: 64)

    package var version: X402Version
    /// What the server says went wrong, such as a refusal of the payment that was sent, as a short excerpt fit for a log; empty
    /// where it says nothing.
    package var error: String
    /// The URL that v2 names; v1 names it in each offer.
    package var resource: String?
    /// In the server's order, at least one; entries that are no objects, or whose parts are of other JSON types than they must
    /// be, are left out.
    package var offers: [PaymentOffer]
    /// `resource` and `extensions` of v2 as the server sent them, as JSON.
    package var resourceJSON: [UInt8]?
    package var extensionsJSON: [UInt8]?

    package init(
        version: X402Version, error: String, resource: String?, offers: [PaymentOffer], resourceJSON: [UInt8]?,
        extensionsJSON: [UInt8]?
    ) {
        self.version = version
        self.error = error
        self.resource = resource
        self.offers = offers
        self.resourceJSON = resourceJSON
        self.extensionsJSON = extensionsJSON
    }
}

/// A header of an HTTP message; names compare without case.
package struct HTTPField: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension [HTTPField] {
    /// The values of all headers of this name, without the spaces around them.
    package func values(_ name: String) -> [String] {
        filter { $0.name.asciiLowercased == name.asciiLowercased }.map { field in
            func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
            var value = [UInt8](field.value.utf8.drop(while: isSpace))
            while let last = value.last, isSpace(last) { value.removeLast() }
            return String(decoding: value, as: UTF8.self)
        }
    }
}

extension String {
    fileprivate var asciiLowercased: [UInt8] { utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }
}
