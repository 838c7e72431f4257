import ArgumentParser
import FeedConnections
import Logging
import OutboxStorage
import RelayAssembly
import RelayConfig
import ServiceLifecycle
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
        let loaded = try file.load()
        let refusals = NotYetBuilt.refusals(of: loaded.configuration)
        guard refusals.isEmpty else {
            for refusal in refusals { Console.error("\(file.config): \(refusal)") }
            throw ExitCode(78)
        }
        let logger = Logger.relay(loaded.configuration.log)
        for warning in loaded.warnings { logger.warning("Configuration", metadata: ["warning": "\(warning)"]) }
        for notice in NotYetBuilt.notices(of: loaded.configuration) {
            logger.notice("Not in this version", metadata: ["notice": "\(notice)"])
        }
        OpenFiles.raiseLimit()
        let relay = Relay(configuration: loaded.configuration, logger: logger)
        try await RelayGroup.run([relay, HangupNotice(logger: logger)])
    }
}

extension Logger {
    /// The relay's log, on standard error.
    static func relay(_ configuration: LogConfiguration) -> Logger {
        Logger(
            label: "x402-relay",
            factory: { _ in RelayLogHandler(configuration, write: { LogOutput.standardError.write($0) }) })
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
        } catch let error as FeedSetupError {
            Console.error("x402-relay: \(error)")
            throw ExitCode(78)
        }
    }
}

/// Takes SIGHUP, which would end the process, and says that a change needs a restart.
private struct HangupNotice: Service {
    let logger: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            logger.warning("SIGHUP does nothing in this version: restart the relay to apply a changed configuration")
        }
    }
}
