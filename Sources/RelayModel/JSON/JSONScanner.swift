/// One pass over a JSON text that fills the node list.
///
/// Iterative: depth costs memory of its own, never stack.
struct JSONScanner {
    private let text: UnsafeBufferPointer<UInt8>
    private let maxDepth: Int
    private var at = 0
    private(set) var nodes: [JSONDocument.Node] = []
    /// The nodes of the arrays and objects that are open.
    private var open: [Int] = []
    private var fault: JSONFault?

    init(text: UnsafeBufferPointer<UInt8>, maxDepth: Int) {
        self.text = text
        self.maxDepth = maxDepth
        // A payment of 470 bytes has 30 nodes: one allocation serves the usual event.
        nodes.reserveCapacity(text.count / 12 + 8)
    }

    private enum Expecting {
        case value, valueOrClose, keyOrClose, key, commaOrClose, end
    }

    /// Scans all of the text.
    ///
    /// Returns the first fault, or nil.
    mutating func scan() -> JSONFault? {
        var expecting = Expecting.value
        while fault == nil {
            skipSpace()
            guard at < text.count else {
                if case .end = expecting { return nil }
                return failure(.syntax, "the text ends early")
            }
            let byte = text[at]
            switch expecting {
            case .end:
                return failure(.syntax, "text after the value")
            case .key, .keyOrClose:
                if byte == UInt8(ascii: "}"), case .keyOrClose = expecting {
                    expecting = close()
                    continue
                }
                guard byte == UInt8(ascii: "\"") else { return failure(.syntax, "a key in double quotes was expected") }
                scanString()
                skipSpace()
                guard fault == nil else { break }
                guard at < text.count, text[at] == UInt8(ascii: ":") else {
                    return failure(.syntax, "a colon was expected after the key")
                }
                at += 1
                expecting = .value
            case .value, .valueOrClose:
                if byte == UInt8(ascii: "]"), case .valueOrClose = expecting {
                    expecting = close()
                    continue
                }
                expecting = scanValue(byte)
            case .commaOrClose:
                guard let container = open.last else { return failure(.syntax, "text after the value") }
                let isObject = nodes[container].kind == .object
                if byte == UInt8(ascii: ",") {
                    at += 1
                    expecting = isObject ? .key : .value
                } else if byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    expecting = close()
                } else {
                    return failure(.syntax, isObject ? "a comma or } was expected" : "a comma or ] was expected")
                }
            }
        }
        return fault
    }

    private mutating func failure(_ kind: JSONFault.Kind, _ reason: String) -> JSONFault {
        let made = JSONFault(kind: kind, offset: at, reason: reason)
        if fault == nil { fault = made }
        return made
    }

    private mutating func skipSpace() {
        while at < text.count {
            switch text[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func append(_ kind: JSONKind, from start: Int, isEscaped: Bool = false) {
        nodes.append(
            JSONDocument.Node(
                start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: at),
                next: UInt32(truncatingIfNeeded: nodes.count + 1), kind: kind, isEscaped: isEscaped))
    }

    private var afterValue: Expecting { open.isEmpty ? .end : .commaOrClose }

    private mutating func scanValue(_ byte: UInt8) -> Expecting {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < maxDepth else {
                _ = failure(.tooDeep, "more than \(maxDepth) levels")
                return .end
            }
            let isObject = byte == UInt8(ascii: "{")
            open.append(nodes.count)
            append(isObject ? .object : .array, from: at)
            at += 1
            return isObject ? .keyOrClose : .valueOrClose
        case UInt8(ascii: "\""): scanString()
        case UInt8(ascii: "t"): scanWord("true", .true)
        case UInt8(ascii: "f"): scanWord("false", .false)
        case UInt8(ascii: "n"): scanWord("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): scanNumber()
        default: _ = failure(.syntax, "a value was expected")
        }
        return afterValue
    }

    private mutating func close() -> Expecting {
        at += 1
        let container = open.removeLast()
        nodes[container].end = UInt32(truncatingIfNeeded: at)
        nodes[container].next = UInt32(truncatingIfNeeded: nodes.count)
        return afterValue
    }

    private mutating func scanWord(_ word: StaticString, _ kind: JSONKind) {
        let start = at
        for offset in 0..<word.utf8CodeUnitCount {
            guard at < text.count, text[at] == word.utf8Start[offset] else {
                _ = failure(.syntax, "true, false or null was expected")
                return
            }
            at += 1
        }
        append(kind, from: start)
    }

    private mutating func scanDigits() -> Bool {
        let start = at
        while at < text.count, text[at] &- UInt8(ascii: "0") <= 9 { at += 1 }
        return at > start
    }

    private mutating func scanNumber() {
        let start = at
        if text[at] == UInt8(ascii: "-") { at += 1 }
        if at < text.count, text[at] == UInt8(ascii: "0") {
            at += 1
        } else if !scanDigits() {
            _ = failure(.syntax, "a digit was expected")
            return
        }
        if at < text.count, text[at] == UInt8(ascii: ".") {
            at += 1
            guard scanDigits() else {
                _ = failure(.syntax, "a digit was expected after the point")
                return
            }
        }
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at += 1 }
            guard scanDigits() else {
                _ = failure(.syntax, "a digit was expected in the exponent")
                return
            }
        }
        append(.number, from: start)
    }

    private mutating func scanString() {
        let start = at
        at += 1
        var isEscaped = false
        while at < text.count {
            let byte = text[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                append(.string, from: start, isEscaped: isEscaped)
                return
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                guard skipEscape() else { return }
            } else if byte < 0x20 {
                _ = failure(.syntax, "a control character inside a string")
                return
            } else if byte < 0x80 {
                at += 1
            } else {
                let length = UTF8Sequence.length(in: text, at: at)
                guard length > 0 else {
                    _ = failure(.notUTF8, "bytes that are not UTF-8")
                    return
                }
                at += length
            }
        }
        _ = failure(.syntax, "the text ends inside a string")
    }

    private mutating func skipEscape() -> Bool {
        guard at + 1 < text.count else {
            _ = failure(.syntax, "the text ends inside a string")
            return false
        }
        switch text[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
            return true
        case UInt8(ascii: "u"):
            for offset in 2..<6 {
                guard at + offset < text.count, JSONEscapes.hexValue(text[at + offset]) != nil else {
                    _ = failure(.syntax, "four hexadecimal digits were expected after \\u")
                    return false
                }
            }
            at += 6
            return true
        default:
            _ = failure(.syntax, "an escape that JSON does not have")
            return false
        }
    }
}
