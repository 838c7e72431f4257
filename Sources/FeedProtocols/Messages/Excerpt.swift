package import RelayModel

/// The beginning of foreign bytes in a form that a log can hold: short, without control characters and without the feed's
/// secrets.
package enum Excerpt {
    /// Enough to recognize a message by; a log line stays a line.
    package static let maxBytes = 200

    /// The first 200 bytes of `bytes` as text.
    ///
    /// Control, formatting and line-separating characters are written as `\u{…}`, bytes that are not UTF-8 become U+FFFD,
    /// and each of `secrets`, should the peer have echoed it, is replaced: as it is, with its ASCII characters escaped as JSON
    /// allows, and where `bytes` end in the middle of it, eight characters or more.
    package static func of(_ bytes: some Collection<UInt8>, hiding secrets: [Secret]) -> String {
        var output = ""
        for scalar in String(decoding: hide(secrets, in: bytes), as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                output += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    /// The same, with at most one secret.
    package static func of(_ bytes: some Collection<UInt8>, hiding secret: Secret?) -> String {
        of(bytes, hiding: secret.map { [$0] } ?? [])
    }

    /// The first bytes, the secrets replaced before the cut, so that the cut cannot leave a part of one.
    private static func hide(_ secrets: [Secret], in bytes: some Collection<UInt8>) -> [UInt8] {
        let spellings = secrets.map { SecretSpelling($0.revealed) }.filter { $0.maxLength > 0 }
        guard let longest = spellings.map(\.maxLength).max() else { return Array(bytes.prefix(maxBytes)) }
        let mark = Array("[secret]".utf8)
        // Marks may be far shorter than what they stand for: enough for nothing but marks, and a whole secret after them.
        let source = Array(bytes.prefix(maxBytes + (maxBytes / mark.count + 1) * longest))
        var output: [UInt8] = []
        var at = 0
        while at < source.count, output.count < maxBytes {
            if let length = spellings.compactMap({ $0.length(in: source[at...]) }).max() {
                output += mark
                at += length
            } else {
                output.append(source[at])
                at += 1
            }
        }
        return Array(output.prefix(maxBytes))
    }
}
