import ArgumentParser
import Logging
import RelayConfig
import ServiceLifecycle
import UnixSignals
import WebhookReceiver
import WebhookSigning

/// `x402-relay listen`: a receiver that verifies and prints.
struct Listen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Receives webhooks on 127.0.0.1, verifies their signatures and prints them.",
        discussion: """
            A webhook that is not verified is answered with 401. Ends on SIGINT or SIGTERM with the totals.
            """)

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int

    @OptionGroup var secret: VerificationSecret

    @Option(help: "What a verified webhook is answered with.")
    var status = 200

    @Option(help: ArgumentHelp("How long that answer is held back.", valueName: "duration"))
    var delay = CommandDuration(.zero)

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port: \(port) is not in 0 to 65535") }
        guard (200...599).contains(status) else { throw ValidationError("--status: \(status) is not in 200 to 599") }
    }

    func run() async throws {
        let receiver = Receiver(
            options: Receiver.Options(
                port: port, verifier: try secret.verifier(), status: status, delay: delay.value),
            // What matters is printed; a server's own log would stand between the webhooks.
            logger: Logger(label: "listen", factory: { _ in SwiftLogNoOpLogHandler() }),
            onReady: { port in Console.error("listening on http://127.0.0.1:\(port)") },
            onWebhook: { webhook in Console.print(WebhookText.block(webhook)) })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [receiver], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "listen", factory: { _ in SwiftLogNoOpLogHandler() })))
        do {
            try await group.run()
        } catch let fault as ReceiverFault {
            Console.error("listen: \(fault)")
            throw ExitCode.failure
        }
        Console.error(Self.summary(receiver.totals))
    }

    /// What came, in one line.
    static func summary(_ totals: ReceiverTotals) -> String {
        let all = totals.verified + totals.refused
        return "\(all) webhook\(all == 1 ? "" : "s"): \(totals.verified) verified (\(totals.repeated) repeated), "
            + "\(totals.refused) not verified"
    }
}
