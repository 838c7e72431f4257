import RelayModel

/// A value's text made fit for a sentence: on one line and short.
enum JSONExcerpt {
    /// The longest excerpt in bytes: two addresses and what stands around them.
    private static let limit = 120

    /// The value's JSON without white space between its parts.
    static func text(_ document: JSONDocument, _ node: JSONNode) -> String {
        text(document.slice(node))
    }

    static func text(_ json: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        var isInString = false
        var isEscaped = false
        for byte in json {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte <= 0x20 {
                continue
            }
            result.append(byte)
            if result.count > limit { return shortened(result) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Cut between two characters.
    private static func shortened(_ text: [UInt8]) -> String {
        var end = limit
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: text[..<end], as: UTF8.self) + "…"
    }
}
