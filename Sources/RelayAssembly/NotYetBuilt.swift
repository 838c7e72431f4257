import EventRules
package import RelayConfig

/// What a configuration may ask for, since `check` knows all of it, but this version of the relay does not do.
package enum NotYetBuilt {
    /// A sentence for each thing in `configuration` that `run` has to refuse; empty where it can be run.
    package static func refusals(of configuration: Configuration) -> [String] {
        var refusals: [String] = []
        for feed in configuration.feeds {
            if case .atomicStream = feed.kind {
                refusals.append("feeds.\(feed.name): this version does not speak atomicstream yet; remove the feed")
            }
        }
        if configuration.payments != nil {
            refusals.append("payments: this version does not pay yet; remove the section")
        }
        if configuration.admin != nil {
            refusals.append("admin: this version has no admin interface yet; remove the section")
        }
        return refusals + ruleRefusals(of: configuration)
    }

    /// What `run` does otherwise than the configuration's reader may expect, without that being a reason to refuse it.
    package static func notices(of configuration: Configuration) -> [String] {
        var notices = ["delivered and dead events stay in the outbox: retention and maxSize are not applied yet"]
        let takesJoinable = configuration.ruleSet.patterns.contains { pattern in
            pattern.canMatch(type: "verification") || pattern.canMatch(type: "settlement")
        }
        if takesJoinable {
            notices.append("verifications and settlements are sent without their payment")
        }
        return notices
    }

    /// Running a rule without the join would pass over settlements that it is there for, without a word.
    private static func ruleRefusals(of configuration: Configuration) -> [String] {
        zip(configuration.rules, configuration.ruleSet.patterns).compactMap { rule, pattern in
            let feeds = configuration.feeds.map(\.name).filter { rule.feeds?.contains($0) ?? true }
            if feeds.contains(where: { pattern.needsJoin(feed: $0) }) {
                return "rules.\(rule.name): this version does not yet join verifications and settlements with their"
                    + " payment, which the rule's wallets or amounts need; restrict it with \"type\": [\"payment\"]"
            }
            if pattern.takesOwnEvents {
                return "rules.\(rule.name): this version does not send events of its own (relay.*) yet; remove them"
            }
            return nil
        }
    }
}
