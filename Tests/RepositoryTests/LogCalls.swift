/// What a Swift file logs, read from its text: its calls of a logger, and the keys of the values that go with them.
struct LogCalls {
    struct Call {
        let level: String
        /// Both of a `? :`; nil where one is put together while the relay runs.
        let messages: [String]?
        let line: Int
    }

    private(set) var calls: [Call] = []
    private(set) var keys: [(name: String, line: Int)] = []

    private let source: [UInt8]
    private let code: [UInt8]

    /// `code` is what `SwiftCode` leaves of `source`: the same length, its texts blank.
    init(_ source: String, code: [UInt8]) {
        self.source = Array(source.utf8)
        self.code = code
        guard source.contains("ogger") || source.contains("OwnEvent") else { return }
        let text = String(decoding: code, as: UTF8.self)
        for match in text.matches(of: #/[lL]ogger\??\.(trace|debug|info|notice|warning|error|critical)\(/#) {
            let opening = text.utf8.distance(from: text.startIndex, to: match.range.upperBound)
            add(level: String(match.1), from: opening)
        }
        for match in text.matches(of: #/Logger\.Metadata = \[/#) {
            let opening = text.utf8.distance(from: text.startIndex, to: match.range.upperBound)
            addKeys(opening..<end(from: opening))
        }
        add(source.matches(of: #/metadata(?:Key)?: "([^"]*)"/#), in: source)
        add(source.matches(of: #/metadata\["([^"]*)"\] =/#), in: source)
        // What an own event tells is logged under the names that its receivers get.
        if source.contains("OwnEvent") { add(source.matches(of: #/(?:Detail|\.init)\("(\w+)", /#), in: source) }
    }

    private mutating func add(_ matches: [Regex<(Substring, Substring)>.Match], in source: String) {
        for match in matches {
            keys.append(
                (String(match.1), line(source.utf8.distance(from: source.startIndex, to: match.range.lowerBound))))
        }
    }

    private mutating func add(level: String, from opening: Int) {
        let whole = opening..<end(from: opening)
        let comma = end(from: opening, at: UInt8(ascii: ","))
        calls.append(Call(level: level, messages: messages(opening..<comma), line: line(opening)))
        addKeys(comma..<whole.upperBound)
    }

    /// Of a dictionary's literal in these bytes: each text before a colon.
    private mutating func addKeys(_ range: Range<Int>) {
        let text = String(decoding: source[range], as: UTF8.self)
        for match in text.matches(of: #/"(\w+)":/#) {
            let offset = range.lowerBound + text.utf8.distance(from: text.startIndex, to: match.range.lowerBound)
            keys.append((String(match.1), line(offset)))
        }
    }

    /// Where what was opened before `start` is closed, or the first `separator` outside of all brackets stands.
    private func end(from start: Int, at separator: UInt8? = nil) -> Int {
        var depth = 0
        for index in start..<code.count {
            switch code[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return index }
                depth -= 1
            case separator where depth == 0: return index
            default: break
            }
        }
        return code.count
    }

    /// The texts in these bytes; nil where they are not all of it, or something is put into one.
    private func messages(_ range: Range<Int>) -> [String]? {
        guard !code[range].contains(UInt8(ascii: "(")) else { return nil }
        let text = String(decoding: source[range], as: UTF8.self)
        let long = text.matches(of: /(?s)"""\n(.*?)\n( *)"""/).map { match in
            match.1.split(separator: "\n", omittingEmptySubsequences: false).map { $0.dropFirst(match.2.count) }
                .joined(separator: "\n").replacing("\\\n", with: "")
        }
        let found = long.isEmpty ? text.matches(of: /"([^"\n]*)"/).map { String($0.1) } : long
        return found.isEmpty ? nil : found
    }

    private func line(_ offset: Int) -> Int {
        1 + source[..<offset].count { $0 == UInt8(ascii: "\n") }
    }
}
