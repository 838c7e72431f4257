import EventRules
package import RelayConfig

/// What changes from one configuration to the next, and what of it can be done while the relay runs.
package struct ReloadPlan: Sendable {
    /// What the relay is to run with: the new configuration, but for what needs a restart.
    package let configuration: Configuration
    package let feedsAdded: [FeedConfiguration]
    package let feedsChanged: [FeedConfiguration]
    package let feedsRemoved: [String]
    /// One clause each.
    package let applied: [String]
    package let needsRestart: [String]

    package init(from old: Configuration, to new: Configuration) {
        var applied: [String] = []
        var needsRestart: [String] = []
        var configuration = new

        if old.outbox.path != new.outbox.path {
            needsRestart.append(
                "outbox.path: stays \(old.outbox.path), and commands that read this file do not find the relay until then"
            )
            configuration.outbox.path = old.outbox.path
        }
        if configuration.outbox != old.outbox { applied.append("outbox: retention and size changed") }
        if old.admin != new.admin {
            needsRestart.append("admin: stays as it was at the start")
            configuration.admin = old.admin
        }
        if old.log != new.log {
            needsRestart.append("log: stays \(old.log.level.rawValue), \(old.log.format.rawValue)")
            configuration.log = old.log
        }

        if configuration.payments != old.payments {
            applied.append(
                old.payments == nil
                    ? "payments added" : configuration.payments == nil ? "payments removed" : "payments changed")
        }
        let feeds = Changes(old.feeds, new.feeds, name: \.name)
        applied += feeds.clauses(of: "feeds")
        feedsAdded = feeds.added
        feedsChanged = feeds.changed
        feedsRemoved = feeds.removed
        applied += Changes(old.destinations, new.destinations, name: \.name).clauses(of: "destinations")
        applied += Changes(Self.rules(of: old), Self.rules(of: new), name: \.name).clauses(of: "rules")

        self.configuration = configuration
        self.applied = applied
        self.needsRestart = needsRestart
    }

    private struct Rule: Hashable {
        let configuration: RuleConfiguration
        let pattern: Int
        var name: String { configuration.name }
    }

    private static func rules(of configuration: Configuration) -> [Rule] {
        zip(configuration.rules, configuration.ruleSet.patterns).map {
            Rule(configuration: $0, pattern: $1.fingerprint)
        }
    }
}

/// What is new, other or gone in a list of named things; the order of the list does not count.
private struct Changes<Item: Equatable> {
    /// Names beyond these are only counted: a file can have a hundred thousand rules.
    private static var shownNames: Int { 20 }

    var added: [Item] = []
    var changed: [Item] = []
    var removed: [String] = []
    private let name: (Item) -> String

    init(_ old: [Item], _ new: [Item], name: @escaping (Item) -> String) {
        self.name = name
        var left = Dictionary(old.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
        for item in new {
            switch left.removeValue(forKey: name(item)) {
            case nil: added.append(item)
            case .some(let before) where before != item: changed.append(item)
            case .some: break
            }
        }
        removed = old.map(name).filter { left[$0] != nil }
    }

    func clauses(of section: String) -> [String] {
        clauses(section, added.map(name), "added") + clauses(section, changed.map(name), "changed")
            + clauses(section, removed, "removed")
    }

    private func clauses(_ section: String, _ names: [String], _ what: String) -> [String] {
        let shown = names.prefix(Self.shownNames).map { "\(section).\($0) \(what)" }
        let more = names.count - shown.count
        return more > 0 ? shown + ["\(more) more of \(section) \(what)"] : shown
    }
}
