import DeliveryPlanning
import EventRules
import RelayModel

/// The whole file.
struct TopKeys: ObjectKeys {
    let schema = Key("$schema", optional: .anyText, "The schema that an editor checks this file with.")
    let feeds = Key("feeds", required: .named(.object(FeedKeys()), "feed"), "The feeds, under their names.")
    let destinations = Key(
        "destinations", required: .named(.object(DestinationKeys()), "destination"),
        "The destinations, under their names.")
    let rules = Key("rules", required: .named(.object(RuleKeys()), "rule"), "The rules, under their names.")
    let outbox = Key("outbox", object: OutboxKeys(), "Where events wait on disk.")
    let admin = Key("admin", optional: .object(AdminKeys()), otherwise: "no TCP port", "The admin interface over TCP.")
    let payments = Key(
        "payments", optional: .object(PaymentsKeys()), otherwise: "nothing is ever paid", "Paying feeds with x402.")
    let log = Key("log", object: LogKeys(), "What is logged, and how.")

    func value(of object: ObjectReader) -> Configuration? {
        _ = object[schema]
        let feeds = object[feeds] ?? []
        let destinations = object[destinations] ?? []
        let rules = object[rules] ?? []
        let (outbox, admin, payments, log) = (object[outbox], object[admin], object[payments], object[log])
        let (feedNames, destinationNames) = (feeds.map(\.name), destinations.map(\.name))
        for rule in rules {
            report(rule.value?.deliverTo, notAmong: destinationNames, "destination")
            report(rule.value?.feeds, notAmong: feedNames, "feed")
        }
        guard object.site.reading.faults.isEmpty else { return nil }
        let patterns = rules.compactMap { $0.value?.pattern }
        let result = Configuration(
            feeds: feeds.compactMap { feed(from: $0, rules: rules) },
            destinations: destinations.compactMap { destination in
                guard var value = destination.value else { return nil }
                value.policy.name = destination.name
                return value
            },
            rules: rules.compactMap { rule in
                rule.value.map {
                    RuleConfiguration(
                        name: rule.name, deliverTo: $0.deliverTo.map(\.value).withoutRepeats,
                        feeds: $0.feeds?.map(\.value).withoutRepeats)
                }
            },
            ruleSet: RuleSet(patterns: patterns), outbox: outbox, admin: admin, payments: payments, log: log)
        warn(destinations, rules)
        let paid = PaidFeeds(feeds)
        if let payments, let site = object.site(self.payments.name) {
            paid.warn(payments, at: site)
        } else {
            paid.warnWithoutPayments()
        }
        return result
    }

    private func report(_ names: [Located<String>]?, notAmong known: [String], _ noun: String) {
        // Without any, that itself is the fault.
        for name in names ?? [] where !known.isEmpty && !known.contains(name.value) {
            let near = Suggestion.nearest(to: name.value, among: known).map { "did you mean \"\($0)\"?" }
            let remedy = near ?? "there are: " + known.joined(separator: ", ")
            name.site.fault("no \(noun) is named \(name.value.quotedForMessage), \(remedy)")
        }
    }

    /// The feed with its name, and with the keys that follow from the rules.
    private func feed(from named: Named<FeedConfiguration>, rules: [Named<RuleDraft>]) -> FeedConfiguration? {
        guard var feed = named.value else { return nil }
        feed.name = named.name
        guard case .interface402(var own) = feed.kind, own.keys.isEmpty else { return feed }
        let seeing = rules.compactMap(\.value).filter { draft in
            draft.feeds?.contains { $0.value == named.name } ?? true
        }
        own.keys = Subscriptions.keys(feed: named.name, patterns: seeing.compactMap(\.pattern))
        if own.keys.isEmpty {
            // Subscribed to something, the feed shows that it lives, and rules for the relay's own events work.
            own.keys = [Interface402Channel.payments.rawValue]
            named.site.warn("no rule can match an event of this feed; it is watched through \"payments\" alone")
        } else if own.keys.contains(where: { Interface402Channel(rawValue: $0) != nil }) {
            for draft in seeing where draft.pattern?.canMatchOnlyUnknownTypes(of: named.name) ?? false {
                draft.match?.warn(
                    "no channel that is known brings events of these types from the feed \"\(named.name)\"; "
                        + "name what brings them under \"keys\" of the feed, or correct \"type\"")
            }
        }
        feed.kind = .interface402(own)
        return feed
    }

    private func warn(_ destinations: [Named<DestinationConfiguration>], _ rules: [Named<RuleDraft>]) {
        let used = Set(rules.flatMap { $0.value?.deliverTo.map(\.value) ?? [] })
        for destination in destinations where !used.contains(destination.name) {
            destination.site.warn("no rule delivers to this destination")
        }
        for rule in rules {
            guard let draft = rule.value, let pattern = draft.pattern, pattern.takesStrangersTransfers else { continue }
            draft.match?.warn(
                """
                names "wallet" with "amount" or "mint" but neither "sender" nor "recipient": a stranger's transfer \
                in a transaction that touches the wallet would pass, name "recipient" or "sender" instead of "wallet"
                """)
        }
    }
}

extension [String] {
    /// The first of equals, in order.
    fileprivate var withoutRepeats: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
