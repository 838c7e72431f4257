/// Finds the word that was meant.
enum Suggestion {
    /// The candidate nearest to `word`, the first of equals; nil where none is near enough to be meant.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(word.lowercased().unicodeScalars)
        // Past this length nothing is a slip of the keyboard, and the table would grow with its square.
        guard (1...64).contains(wanted.count) else { return nil }
        var best: (distance: Int, candidate: String)?
        for candidate in candidates {
            let scalars = Array(candidate.lowercased().unicodeScalars)
            // A third of the word may be wrong: `timout`, `secret`, `max-size`, but not `url` for `name`.
            let allowed = max(1, max(wanted.count, scalars.count) / 3)
            let distance = editDistance(wanted, scalars)
            if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.candidate
    }

    /// How many insertions, deletions, substitutions and swaps of neighbours turn one into the other.
    ///
    /// Optimal string alignment: no part is changed twice.
    static func editDistance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for row in one.indices {
            var current = [row + 1]
            for column in other.indices {
                var cost = min(
                    last[column] + (one[row] == other[column] ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[other.count]
    }
}
