import RelayModel

extension Form<[DestinationConfiguration.Header]> {
    /// Names and values of HTTP headers; here `$comment` is a header like any other.
    static let headers: Form = {
        let phrase = "an object of header names and their values"
        let value = Form<Located<SecretValue>>.secret(
            inline: ["type": "string", "pattern": .text(Pattern.whole("[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]+"))],
            as: "headerValue")
        let schema: SchemaNode = [
            "type": "object", "propertyNames": ["pattern": .text(HeaderName.schemaPattern)],
            "additionalProperties": value.description.schema,
        ]
        return Form(FormDescription(phrase: phrase, schema: schema)) { site in
            guard site.kind == .object else {
                site.mismatch(phrase, showsValue: false)
                return nil
            }
            var result: [DestinationConfiguration.Header] = []
            var spellings: [String: String] = [:]
            for (key, node) in site.document.members(site.node) {
                let name = site.document.string(key) ?? ""
                let member = site.member(name, node)
                let earlier = spellings.updateValue(name, forKey: name.lowercased())
                if let fault = HeaderName.fault(of: name, after: earlier) {
                    site.reading.fault(at: site.document.range(key).lowerBound, member.path, fault)
                }
                guard let located = value.read(member) else { continue }
                if let text = located.value.secret?.revealed, !HeaderName.isValue(text) {
                    member.fault("the value must not hold line breaks or other control characters, take them out")
                }
                result.append(
                    DestinationConfiguration.Header(
                        name: name, value: located.value.orUnread, isSecret: !located.value.isInline))
            }
            return result
        }
    }()
}

/// The names of HTTP headers that a destination may add (RFC 9110, section 5.1).
private enum HeaderName {
    /// What the relay sets itself, and what would change how the body is framed.
    private static let own = [
        "host", "user-agent", "stripe-signature", "x-hub-signature-256", "transfer-encoding", "connection", "expect",
        "te", "trailer", "upgrade", "keep-alive",
    ]
    private static let ownPrefixes = ["webhook-", "content-"]

    static let schemaPattern: String = {
        func anyCase(_ text: String) -> String {
            text.map { $0.isLetter ? "[\($0)\($0.uppercased())]" : "\($0)" }.joined()
        }
        let refused = ownPrefixes.map(anyCase) + own.map { anyCase($0) + "$" }
        return "^(?!\(refused.joined(separator: "|")))" + Pattern.whole("[!#$%&'*+.^_`|~0-9A-Za-z-]+").dropFirst()
    }()

    static func fault(of name: String, after earlier: String?) -> String? {
        let lowered = name.lowercased()
        guard !name.isEmpty, name.utf8.allSatisfy(isTokenCharacter) else {
            return "is no header name, it must be letters, digits and !#$%&'*+-.^_`|~"
        }
        if own.contains(lowered) || ownPrefixes.contains(where: lowered.hasPrefix) {
            return "the relay sets this header itself, remove it"
        }
        if let earlier, earlier != name {
            return "is the same header as \"\(earlier)\", remove one of the two"
        }
        return nil
    }

    static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") < 26
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
