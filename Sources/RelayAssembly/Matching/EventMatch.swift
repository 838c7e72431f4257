package import AdminAPI
import EventRules
import FeedProtocols
package import RelayConfig
package import RelayModel

/// Judges one raw event by all rules and says of each why it does not match: `match` on the command line and in the API.
package enum EventMatch {
    /// An event that was read, and how its payment is found.
    package struct Question: Sendable {
        package let document: JSONDocument
        fileprivate let reader: EventReader
        package var feed: String { reader.feed }
        /// Of a verification or settlement; nil for every other event.
        package let payment: PaymentKey?
    }

    /// The feed named, or the only one; throws as `read`.
    package static func feed(
        _ name: String?, of configuration: Configuration
    ) throws(ControlError) -> FeedConfiguration {
        let known = configuration.feeds.map(\.name)
        let named = name.map { name in configuration.feeds.filter { $0.name == name } } ?? configuration.feeds
        guard let feed = named.first, named.count == 1 else { throw .unknownFeed(name, known: known) }
        return feed
    }

    /// Reads `event` as a message of the feed named, or of the only one.
    ///
    /// Throws `unknownFeed` where that is not certain, and `invalid` for what is no event.
    package static func read(
        _ event: [UInt8], feed name: String?, configuration: Configuration
    ) throws(ControlError) -> Question {
        let feed = try feed(name, of: configuration)
        switch MessageReader(protocol: feed.feedProtocol).read(event) {
        case .event(let document):
            let reader = EventReader(protocol: feed.feedProtocol, feed: feed.name)
            let payment = reader.joinsPayment(document) ? reader.paymentKey(of: document) : nil
            return Question(document: document, reader: reader, payment: payment)
        case .control(_, let type):
            throw .invalid("\"\(type)\" is a message of the protocol, not an event; no rule sees it")
        case .malformed(let malformed):
            throw .invalid("the event is malformed (\(malformed.kind.rawValue)); the relay would not deliver it")
        }
    }

    /// What the rules say; `payment` is the one that the event belongs to, which counts as absent where it is nil.
    package static func report(
        _ question: Question, payment: [UInt8]?, configuration: Configuration
    ) -> MatchReport {
        let known = payment.flatMap { try? JSONParser(limits: .message).parse($0) }
        let fields = question.reader.fields(of: question.document, payment: known.map { .known($0) } ?? .none)
        let rules = zip(configuration.rules, configuration.ruleSet.patterns).map { rule, pattern in
            var reason: String?
            if let feeds = rule.feeds, !feeds.contains(question.feed) {
                reason =
                    "the rule takes only events of \(feeds.joined(separator: ", ")), not of \(question.feed)"
            } else {
                reason = pattern.explain(question.document, fields)
            }
            return MatchReport.Rule(name: rule.name, reason: reason)
        }
        return MatchReport(feed: question.feed, rules: rules)
    }
}
