package import RelayModel

extension RulePattern {
    /// Why an event does not match, as a sentence about the first condition that fails; nil where it matches.
    ///
    /// Of a rule with `$or` the combination that gets furthest is told.
    package func explain(_ document: JSONDocument, _ fields: DerivedFields) -> String? {
        let event = EventView(document, fields)
        var furthest: (branch: Branch, held: Int, truth: Truth)?
        for branch in branches {
            let truth = branch.truth(for: event)
            if truth == .yes { return nil }
            let held = branch.heldConditions(for: event, atLeast: truth)
            // What may still match says more than what cannot.
            if let best = furthest, (best.truth == .unknown) != (truth == .unknown) ? truth == .no : held <= best.held {
                continue
            }
            furthest = (branch, held, truth)
        }
        guard let (branch, held, truth) = furthest else { return nil }
        guard held < branch.conditions.count else {
            return "it is one of the relay's own events, which reach a rule only when an exact value, a prefix or a "
                + "wildcard of its type begins with \"relay.\""
        }
        let condition = branch.conditions[held]
        let reason = event.reason(condition, truth, before: Array(branch.conditions[..<held]))
        let isShared = branches.allSatisfy { $0.conditions.count > held && $0.conditions[held] === condition }
        return isShared ? reason : "none of the \(branches.count) combinations of $or holds; the nearest: \(reason)"
    }
}

extension Branch {
    /// How many of the conditions, taken in order, hold together.
    ///
    /// All of them where only the event's being one of the relay's own stands against it.
    fileprivate func heldConditions(for event: EventView, atLeast truth: Truth) -> Int {
        for count in conditions.indices {
            let first = Branch(conditions: Array(conditions[...count]), takesOwnEvents: true)
            let found = first.truth(for: event)
            if found == .no || (truth == .unknown && found == .unknown) { return count }
        }
        return conditions.count
    }
}

extension EventView {
    /// The values of an event that a sentence shows.
    private static let shownValues = 3

    fileprivate func reason(_ condition: Condition, _ truth: Truth, before: [Condition]) -> String {
        let name = condition.path.joined(separator: ".")
        if truth == .unknown {
            return "\(name) is not known until the payment of this event arrives, the rule asks for \(condition.asked)"
        }
        let alone = Branch(conditions: [condition], takesOwnEvents: true)
        if !before.isEmpty, alone.truth(for: self) != .no {
            let whole = DerivedName(first: condition.path)?.isOfTransfer == true ? "transfer" : "array element"
            return "no single \(whole) has \(name) as the rule asks, \(condition.asked), and what it asks before that"
        }
        return "\(name) is \(shown(condition.path)), the rule asks for \(condition.asked)"
    }

    private func shown(_ path: [String]) -> String {
        var values: [String] = []
        var hasMore = false
        _ = forEachValue(of: DerivedName(first: path), at: path) { kind, text in
            guard !hasMore else { return }
            let plain = String(decoding: text, as: UTF8.self)
            let json = kind == .string ? JSONEscapes.quoted(plain) : plain
            let excerpt = JSONExcerpt.text(Array(json.utf8)[...])
            if values.contains(excerpt) { return }
            hasMore = values.count == Self.shownValues
            if !hasMore { values.append(excerpt) }
        }
        if values.isEmpty { return "absent" }
        return values.joined(separator: ", ") + (hasMore ? " and more" : "")
    }
}
