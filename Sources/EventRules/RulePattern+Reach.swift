import RelayModel

/// What events a rule can match, so that subscriptions, joins and warnings follow from the rules.
extension RulePattern {
    /// Whether the rule could match some event of this type, and of the feed of this name where one is given.
    package func canMatch(type: String, feed: String? = nil) -> Bool {
        branches.contains { $0.canMatch(type: type, feed: feed) }
    }

    /// The addresses that bound what the rule can match of an interface402 feed, in the form in which they compare.
    ///
    /// Each event of the feed that the rule matches, of a type known or not, has one of them as its sender or recipient.
    /// Nil where some event without a named address could match; empty where the rule matches no event of the feed.
    package func boundingWallets(feed: String) -> Set<String>? {
        var result: Set<String> = []
        for branch in branches where branch.canMatchEvents(ofFeed: feed) {
            guard let wallets = branch.boundingWallets else { return nil }
            result.formUnion(wallets)
        }
        return result
    }

    /// Whether judging events of an interface402 feed can take fields of an earlier payment: the rule can match a
    /// verification, which has no sender, or a settlement, which has no wallet, and asks for such a field.
    package func needsJoin(feed: String) -> Bool {
        branches.contains { branch in
            branch.canMatch(type: "verification", feed: feed) && branch.names(anyOf: [.wallet, .sender])
                || branch.canMatch(type: "settlement", feed: feed)
                    && branch.names(anyOf: [.wallet, .sender, .recipient, .amount])
        }
    }

    /// Whether the rule asks for `wallet` together with `amount` or `mint` but for neither `sender` nor `recipient`:
    /// a stranger's transfer in a transaction that touches the wallet would satisfy it.
    package var takesStrangersTransfers: Bool {
        branches.contains { branch in
            branch.names(anyOf: [.wallet]) && branch.names(anyOf: [.amount, .mint])
                && !branch.names(anyOf: [.sender, .recipient])
        }
    }

    /// Whether the relay's own events (`relay.…`) reach the rule.
    package var takesOwnEvents: Bool {
        branches.contains(where: \.takesOwnEvents)
    }

    /// The names of the derived fields that the rule asks for.
    package var derivedFields: Set<String> {
        Set(branches.flatMap(\.conditions).compactMap { DerivedName(first: $0.path)?.rawValue })
    }
}

extension Branch {
    /// Whether it could match an event that the feed brings, of whatever type; the relay's own events are none.
    ///
    /// True where that is not certain.
    fileprivate func canMatchEvents(ofFeed feed: String) -> Bool {
        conditions.allSatisfy { condition in
            switch condition.path.first {
            case "feed": condition.path.count == 1 ? condition.accepts(.string, feed) : condition.acceptsAbsence
            case "type": condition.path.count == 1 ? condition.canHoldForForeignType : condition.acceptsAbsence
            default: true
            }
        }
    }

    fileprivate func canMatch(type: String, feed: String?) -> Bool {
        conditions.allSatisfy { condition in
            let known: String?
            switch condition.path.first {
            case "type": known = type
            case "feed": known = feed
            default: known = nil
            }
            guard let known else { return true }
            // Both are strings, so that a field within them is absent.
            return condition.path.count == 1 ? condition.accepts(.string, known) : condition.acceptsAbsence
        }
    }

    fileprivate func names(anyOf names: Set<DerivedName>) -> Bool {
        conditions.contains { DerivedName(first: $0.path).map(names.contains) ?? false }
    }

    /// The addresses of the shortest list of exact ones, one of which the event has to have; nil without such a list.
    fileprivate var boundingWallets: [String]? {
        var shortest: Condition?
        for condition in conditions where condition.isListOfWallets {
            if shortest.map({ condition.test.strings.count < $0.test.strings.count }) ?? true { shortest = condition }
        }
        guard let shortest else { return nil }
        var result: [String] = []
        shortest.test.strings.visitEach { result.append(String(decoding: $0, as: UTF8.self)) }
        return result
    }
}

extension Condition {
    /// Asked of a top-level `type`: whether it could accept one that is not the relay's own.
    fileprivate var canHoldForForeignType: Bool {
        if acceptsPresence { return true }
        var result = false
        test.strings.visitEach { text in
            if !Bytes.hasPrefix(text, EventView.ownPrefix) { result = true }
        }
        return result
            || test.operators.contains { alternative in
                switch alternative {
                case .literal, .number: false
                case .prefix(let text): !text.starts(with: EventView.ownPrefix)
                case .wildcard(let pattern): !pattern.head.starts(with: EventView.ownPrefix)
                default: true
                }
            }
    }

    fileprivate var isListOfWallets: Bool {
        switch DerivedName(path: path) {
        case .wallet, .sender, .recipient:
            !acceptsAbsence && !acceptsPresence && test.operators.isEmpty && test.strings.count > 0
        case .feed, .amount, .mint, nil: false
        }
    }
}
