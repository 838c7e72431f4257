import FeedProtocols
import RelayModel
import Testing

/// Gaps against a model that knows what truly came.
struct CoveragePropertyTests {
    private static let seeds: Range<UInt64> = 0..<400

    @Test(arguments: [false, true], [false, true])
    func `every event that was missed lies in a gap`(pauses: Bool, deafness: Bool) {
        var missed = 0
        for seed in Self.seeds {
            let model = CoverageModel(seed: seed, steps: 150, pauses: pauses, deafness: deafness)
            guard let first = model.first else { continue }
            let events = model.sent.subtracting(model.received).filter { first < $0 && $0 < model.last }
            for event in events.sorted() {
                missed += 1
                let isTold = model.gaps.contains { $0.from.milliseconds < event && event < $0.to.milliseconds }
                guard isTold else {
                    Issue.record("seed \(seed): the event at \(event) was missed in silence; gaps: \(model.gaps)")
                    return
                }
            }
        }
        #expect(missed > 1000)
    }

    @Test(arguments: [false, true])
    func `no gap holds a time that was covered, and each time is told once`(deafness: Bool) {
        var told = 0
        for seed in Self.seeds {
            let model = CoverageModel(seed: seed, steps: 150, pauses: false, deafness: deafness)
            guard let first = model.first else { continue }
            for moment in stride(from: first + 1, to: model.last, by: 2) {
                let covered = model.proven.contains { $0.from < moment && moment < $0.to }
                let gaps = model.gaps.count { $0.from.milliseconds < moment && moment < $0.to.milliseconds }
                told += gaps
                guard gaps == (covered ? 0 : 1) else {
                    Issue.record(
                        "seed \(seed): \(moment) is \(covered ? "" : "not ")covered and in \(gaps) gaps: \(model.gaps)")
                    return
                }
            }
        }
        #expect(told > 1000)
    }

    @Test(arguments: [false, true])
    func `whenever the relay dies, what it wrote down last is before all that it has not told`(pauses: Bool) {
        for seed in Self.seeds {
            let model = CoverageModel(seed: seed, steps: 150, pauses: pauses)
            for (moment, told) in model.seen {
                guard model.gaps.dropFirst(told).allSatisfy({ $0.from >= moment }) else {
                    Issue.record("seed \(seed): seen at \(moment), but a later gap begins before: \(model.gaps)")
                    return
                }
            }
            #expect(zip(model.seen, model.seen.dropFirst()).allSatisfy { $0.moment <= $1.moment })
        }
    }
}
