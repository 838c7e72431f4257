import AdminAPI
import ArgumentParser
import FeedConnections
import Glibc
import Logging
import OutboxStorage
import RelayAssembly
import RelayConfig
import ServiceLifecycle
import Synchronization
import UnixSignals

/// `x402-relay run`: the relay itself.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the relay until SIGTERM or SIGINT.",
        discussion: """
            Logs to standard error. Ends with 0 after a clean stop, 1 when the outbox cannot be used, 78 when the
            configuration cannot be run.
            """)

    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        // Until it is listened to: a reload asked for too early must not end the relay.
        signal(SIGHUP, SIG_IGN)
        let loaded = try file.load()
        let logger = Logger.relay(loaded.configuration.log)
        for warning in loaded.warnings { logger.warning("Configuration", metadata: ["warning": "\(warning)"]) }
        OpenFiles.raiseLimit()
        let (relay, notifier) = supervised(loaded.configuration, logger)
        try await RelayGroup.run([relay, notifier, Hangups(relay: relay)])
    }

    /// The relay, and what tells systemd of it where that has started it.
    private func supervised(_ configuration: Configuration, _ logger: Logger) -> (Relay, SystemdNotifier) {
        let watched = WatchedRelay()
        let notifier = SystemdNotifier(logger: logger, isAlive: { await watched.isAlive() })
        let relay = Relay(
            configuration: configuration, logger: logger,
            signals: Relay.Signals(
                isUp: { notifier.ready() }, reloads: { notifier.reloading() }, reloaded: { notifier.ready() },
                stops: { notifier.stopping() }),
            load: { [file] in file.reload() })
        watched.relay.withLock { $0 = relay }
        return (relay, notifier)
    }
}

extension Logger {
    /// The relay's log, on standard error.
    static func relay(_ configuration: LogConfiguration) -> Logger {
        // Written at once, since it is the log's own queue that tells it.
        let lossLogger = Logger(
            label: "x402-relay", factory: { _ in RelayLogHandler(configuration, write: { Console.error($0) }) })
        return Logger(
            label: "x402-relay",
            factory: { _ in
                RelayLogHandler(configuration) { line in
                    LogOutput.standardError.write(line) { count in
                        lossLogger.warning(
                            "Log lines were dropped, since nobody read them", metadata: ["count": "\(count)"])
                    }
                }
            })
    }
}

/// Runs services until SIGTERM, SIGINT or the end of the first, and tells why where the outbox or a feed stands against it.
enum RelayGroup {
    static func run(_ services: [any Service]) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: .silent))
        defer { LogOutput.standardError.flush() }
        do {
            try await group.run()
        } catch is UnwrittenRemainder {
            throw ExitCode.failure
        } catch let error as OutboxError {
            Console.error("x402-relay: \(error)")
            throw ExitCode.failure
        } catch let error as AdminServerFault {
            Console.error("x402-relay: \(error)")
            throw ExitCode.failure
        } catch let error as FeedSetupError {
            Console.error("x402-relay: \(error)")
            throw ExitCode(78)
        }
    }
}

/// The relay that the watchdog asks after; each of the two is made with the other.
private final class WatchedRelay: Sendable {
    let relay = Mutex<Relay?>(nil)

    func isAlive() async -> Bool { await relay.withLock { $0 }?.isAlive() ?? true }
}

/// Reloads the configuration at each SIGHUP.
private struct Hangups: Service {
    let relay: Relay

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            await relay.reload()
        }
    }
}
