import RelayModel

/// What a piece of a screen says by its colour; the words say it too.
enum Ink {
    case plain, good, warning, bad, heading, faint

    /// The SGR parameters (ECMA-48, 8.3.117) of the terminal's own palette, so that it is readable on any background.
    fileprivate var parameters: String? {
        switch self {
        case .plain: nil
        case .good: "32"
        case .warning: "33"
        case .bad: "1;31"
        case .heading: "1"
        case .faint: "2"
        }
    }
}

/// A line of a screen: pieces of text, each in its colour, without what a terminal could take for a command.
struct InkedLine: Hashable {
    struct Piece: Hashable {
        let text: String
        let ink: Ink

        init(_ text: String, _ ink: Ink = .plain) {
            self.text = TerminalText.escaped(text)
            self.ink = ink
        }
    }

    private(set) var pieces: [Piece]
    /// Columns by which what does not fit on the line is indented on the next ones.
    var hanging: Int

    init(_ pieces: [Piece] = [], hanging: Int = 0) {
        self.pieces = pieces
        self.hanging = hanging
    }

    init(_ text: String, _ ink: Ink = .plain, hanging: Int = 0) {
        self.init([Piece(text, ink)], hanging: hanging)
    }

    mutating func add(_ text: String, _ ink: Ink = .plain) { pieces.append(Piece(text, ink)) }

    /// Its length in characters.
    var length: Int { pieces.reduce(0) { $0 + $1.text.count } }

    /// The lines that it takes where each holds `width` characters, broken at spaces where it can be; itself for no width.
    func folded(to width: Int?) -> [InkedLine] {
        guard let width, length > width else { return [self] }
        // A narrow terminal needs its columns for the text.
        let indent = hanging <= width / 2 ? hanging : 0
        var rest = pieces.flatMap { piece in piece.text.map { (character: $0, ink: piece.ink) } }[...]
        var lines: [InkedLine] = []
        while !rest.isEmpty {
            let room = max(1, width - (lines.isEmpty ? 0 : indent))
            let margin = InkedLine(lines.isEmpty ? "" : String(repeating: " ", count: indent))
            guard rest.count > room else {
                lines.append(margin.adding(rest))
                break
            }
            // The space itself may stand past the edge; those of the first line's own indentation are no place to break.
            let begin = rest.firstIndex { $0.character != " " } ?? rest.startIndex
            let window = rest[begin...].prefix(max(0, room + 1 - (begin - rest.startIndex)))
            let end = window.lastIndex { $0.character == " " } ?? rest.startIndex + room
            lines.append(margin.adding(rest[..<end]))
            rest = rest[end...].drop { $0.character == " " }
        }
        return lines
    }

    /// The line as it is written, colours by escape sequences where it has any.
    func text(isColoured: Bool) -> String {
        pieces.map { piece in
            guard isColoured, let parameters = piece.ink.parameters else { return piece.text }
            return "\u{1B}[\(parameters)m\(piece.text)\u{1B}[0m"
        }.joined()
    }

    private func adding(_ characters: ArraySlice<(character: Character, ink: Ink)>) -> InkedLine {
        var line = self
        var rest = characters
        while let ink = rest.first?.ink {
            let run = rest.prefix { $0.ink == ink }
            line.pieces.append(Piece(String(run.map(\.character)), ink))
            rest = rest[run.endIndex...]
        }
        line.pieces.removeAll { $0.text.isEmpty }
        return line
    }
}
