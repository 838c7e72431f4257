import RelayModel

/// Rows under headings, in aligned columns; what a terminal could take for a command is escaped.
struct TextTable {
    /// Which side of its column a text stands on.
    enum Side {
        case left, right
    }

    private let sides: [Side]
    private var rows: [[String]]

    init(_ columns: [(heading: String, side: Side)]) {
        sides = columns.map(\.side)
        rows = [columns.map(\.heading)]
    }

    var isEmpty: Bool { rows.count == 1 }

    /// Adds a row with a text for each column.
    mutating func add(_ row: [String]) {
        rows.append(row.map(TerminalText.escaped))
    }

    /// The lines, without columns that are empty in every row.
    var text: String {
        let shown = sides.indices.filter { column in rows.dropFirst().contains { !$0[column].isEmpty } }
        let widths = sides.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = shown.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return sides[column] == .left ? row[column] + padding : padding + row[column]
            }
            let line = cells.joined(separator: "  ")
            return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
        }.joined(separator: "\n")
    }
}
