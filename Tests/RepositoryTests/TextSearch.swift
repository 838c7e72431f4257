import Glibc

/// Finds words in text, fast enough for every rule to read every file.
enum TextSearch {
    /// The lines (from 1) on which `word` stands in `text`.
    ///
    /// At an end of `word` that is a letter, digit or `_` the text must not go on with one, nor begin with a dot: a member of
    /// the same name is another word.
    static func lines(of word: String, in text: [UInt8]) -> [Int] {
        let word = Array(word.utf8)
        guard !word.isEmpty else { return [] }
        var lines: [Int] = []
        var (line, counted, from) = (1, 0, 0)
        while let start = first(word, in: text, from: from) {
            let end = start + word.count
            from = start + 1
            let isJoinedBefore =
                isWordByte(word[0]) && start > 0
                && (isWordByte(text[start - 1]) || text[start - 1] == UInt8(ascii: "."))
            let isJoinedAfter = isWordByte(word[word.count - 1]) && end < text.count && isWordByte(text[end])
            guard !isJoinedBefore, !isJoinedAfter else { continue }
            line += text[counted..<start].count { $0 == UInt8(ascii: "\n") }
            counted = start
            lines.append(line)
        }
        return lines
    }

    private static func first(_ word: [UInt8], in text: [UInt8], from: Int) -> Int? {
        text.withUnsafeBytes { text in
            var from = from
            while let base = text.baseAddress, from + word.count <= text.count {
                guard let found = memchr(base + from, Int32(word[0]), text.count - from) else { return nil }
                let start = UnsafeRawPointer(found) - base
                guard start + word.count <= text.count else { return nil }
                if memcmp(found, word, word.count) == 0 { return start }
                from = start + 1
            }
            return nil
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") <= 25
            || byte >= 0x80
    }
}
