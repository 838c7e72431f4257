import Glibc
import Hummingbird
package import Logging
import NIOCore
import RelayModel
import ServiceLifecycle
import Synchronization
package import WebhookSigning

/// An HTTP server that verifies each webhook, hands it on and answers.
///
/// For development and demonstration: it listens on loopback only and keeps nothing on disk. It answers any path; a webhook whose
/// signature does not fit gets 401 with the reason.
package final class Receiver: Service {
    package struct Options: Sendable {
        /// 0 takes a free one.
        package var port: Int
        package var verifier: WebhookVerifier
        /// What a verified webhook is answered with, 200 to 599.
        package var status: Int
        /// How long that answer is held back.
        package var delay: Duration
        /// How far `webhook-timestamp` may be from now; nil leaves it unjudged.
        package var maxAge: Duration?

        package init(
            port: Int, verifier: WebhookVerifier, status: Int = 200, delay: Duration = .zero,
            maxAge: Duration? = .seconds(300)
        ) {
            self.port = port
            self.verifier = verifier
            self.status = status
            self.delay = delay
            self.maxAge = maxAge
        }
    }

    /// Twice the largest event that the relay takes, envelope and payment included.
    package static let maxBodyBytes = 16 << 20

    /// How long a stop waits for requests that are on their way in; delayed answers go out at once.
    private static let stopGrace = Duration.seconds(1)
    private static let host = "127.0.0.1"

    private let options: Options
    private let logger: Logger
    private let onReady: @Sendable (Int) async -> Void
    private let onWebhook: @Sendable (ReceivedWebhook) async -> Void
    private let ledger = Mutex(ReceiptLedger())

    /// A receiver that calls `onReady` once with its port when it listens, and `onWebhook` for each webhook before the answer.
    ///
    /// Webhooks of several connections come at the same time.
    package init(
        options: Options, logger: Logger, onReady: @escaping @Sendable (Int) async -> Void,
        onWebhook: @escaping @Sendable (ReceivedWebhook) async -> Void
    ) {
        self.options = options
        self.logger = logger
        self.onReady = onReady
        self.onWebhook = onWebhook
    }

    /// What has come so far.
    package var totals: ReceiverTotals { ledger.withLock(\.totals) }

    /// Listens until a graceful shutdown or a cancellation; throws a `ReceiverFault` where the port cannot be had.
    package func run() async throws {
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
                await self.respond(to: request)
            },
            configuration: ApplicationConfiguration(address: .hostname(Self.host, port: options.port)),
            onServerRunning: { channel in await self.onReady(channel.localAddress?.port ?? self.options.port) },
            logger: logger)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                group.addTask {
                    try await gracefulShutdown()
                    try await Task.sleep(for: Self.stopGrace)
                }
                try await group.next()
                group.cancelAll()
            }
        } catch let error as IOError {
            throw ReceiverFault(host: Self.host, port: options.port, errnoCode: error.errnoCode)
        } catch is CancellationError {
            return
        }
    }

    private func respond(to request: Request) async -> Response {
        guard request.method == .post else {
            return Self.answer(.methodNotAllowed, "webhooks are POST requests", close: true)
        }
        let body: [UInt8]
        do {
            body = Array(buffer: try await request.body.collect(upTo: Self.maxBodyBytes))
        } catch is NIOTooManyBytesError {
            return Self.answer(.contentTooLarge, "the body is over \(Self.maxBodyBytes) bytes", close: true)
        } catch {
            return Self.answer(.badRequest, "the body did not arrive", close: true)
        }
        var webhook = ReceivedWebhook(
            headers: request.headers.map { ($0.name.canonicalName, $0.value) }, body: body, verifier: options.verifier,
            maxAge: options.maxAge, now: RelayClock.wallTime)
        webhook.isRepeat = ledger.withLock { $0.record(webhook) }
        await onWebhook(webhook)
        if case .refused(let fault) = webhook.verdict { return Self.answer(.unauthorized, fault.description) }
        if options.delay > .zero {
            // A stop cuts the delay short: the webhook is taken, so its sender had better hear of it.
            try? await cancelWhenGracefulShutdown { [delay = options.delay] in try await Task.sleep(for: delay) }
        }
        return Response(status: .init(code: options.status))
    }

    private static func answer(_ status: HTTPResponse.Status, _ text: String, close: Bool = false) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/plain; charset=utf-8"
        // What is left of a request that was not read to its end must not be taken for the next one.
        if close { headers[.connection] = "close" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text + "\n")))
    }
}

/// Why a receiver cannot listen.
package struct ReceiverFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened to which address, and what to do next.
    package let description: String

    init(host: String, port: Int, errnoCode: CInt) {
        let reason =
            switch errnoCode {
            case EADDRINUSE: "another program listens there; stop it or choose another port"
            case EACCES: "ports below 1024 need privileges; choose another port"
            default: "the system says error \(errnoCode)"
            }
        description = "cannot listen on \(host):\(port): \(reason)"
    }
}
