import AdminAPI
import ArgumentParser
import OutboxStorage
import RelayAssembly
import RelayConfig
import RelayModel

/// `x402-relay match`: which rules an event would match, and why not the others.
struct Match: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells which rules match an event, and for the others the first condition that fails.",
        discussion: """
            The event is one message as the feed sends it. The payment of a verification or settlement is the one that the
            outbox remembers; where it has none, or cannot be read, the payment counts as absent. Ends with 0 whether a
            rule matches or not.
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
        let report: MatchReport
        do {
            // Before the event is read: who does not say which feed is told at once.
            let feed = try EventMatch.feed(feed, of: configuration)
            let question = try EventMatch.read(readEvent(), feed: feed.name, configuration: configuration)
            report = EventMatch.report(
                question, payment: question.payment.flatMap { Self.payment($0, in: configuration.outbox.path) },
                configuration: configuration)
        } catch let error as ControlError {
            throw Self.refusal(error)
        }
        Console.print(json ? Self.json(report.rules) : Self.text(report.rules))
    }

    /// The payment that the outbox remembers; nil where it knows none, is not there or cannot be read.
    private static func payment(_ key: PaymentKey, in outboxPath: String) -> [UInt8]? {
        let since = RelayClock.wallTime - RememberedPayment.lifetime
        return try? SQLiteOutboxReader(path: outboxPath).payment(key, since: since)
    }

    /// What `error` is on the command line; prints why where it is no wrong use.
    private static func refusal(_ error: ControlError) -> any Error {
        switch error {
        case .unknownFeed(let name?, let known):
            return ValidationError(
                "--feed: there is no feed \"\(name)\"; the configuration has \(known.joined(separator: ", "))")
        case .unknownFeed(nil, let known):
            return ValidationError("--feed is needed: the configuration has \(known.joined(separator: ", "))")
        case .invalid(let reason):
            Console.error("match: \(reason)")
            return ExitCode.failure
        default:
            return error
        }
    }

    private func readEvent() throws -> [UInt8] {
        guard event != "-" else {
            let limit = JSONLimits.message.maxBytes
            guard let input = Console.readAll(limit: limit) else {
                Console.error("match: standard input cannot be read, or holds more than \(limit) bytes")
                throw ExitCode.failure
            }
            return input
        }
        switch LocalFile.read(event) {
        case .success(let contents): return contents.bytes
        case .failure(let fault):
            Console.error("match: the file \(event) \(fault.reason)")
            throw ExitCode.failure
        }
    }

    private static func text(_ rules: [MatchReport.Rule]) -> String {
        rules.map { rule in
            rule.reason.map { "no match  \(rule.name): \(TerminalText.escaped($0))" } ?? "match     \(rule.name)"
        }.joined(separator: "\n")
    }

    private static func json(_ rules: [MatchReport.Rule]) -> String {
        let matched = rules.filter { $0.reason == nil }.map { JSONEscapes.quoted($0.name) }
        let reasons = rules.map { rule in
            JSONEscapes.quoted(rule.name) + ":" + (rule.reason.map { JSONEscapes.quoted($0) } ?? "null")
        }
        return "{\"matched\":[\(matched.joined(separator: ","))],\"rules\":{\(reasons.joined(separator: ","))}}"
    }
}
