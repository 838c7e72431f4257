package import RelayModel

/// What the API answers: JSON, or problem details (RFC 9457).
package struct AdminAnswer: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The HTTP status.
    package var status: Int
    package var contentType: String
    /// Headers beside content-type and content-length.
    package var fields: [Field]
    package var body: [UInt8]

    package init(status: Int, contentType: String, fields: [Field] = [], body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.fields = fields
        self.body = body
    }

    /// Whether what was asked for was done.
    package var isSuccess: Bool { (200..<300).contains(status) }

    /// The largest answer that a client takes: an event and its payment, 8 MiB each at most, and room.
    package static let maxBytes = 64 << 20

    /// The body as JSON, of any size up to `maxBytes`.
    package func document() throws(JSONFault) -> JSONDocument {
        let limits = JSONLimits(maxBytes: Self.maxBytes, maxDepth: JSONLimits.message.maxDepth + 8)
        return try JSONParser(limits: limits).parse(body)
    }

    /// The sentence of problem details; nil where the body holds none.
    package var detail: String? {
        guard let document = try? document() else { return nil }
        return document.member(document.root, "detail").flatMap(document.string)
    }

    /// The faults of a configuration file, of a 422; empty for every other answer.
    package var faults: [String] {
        guard let document = try? document(), let faults = document.member(document.root, "faults") else { return [] }
        return document.elements(faults).compactMap(document.string)
    }

    static func json(_ object: JSONObjectWriter) -> AdminAnswer {
        AdminAnswer(status: 200, contentType: "application/json", body: object.bytes)
    }

    static func json(_ fill: (inout JSONObjectWriter) -> Void) -> AdminAnswer {
        var object = JSONObjectWriter()
        fill(&object)
        return json(object)
    }
}
