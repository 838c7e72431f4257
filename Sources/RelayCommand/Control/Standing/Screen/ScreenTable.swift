/// Named rows of figures under headings, with notes below those that have something to tell.
///
/// No figure is cut: where the width does not suffice for a name beside its figures, the name has a line of its own.
struct ScreenTable {
    struct Cell {
        let text: String
        let ink: Ink

        init(_ text: String, _ ink: Ink = .plain) {
            self.text = text
            self.ink = ink
        }
    }

    struct Row {
        let name: Cell
        /// One for each column but that of the names.
        let cells: [Cell]
        let notes: [InkedLine]
    }

    private let heading: String
    private let columns: [(heading: String, side: TextTable.Side)]
    private var rows: [Row] = []

    /// - Parameter heading: that of the names.
    init(_ heading: String, _ columns: [(heading: String, side: TextTable.Side)]) {
        self.heading = heading
        self.columns = columns
    }

    mutating func add(_ row: Row) { rows.append(row) }

    private static let gap = "  "
    /// Columns by which a note stands further in than its name.
    static let noteIndent = 4

    /// The lines, without columns that are empty in every row.
    func lines(width: Int?) -> [InkedLine] {
        let shown = columns.indices.filter { column in rows.contains { !$0.cells[column].text.isEmpty } }
        let widths = columns.indices.map { column in
            max(columns[column].heading.count, rows.map { length($0.cells[column].text) }.max() ?? 0)
        }
        let figures = shown.reduce(0) { $0 + Self.gap.count + widths[$1] }
        let longest = max(heading.count, rows.map { length($0.name.text) }.max() ?? 0)
        // On a terminal that is narrower than that the lines are longer than it.
        let names = width.map { min(longest, max($0 - figures, heading.count)) } ?? longest

        var lines = [line(Cell(heading, .faint), columns.map { Cell($0.heading, .faint) }, shown, widths, names)]
        for row in rows {
            if length(row.name.text) > names {
                lines.append(InkedLine(row.name.text, row.name.ink))
                lines.append(line(Cell(""), row.cells, shown, widths, names))
            } else {
                lines.append(line(row.name, row.cells, shown, widths, names))
            }
            for note in row.notes {
                let margin = InkedLine.Piece(String(repeating: " ", count: Self.noteIndent))
                let whole = InkedLine([margin] + note.pieces, hanging: Self.noteIndent + 2)
                lines += whole.folded(to: width)
            }
        }
        return lines
    }

    private func line(
        _ name: Cell, _ cells: [Cell], _ shown: [Int], _ widths: [Int], _ names: Int
    ) -> InkedLine {
        var line = InkedLine(name.text, name.ink)
        // Spaces are written before what follows them, so that no line ends in one.
        var owed = names - length(name.text)
        for column in shown {
            let cell = cells[column]
            owed += Self.gap.count
            let padding = widths[column] - length(cell.text)
            if columns[column].side == .right { owed += padding }
            if !cell.text.isEmpty {
                line.add(String(repeating: " ", count: max(0, owed)))
                line.add(cell.text, cell.ink)
                owed = 0
            }
            if columns[column].side == .left { owed += padding }
        }
        return line
    }

    /// Of the text as it is shown.
    private func length(_ text: String) -> Int { InkedLine(text).length }
}
