import RelayModel

/// A truth of three values: `unknown` where it hangs on a payment that is not known yet.
enum Truth {
    case no, unknown, yes

    /// Both hold.
    func and(_ other: Truth) -> Truth {
        if self == .no || other == .no { return .no }
        return self == .unknown || other == .unknown ? .unknown : .yes
    }

    /// One of them holds.
    func or(_ other: Truth) -> Truth {
        if self == .yes || other == .yes { return .yes }
        return self == .unknown || other == .unknown ? .unknown : .no
    }
}

/// One way to satisfy a rule: one choice from each `$or`.
///
/// All of its conditions have to hold together. A class, so that judging an event with many candidates copies references only.
final class Branch: Sendable {
    /// In the order of the rule's text.
    let conditions: [Condition]
    /// Its `type` names the relay's own events; other branches do not see them.
    let takesOwnEvents: Bool
    private let own: ObjectPattern
    private let feed: MemberPattern?
    private let wallet: MemberPattern?
    private let transfer: [(name: DerivedName, pattern: MemberPattern)]

    init(conditions: [Condition], takesOwnEvents: Bool) {
        self.conditions = conditions
        self.takesOwnEvents = takesOwnEvents
        own = ObjectPattern(conditions.filter { DerivedName(first: $0.path) == nil })
        let derived = ObjectPattern(conditions.filter { DerivedName(first: $0.path) != nil })
        feed = derived.members.first { $0.name == DerivedName.feed.rawValue }
        wallet = derived.members.first { $0.name == DerivedName.wallet.rawValue }
        transfer = derived.members.compactMap { member in
            DerivedName(rawValue: member.name).flatMap { $0.isOfTransfer ? ($0, member) : nil }
        }
    }

    func truth(for event: EventView) -> Truth {
        if event.isOwn && !takesOwnEvents { return .no }
        if own.held(byFieldsOf: event) == .no { return .no }
        var result = Truth.yes
        if let feed {
            result = feed.truth(of: event.feed, in: event)
            if result == .no { return .no }
        }
        if let wallet {
            result = result.and(wallet.truth(ofAny: event.fields.wallets, in: event))
            if result == .no { return .no }
        }
        return transfer.isEmpty ? result : result.and(transferTruth(for: event))
    }

    /// One transfer has to satisfy all that is asked of its fields.
    ///
    /// An event without any has none of them, the mints of a raw transaction excepted.
    private func transferTruth(for event: EventView) -> Truth {
        if event.fields.transfers.isEmpty {
            var result = Truth.yes
            for (name, pattern) in transfer {
                result = result.and(
                    pattern.truth(ofAny: name == .mint ? event.fields.looseMints : [], in: event))
            }
            return result
        }
        var result = Truth.no
        for candidate in event.fields.transfers {
            var truth = Truth.yes
            for (name, pattern) in transfer {
                truth = truth.and(pattern.truth(of: name.value(in: candidate), in: event))
                if truth == .no { break }
            }
            if truth == .yes { return .yes }
            result = result.or(truth)
        }
        return result
    }
}

extension MemberPattern {
    /// Whether all that is asked of a derived field holds for its one value.
    func truth(of value: DerivedFields.Value, in event: EventView) -> Truth {
        if case .unknown = value { return .unknown }
        for condition in conditions where condition.held(value, in: event) == .no { return .no }
        if let inner, inner.held(value, in: event) == .no { return .no }
        return .yes
    }

    /// Whether all that is asked of a derived field of several values holds: each condition for some value.
    func truth(ofAny values: [DerivedFields.Value], in event: EventView) -> Truth {
        var result = Truth.yes
        for condition in conditions {
            result = result.and(
                Self.truth(ofAny: values, canHoldByValue: condition.canHoldByValue, condition.heldByNothing) {
                    condition.held($0, in: event)
                })
            if result == .no { return .no }
        }
        if let inner {
            result = result.and(
                Self.truth(ofAny: values, canHoldByValue: true, inner.heldByNothing) { inner.held($0, in: event) })
        }
        return result
    }

    private static func truth(
        ofAny values: [DerivedFields.Value], canHoldByValue: Bool, _ heldByNothing: Held,
        _ held: (DerivedFields.Value) -> Held
    ) -> Truth {
        var isUnknown = false
        var failed = false
        for value in values {
            if case .unknown = value {
                isUnknown = true
                continue
            }
            switch held(value) {
            case .byValue: return .yes
            case .no: failed = true
            case .byAbsence: break
            }
        }
        // What asks for absence alone is refused by one value that is there, whatever the unknown ones are.
        if isUnknown { return failed && !canHoldByValue ? .no : .unknown }
        return failed || heldByNothing == .no ? .no : .yes
    }
}

extension Condition {
    /// How it holds for a known value of a derived field.
    func held(_ value: DerivedFields.Value, in event: EventView) -> Held {
        switch value {
        case .absent, .unknown: return heldByNothing
        case .event(let node): return held(event.document, node)
        case .payment(let node): return event.fields.payment.map { held($0, node) } ?? heldByNothing
        case .text(let text): return accepts(.string, text) ? .byValue : .no
        case .number(let text): return accepts(.number, text) ? .byValue : .no
        }
    }
}

extension ObjectPattern {
    /// How it holds for a known value of a derived field.
    func held(_ value: DerivedFields.Value, in event: EventView) -> Held {
        switch value {
        case .absent, .unknown, .text, .number: heldByNothing
        case .event(let node): heldInside(event.document, node)
        case .payment(let node): event.fields.payment.map { heldInside($0, node) } ?? heldByNothing
        }
    }
}
