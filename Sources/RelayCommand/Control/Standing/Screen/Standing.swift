/// A feed or a destination on the screen of `status`.
struct Standing {
    /// How much it asks for a person; the worst first.
    enum Severity: Int, Comparable {
        case bad, warning
        /// It is well, but something happened to it in the last hour.
        case noted
        case well

        var isWell: Bool { self >= .noted }

        static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    let severity: Severity
    let row: ScreenTable.Row

    /// What happened within this time is recent.
    static let recent = Duration.seconds(3600)
    /// Rows of a table where not all are asked for: what fits on a screen beside the rest.
    static let shown = 20

    /// The table of the worst, and how many there are beside them.
    static func lines(
        _ standings: [Standing], in table: ScreenTable, width: Int?, showsAll: Bool
    ) -> [InkedLine] {
        // By the order of the configuration where they are equal.
        let sorted = standings.enumerated().sorted {
            ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset)
        }.map(\.element)
        let shown = showsAll ? sorted[...] : sorted.prefix(Self.shown)
        let rest = sorted[shown.endIndex...]
        var table = table
        for standing in shown { table.add(standing.row) }
        var lines = table.lines(width: width)
        let unwell = rest.count { !$0.severity.isWell }
        if unwell > 0 {
            lines.append(
                InkedLine("and \(rest.count) more, of which \(unwell) are NOT well: --all shows them", .warning))
        } else if !rest.isEmpty {
            lines.append(
                InkedLine(
                    "and \(rest.count) more that \(rest.count == 1 ? "is" : "are") well: --all shows them", .faint))
        }
        return lines
    }
}
