/// A picture that is drawn over the one before, by escape sequences (ECMA-48, and xterm's private modes).
enum WatchFrame {
    /// To the other screen, which is emptied: without a cursor, and lines that do not fit are cut and not wrapped.
    static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[H\u{1B}[2J"
    /// Back to what the terminal showed before.
    static let leave = "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// Writes each line over the one that is there, and erases only what is left of that: nothing flickers.
    static func text(_ lines: [InkedLine], size: Terminal.Size, isColoured: Bool) -> String {
        let shown = cut(lines.flatMap { $0.folded(to: size.columns) }, to: size)
        let drawn = shown.map { line in
            // On a full line the cursor stays on the last character, which would be erased with the rest.
            line.text(isColoured: isColoured) + (line.length < size.columns ? "\u{1B}[K" : "")
        }
        return "\u{1B}[H" + drawn.joined(separator: "\r\n") + (shown.count < size.rows ? "\r\n\u{1B}[J" : "")
    }

    /// What fits, and how many lines do not.
    private static func cut(_ lines: [InkedLine], to size: Terminal.Size) -> [InkedLine] {
        guard lines.count > size.rows else { return lines }
        let kept = max(0, size.rows - 1)
        let note = InkedLine(
            "… \(lines.count - kept) more lines: a taller terminal shows them, or status without --watch")
        return Array(lines.prefix(kept) + note.folded(to: size.columns).prefix(1))
    }
}
