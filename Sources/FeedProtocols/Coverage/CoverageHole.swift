import RelayModel

/// A time that no connection is known to have covered, up to a subscription.
struct CoverageHole: Hashable, Sendable {
    var from: Timestamp
    var to: Timestamp
    var causes: GapCauses

    /// Takes out of `holes` what lies between `from`, a subscription, and `to`, a message that came on it.
    ///
    /// No hole reaches over a subscription, so each lies before `from` or after it.
    static func cover(from: Timestamp, to: Timestamp, in holes: inout [CoverageHole]) {
        for index in holes.indices.reversed() where holes[index].from >= from {
            if holes[index].to <= to {
                holes.remove(at: index)
            } else {
                holes[index].from = max(holes[index].from, to)
            }
        }
    }

    /// Takes the runs of touching holes out of `holes`, sorted by time, in which each one `isCertain`: each run as one.
    ///
    /// A run with a hole that is not waits, or one outage would be told as several gaps.
    static func takeRuns(of holes: inout [CoverageHole], where isCertain: (CoverageHole) -> Bool) -> [CoverageHole] {
        var taken: [CoverageHole] = []
        var kept: [CoverageHole] = []
        var rest = holes[...]
        while let first = rest.first {
            var count = 1
            while count < rest.count, rest[rest.startIndex + count].from <= rest[rest.startIndex + count - 1].to {
                count += 1
            }
            let run = rest.prefix(count)
            rest = rest.dropFirst(count)
            guard run.allSatisfy(isCertain) else {
                kept += run
                continue
            }
            taken.append(
                run.dropFirst().reduce(first) { whole, part in
                    var causes = whole.causes
                    causes.add(part.causes)
                    return CoverageHole(from: whole.from, to: part.to, causes: causes)
                })
        }
        holes = kept
        return taken
    }
}
