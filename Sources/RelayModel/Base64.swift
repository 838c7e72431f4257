/// Base64 with the standard alphabet (RFC 4648, section 4).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    /// What `decode` takes beside the canonical text.
    package enum Strictness: Sendable {
        /// Padded, and without bits that say nothing.
        case canonical
        /// The padding may be missing (it is lost easily when a text is copied), but not wrong.
        case unpaddedToo
    }

    /// Appends the encoding of `bytes`, padded.
    package static func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        alphabet.withUnsafeBufferPointer { alphabet in
            var at = 0
            while at < bytes.count {
                let left = bytes.count - at
                let group =
                    UInt32(bytes[at]) << 16 | (left > 1 ? UInt32(bytes[at + 1]) << 8 : 0)
                    | (left > 2 ? UInt32(bytes[at + 2]) : 0)
                output.append(alphabet[Int(group >> 18)])
                output.append(alphabet[Int(group >> 12 & 63)])
                output.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : padding)
                output.append(left > 2 ? alphabet[Int(group & 63)] : padding)
                at += 3
            }
        }
    }

    /// The encoding of `bytes`, padded.
    package static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        bytes.withUnsafeBytes { append($0, to: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes that `text` encodes; nil where it is not base64.
    ///
    /// Spaces are not skipped.
    package static func decode(_ text: some Collection<UInt8>, _ strictness: Strictness) -> [UInt8]? {
        var digits = Array(text)
        if digits.count % 4 == 0 {
            for _ in 0..<2 where digits.last == padding { digits.removeLast() }
        } else if strictness == .canonical {
            return nil
        }
        guard digits.count % 4 != 1 else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(digits.count / 4 * 3 + 2)
        var group: UInt32 = 0
        var bits = 0
        for digit in digits {
            guard let value = value(digit) else { return nil }
            group = group << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        if strictness == .canonical, group & (1 << UInt32(bits) - 1) != 0 { return nil }
        return output
    }

    private static func value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
