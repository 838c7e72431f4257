/// Takes comments, texts and names in backticks out of Swift source, so that a rule sees code alone.
struct SwiftCode {
    private let source: [UInt8]
    private var output: [UInt8]
    private var at = 0

    /// `source` with every byte of a comment, a text literal and a name in backticks turned into a space; code within `\(…)`
    /// stays.
    static func without(commentsAndTexts source: String) -> [UInt8] {
        var scanner = SwiftCode(source: Array(source.utf8))
        scanner.code(until: nil)
        return scanner.output
    }

    private init(source: [UInt8]) {
        self.source = source
        output = source
    }

    private func sees(_ text: StaticString, at offset: Int = 0) -> Bool {
        let (start, count) = (at + offset, text.utf8CodeUnitCount)
        guard start + count <= source.count else { return false }
        return (0..<count).allSatisfy { source[start + $0] == text.utf8Start[$0] }
    }

    private mutating func blank(_ count: Int = 1) {
        for index in at..<min(at + count, source.count) where source[index] != UInt8(ascii: "\n") {
            output[index] = UInt8(ascii: " ")
        }
        at += count
    }

    /// Goes over code up to the parenthesis that ends an interpolation, or to the end.
    private mutating func code(until end: UInt8?) {
        var depth = 0
        while at < source.count {
            if sees("//") {
                while at < source.count, source[at] != UInt8(ascii: "\n") { blank() }
            } else if sees("/*") {
                blockComment()
            } else if let pounds = textStart() {
                text(pounds: pounds)
            } else if sees("`") {
                escapedName()
            } else {
                if source[at] == UInt8(ascii: "(") { depth += 1 }
                if source[at] == UInt8(ascii: ")") {
                    depth -= 1
                    if depth < 0, end != nil { return }
                }
                at += 1
            }
        }
    }

    private mutating func blockComment() {
        var depth = 0
        while at < source.count {
            if sees("/*") {
                depth += 1
                blank(2)
            } else if sees("*/") {
                depth -= 1
                blank(2)
                if depth == 0 { return }
            } else {
                blank()
            }
        }
    }

    /// A test's sentence, or a keyword that is meant as a name.
    private mutating func escapedName() {
        blank()
        while at < source.count, source[at] != UInt8(ascii: "`"), source[at] != UInt8(ascii: "\n") { blank() }
        if sees("`") { blank() }
    }

    /// How many `#` stand before the quote of a text that begins here; nil where none does.
    private func textStart() -> Int? {
        var pounds = 0
        while at + pounds < source.count, source[at + pounds] == UInt8(ascii: "#") { pounds += 1 }
        return sees("\"", at: pounds) ? pounds : nil
    }

    private mutating func text(pounds: Int) {
        blank(pounds)
        let quotes = sees("\"\"\"") ? 3 : 1
        blank(quotes)
        while at < source.count {
            if endsText(quotes: quotes, pounds: pounds) {
                blank(quotes + pounds)
                return
            }
            if source[at] == UInt8(ascii: "\\"), followed(by: pounds) {
                blank(1 + pounds)
                if sees("(") {
                    at += 1
                    code(until: UInt8(ascii: ")"))
                    at += 1
                } else {
                    blank()
                }
            } else if quotes == 1, source[at] == UInt8(ascii: "\n") {
                return
            } else {
                blank()
            }
        }
    }

    private func endsText(quotes: Int, pounds: Int) -> Bool {
        guard at + quotes + pounds <= source.count else { return false }
        return (0..<quotes).allSatisfy { source[at + $0] == UInt8(ascii: "\"") }
            && (0..<pounds).allSatisfy { source[at + quotes + $0] == UInt8(ascii: "#") }
    }

    private func followed(by pounds: Int) -> Bool {
        at + pounds < source.count && (0..<pounds).allSatisfy { source[at + 1 + $0] == UInt8(ascii: "#") }
    }
}
