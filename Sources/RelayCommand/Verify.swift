import ArgumentParser
import RelayConfig
import RelayModel
import WebhookReceiver
import WebhookSigning

/// `x402-relay verify`: checks the signature of one webhook.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks the signature of a webhook whose body is on standard input.",
        discussion: """
            The body must be the request's bytes exactly, without a line break added. Exits with 0 when a token fits, with 1 \
            and the reason when none does.
            """)

    @OptionGroup var secret: VerificationSecret

    @Option(help: "The header webhook-id.")
    var id: String

    @Option(help: "The header webhook-timestamp.")
    var timestamp: String

    @Option(help: ArgumentHelp("The header webhook-signature: tokens joined by spaces.", valueName: "tokens"))
    var signature: String

    @Option(
        help: ArgumentHelp(
            "How far the timestamp may be from now, such as 5m; without it the age is not judged.",
            valueName: "duration"))
    var maxAge: CommandDuration?

    func run() throws {
        let verifier = try secret.verifier()
        guard let body = Console.readAll(limit: Receiver.maxBodyBytes) else {
            Console.error("verify: standard input cannot be read, or is over \(Receiver.maxBodyBytes) bytes")
            throw ExitCode.failure
        }
        do throws(SignatureFault) {
            try verifier.verify(
                id: id, timestamp: timestamp, signature: signature, body: body, maxAge: maxAge?.value,
                now: RelayClock.wallTime)
        } catch {
            Console.error("verify: \(TerminalText.escaped(error.description))")
            throw ExitCode.failure
        }
        Console.print("verified: a \(verifier.version) token fits")
    }
}

/// A duration as the configuration writes it: `250ms`, `30s`, `5m`, `2h`, `7d`.
struct CommandDuration: ExpressibleByArgument {
    let value: Duration

    init?(argument: String) {
        guard let value = DurationText.parse(argument) else { return nil }
        self.value = value
    }

    init(_ value: Duration) {
        self.value = value
    }

    var defaultValueDescription: String { "\(value.wholeMilliseconds)ms" }
}
