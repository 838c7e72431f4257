/// A pattern in which `*` stands for any number of characters, none included.
///
/// `\*` is an asterisk and `\\` a backslash; no other escape and no two stars in a row (as EventBridge has it).
struct Wildcard: Sendable {
    /// What stands between the stars: one piece more than there are stars.
    private var pieces: [[UInt8]]

    /// The pattern that `text` spells, or the reason why it is none.
    static func parse(_ text: String) -> Result<Wildcard, WildcardFault> {
        var pieces: [[UInt8]] = [[]]
        var isEscaped = false
        var afterStar = false
        for byte in text.utf8 {
            if isEscaped {
                guard byte == UInt8(ascii: "*") || byte == UInt8(ascii: "\\") else { return .failure(.badEscape) }
                pieces[pieces.count - 1].append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                afterStar = false
            } else if byte == UInt8(ascii: "*") {
                if afterStar { return .failure(.consecutiveStars) }
                afterStar = true
                pieces.append([])
            } else {
                afterStar = false
                pieces[pieces.count - 1].append(byte)
            }
        }
        return isEscaped ? .failure(.badEscape) : .success(Wildcard(pieces: pieces))
    }

    private init(pieces: [[UInt8]]) {
        self.pieces = pieces
    }

    /// The text before the first star.
    var head: [UInt8] { pieces[0] }

    /// The same pattern with its ASCII letters in lower case.
    var lowered: Wildcard { Wildcard(pieces: pieces.map { $0.map(Bytes.lowered) }) }

    /// Takes each middle piece at its first place, which leaves the most room: no backtracking is needed.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard pieces.count > 1 else { return Bytes.equal(text, pieces[0]) }
        let last = pieces[pieces.count - 1]
        guard Bytes.hasPrefix(text, pieces[0]), Bytes.hasSuffix(text, last) else { return false }
        var at = pieces[0].count
        let end = text.count - last.count
        for piece in pieces[1..<(pieces.count - 1)] {
            while at + piece.count <= end, !Bytes.isEqual(text, at: at, piece) { at += 1 }
            guard at + piece.count <= end else { return false }
            at += piece.count
        }
        return at <= end
    }
}

/// Why a text is no wildcard pattern.
enum WildcardFault: Error {
    case consecutiveStars
    case badEscape
}
