/// The escapes of JSON strings (RFC 8259, section 7), in both directions.
package enum JSONEscapes {
    /// The value of a hexadecimal digit; nil for any other byte.
    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The text of a string's inner bytes, which a parser has checked.
    ///
    /// A lone surrogate becomes U+FFFD.
    static func decode(_ inner: ArraySlice<UInt8>) -> String {
        String(decoding: decodedBytes(inner, keepsLoneSurrogates: false), as: UTF8.self)
    }

    /// The text of a string's inner bytes in UTF-8.
    ///
    /// A lone surrogate becomes U+FFFD, or is kept in three bytes as if it were a character (WTF-8), so that two strings have
    /// the same bytes only if they are the same.
    static func decodedBytes(_ inner: ArraySlice<UInt8>, keepsLoneSurrogates: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(inner.count)
        var at = inner.startIndex
        while at < inner.endIndex {
            let byte = inner[at]
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                at += 1
                continue
            }
            switch inner[at + 1] {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                at = appendUnicode(inner, at, to: &result, keepsLoneSurrogates)
                continue
            default: result.append(inner[at + 1])
            }
            at += 2
        }
        return result
    }

    /// Appends the scalar of the `\u` escape at `at` (with its second half where it is a pair); returns where to go on.
    private static func appendUnicode(
        _ inner: ArraySlice<UInt8>, _ at: Int, to result: inout [UInt8], _ keepsLoneSurrogates: Bool
    ) -> Int {
        let first = codeUnit(inner, at)
        var next = at + 6
        var value = first
        if (0xD800..<0xDC00).contains(first), next + 6 <= inner.endIndex,
            inner[next] == UInt8(ascii: "\\"), inner[next + 1] == UInt8(ascii: "u")
        {
            let second = codeUnit(inner, next)
            if (0xDC00..<0xE000).contains(second) {
                value = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                next += 6
            }
        }
        if keepsLoneSurrogates, (0xD800..<0xE000).contains(value) {
            result.append(contentsOf: [0xED, UInt8(0x80 | value >> 6 & 0x3F), UInt8(0x80 | value & 0x3F)])
        } else {
            let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
            result.append(contentsOf: String(Character(scalar)).utf8)
        }
        return next
    }

    private static func codeUnit(_ inner: ArraySlice<UInt8>, _ at: Int) -> UInt32 {
        (2..<6).reduce(0) { $0 << 4 | (hexValue(inner[at + $1]) ?? 0) }
    }

    /// Appends `text` as a JSON string with its quotes: `"`, `\` and control characters escaped, all else as it is.
    package static func append(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            output.append(contentsOf: text.utf8)
            output.append(UInt8(ascii: "\""))
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case UInt8(ascii: "\\"): output.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x08: output.append(contentsOf: Array("\\b".utf8))
            case 0x09: output.append(contentsOf: Array("\\t".utf8))
            case 0x0A: output.append(contentsOf: Array("\\n".utf8))
            case 0x0C: output.append(contentsOf: Array("\\f".utf8))
            case 0x0D: output.append(contentsOf: Array("\\r".utf8))
            case 0..<0x20:
                output.append(contentsOf: Array("\\u00".utf8))
                output.append(hexDigit(byte >> 4))
                output.append(hexDigit(byte & 0x0F))
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// `text` as a JSON string with its quotes.
    package static func quoted(_ text: String) -> String {
        var output: [UInt8] = []
        append(text, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
