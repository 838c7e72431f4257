package import RelayModel

/// The rules that an event satisfies, as indices into the set's patterns, ascending.
package struct RuleVerdicts: Hashable, Sendable {
    package var matched: [Int]
    /// Hang on fields of a payment that is not known yet.
    package var undecided: [Int]

    package init(matched: [Int] = [], undecided: [Int] = []) {
        self.matched = matched
        self.undecided = undecided
    }
}

/// All rules of a configuration, indexed: an event is judged by the few rules whose addresses, types or ids it has,
/// in a time that hardly grows with the number of rules.
///
/// Immutable: any number of threads may use one at once.
package struct RuleSet: Sendable {
    /// In the order of the configuration.
    package let patterns: [RulePattern]
    private let branches: [Branch]
    /// The rule that a branch belongs to; ascending.
    private let rules: [Int32]
    private let index: RuleIndex
    private let names: TopLevelNames

    package init(patterns: [RulePattern]) {
        self.patterns = patterns
        var branches: [Branch] = []
        var rules: [Int32] = []
        for (rule, pattern) in patterns.enumerated() {
            branches.append(contentsOf: pattern.branches)
            rules.append(contentsOf: repeatElement(Int32(rule), count: pattern.branches.count))
        }
        index = RuleIndex(branches)
        names = TopLevelNames(branches)
        self.branches = branches
        self.rules = rules
    }

    /// How many branches (a rule without `$or` is one) no exact value leads to: each event is judged by all of them.
    package var linearCount: Int { index.linear.count }

    /// Which rules an event satisfies, and which hang on a payment that is not known yet.
    package func evaluate(_ document: JSONDocument, _ fields: DerivedFields) -> RuleVerdicts {
        let event = EventView(document, fields, names: names)
        var candidates = index.candidates(for: event)
        candidates.sort()
        var result = RuleVerdicts()
        var current: Int32 = -1
        var truth = Truth.no
        func close() {
            switch truth {
            case .yes: result.matched.append(Int(current))
            case .unknown: result.undecided.append(Int(current))
            case .no: break
            }
        }
        func judge(_ branch: Int32) {
            let rule = rules[Int(branch)]
            if rule != current {
                close()
                current = rule
                truth = .no
            }
            if truth != .yes { truth = truth.or(branches[Int(branch)].truth(for: event)) }
        }
        // Both lists ascend, so the branches of a rule come together.
        var next = 0
        var last: Int32 = -1
        for branch in candidates where branch != last {
            last = branch
            while next < index.linear.count, index.linear[next] < branch {
                judge(index.linear[next])
                next += 1
            }
            judge(branch)
        }
        while next < index.linear.count {
            judge(index.linear[next])
            next += 1
        }
        close()
        return result
    }
}
