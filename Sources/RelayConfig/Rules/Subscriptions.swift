import EventRules
import RelayModel

/// The channels of an interface402 feed and the events that each brings.
enum Interface402Channel: String, CaseIterable, Sendable {
    case payments, verifications, settlements

    var eventType: String {
        switch self {
        case .payments: "payment"
        case .verifications: "verification"
        case .settlements: "settlement"
        }
    }
}

extension RulePattern {
    /// Whether the rule can match events of the feed, but none that a known channel brings.
    func canMatchOnlyUnknownTypes(of feed: String) -> Bool {
        boundingWallets(feed: feed) != []
            && !Interface402Channel.allCases.contains { channel in
                canMatch(type: channel.eventType, feed: feed)
            }
    }
}

/// What an interface402 feed without `keys` subscribes to, so that every event that a rule can match arrives.
enum Subscriptions {
    /// Channels, or wallets only when every rule names its wallets and none needs a payment to be known.
    ///
    /// - Parameter patterns: those of the rules that see the feed.
    /// - Returns: Empty where no rule can match an event of the feed.
    static func keys(feed: String, patterns: [RulePattern]) -> [String] {
        let needsJoin = patterns.contains { $0.needsJoin(feed: feed) }
        if !needsJoin, let wallets = wallets(feed: feed, patterns: patterns) { return wallets.sorted() }
        return Interface402Channel.allCases.filter { channel in
            channel == .payments && needsJoin
                || patterns.contains { $0.canMatch(type: channel.eventType, feed: feed) }
        }.map(\.rawValue)
    }

    /// The wallets that bound what the rules can match; nil where some rule has none, or names what is no address.
    private static func wallets(feed: String, patterns: [RulePattern]) -> Set<String>? {
        var result: Set<String> = []
        for pattern in patterns {
            guard let wallets = pattern.boundingWallets(feed: feed),
                wallets.allSatisfy({ WalletAddress.form(of: $0.utf8) != .other })
            else { return nil }
            result.formUnion(wallets)
        }
        return result
    }
}
