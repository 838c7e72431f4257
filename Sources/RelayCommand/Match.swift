import ArgumentParser
import EventRules
import FeedProtocols
import RelayConfig
import RelayModel

/// `x402-relay match`: which rules an event would match, and why not the others.
struct Match: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells which rules match an event, and for the others the first condition that fails.",
        discussion: """
            The event is one message as the feed sends it. The payment of a verification or settlement counts as absent.
            Ends with 0 whether a rule matches or not.
            """)

    @OptionGroup var file: ConfigurationOption

    @Option(help: ArgumentHelp("The event as JSON; - for standard input.", valueName: "file"))
    var event: String

    @Option(help: "The feed that it came from; the only one where the configuration has one.")
    var feed: String?

    @Flag(help: "Print JSON: matched (names) and rules (for each, the reason why not, or null).")
    var json = false

    func run() async throws {
        let configuration = try file.loadWithoutSecrets().configuration
        let feed = try chosenFeed(of: configuration)
        let document = try readEvent()
        let reader = EventReader(protocol: .interface402, feed: feed.name)
        let fields = reader.fields(of: document, payment: .none)
        let reasons = zip(configuration.rules, configuration.ruleSet.patterns).map { rule, pattern in
            (rule: rule.name, reason: Self.reason(rule, pattern, feed.name, document, fields))
        }
        Console.print(json ? Self.json(reasons) : Self.text(reasons))
    }

    private func chosenFeed(of configuration: Configuration) throws -> FeedConfiguration {
        let names = configuration.feeds.map(\.name).joined(separator: ", ")
        let chosen: FeedConfiguration
        if let feed {
            guard let named = configuration.feeds.first(where: { $0.name == feed }) else {
                throw ValidationError("--feed: there is no feed \"\(feed)\"; the configuration has \(names)")
            }
            chosen = named
        } else {
            guard configuration.feeds.count == 1, let only = configuration.feeds.first else {
                throw ValidationError("--feed is needed: the configuration has \(names)")
            }
            chosen = only
        }
        guard case .interface402 = chosen.kind else {
            Console.error("match: this version does not read atomicstream events yet (feed \(chosen.name))")
            throw ExitCode.failure
        }
        return chosen
    }

    private func readEvent() throws -> JSONDocument {
        let limit = JSONLimits.message.maxBytes
        let bytes: [UInt8]
        if event == "-" {
            guard let input = Console.readAll(limit: limit) else {
                Console.error("match: standard input cannot be read, or holds more than \(limit) bytes")
                throw ExitCode.failure
            }
            bytes = input
        } else {
            switch LocalFile.read(event) {
            case .success(let contents): bytes = contents.bytes
            case .failure(let fault):
                Console.error("match: the file \(event) \(fault.reason)")
                throw ExitCode.failure
            }
        }
        switch MessageReader(protocol: .interface402).read(bytes) {
        case .event(let document): return document
        case .control(_, let type):
            Console.error("match: \"\(type)\" is a message of the protocol, not an event; no rule sees it")
        case .malformed(let malformed):
            Console.error("match: the event is malformed (\(malformed.kind.rawValue)); the relay would not deliver it")
        }
        throw ExitCode.failure
    }

    private static func reason(
        _ rule: RuleConfiguration, _ pattern: RulePattern, _ feed: String, _ document: JSONDocument,
        _ fields: DerivedFields
    ) -> String? {
        if let feeds = rule.feeds, !feeds.contains(feed) {
            return "the rule takes only events of \(feeds.joined(separator: ", ")), not of \(feed)"
        }
        return pattern.explain(document, fields)
    }

    private static func text(_ reasons: [(rule: String, reason: String?)]) -> String {
        reasons.map { rule, reason in
            reason.map { "no match  \(rule): \(TerminalText.escaped($0))" } ?? "match     \(rule)"
        }.joined(separator: "\n")
    }

    private static func json(_ reasons: [(rule: String, reason: String?)]) -> String {
        let matched = reasons.filter { $0.reason == nil }.map { JSONEscapes.quoted($0.rule) }
        let rules = reasons.map { rule, reason in
            JSONEscapes.quoted(rule) + ":" + (reason.map { JSONEscapes.quoted($0) } ?? "null")
        }
        return "{\"matched\":[\(matched.joined(separator: ","))],\"rules\":{\(rules.joined(separator: ","))}}"
    }
}
