package import RelayModel

/// What a rule says of an event.
package enum RuleVerdict: Hashable, Sendable {
    case matched
    /// Hangs on fields of a payment that is not known yet.
    case undecided
    case refused
}

/// One rule's `match`, compiled: an EventBridge event pattern over the event's JSON and the derived fields.
///
/// `README.md` beside this file defines the language.
package struct RulePattern: Sendable {
    /// The combinations of `$or` alternatives, one of which has to hold; never empty.
    let branches: [Branch]
    /// Of the pattern's text and of the address files that it names.
    ///
    /// Two patterns of one process that differ have different ones, but for one pair in 2^64.
    package let fingerprint: Int

    /// The names that EventBridge reserves within `$or`: an operator there is a condition that lost its field.
    package static let namesReservedInOr = [
        "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
        "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
        "date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
    ]

    /// Compiles the `match` object at `node` of `document`, or throws all that is wrong with it.
    ///
    /// - Parameter readAddresses: reads the file that `{ "file": … }` names, as it is written there.
    package static func compile(
        _ node: JSONNode, in document: JSONDocument, readAddresses: (String) -> AddressList
    ) throws(RuleFaults) -> RulePattern {
        var hasher = Hasher()
        hasher.combine(Array(document.slice(node)))
        let readAndHash = { (path: String) in
            let list = readAddresses(path)
            if case .addresses(let addresses) = list { hasher.combine(addresses) }
            return list
        }
        let (branches, faults) = withoutActuallyEscaping(readAndHash) { readAddresses in
            var compiler = PatternCompiler(document: document, readAddresses: readAddresses)
            let branches = compiler.compile(node)
            return (branches, compiler.faults)
        }
        guard faults.isEmpty else { throw RuleFaults(faults: faults) }
        return RulePattern(
            branches: branches.map { Branch(conditions: $0) }, fingerprint: hasher.finalize())
    }

    /// What this rule says of an event.
    package func verdict(on document: JSONDocument, _ fields: DerivedFields) -> RuleVerdict {
        let event = EventView(document, fields)
        var truth = Truth.no
        for branch in branches where truth != .yes { truth = truth.or(branch.truth(for: event)) }
        return truth.verdict
    }
}

extension Truth {
    var verdict: RuleVerdict {
        switch self {
        case .yes: .matched
        case .unknown: .undecided
        case .no: .refused
        }
    }
}

extension Branch {
    /// A branch takes the relay's own events when an exact value, a prefix or a wildcard of its top-level `type`
    /// begins with `relay.`.
    convenience init(conditions: [Condition]) {
        let takesOwnEvents = conditions.contains { $0.path == ["type"] && $0.test.namesOwnEvents }
        self.init(conditions: conditions, takesOwnEvents: takesOwnEvents)
    }
}

extension ValueTest {
    fileprivate var namesOwnEvents: Bool {
        var result = false
        strings.visitEach { text in
            if Bytes.hasPrefix(text, EventView.ownPrefix) { result = true }
        }
        return result
            || operators.contains { alternative in
                switch alternative {
                case .prefix(let text), .prefixIgnoringCase(let text): text.starts(with: EventView.ownPrefix)
                case .wildcard(let pattern): pattern.head.starts(with: EventView.ownPrefix)
                default: false
                }
            }
    }
}
