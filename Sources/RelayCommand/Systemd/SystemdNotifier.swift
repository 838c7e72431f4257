import Dispatch
import Glibc
import Logging
import ServiceLifecycle
import Synchronization

/// Tells systemd how the relay is: readiness, reloads, the stop, and that it lives (sd_notify(3)).
///
/// Does nothing where no service manager asks for it (`NOTIFY_SOCKET` is unset). What cannot be sent is logged, once until
/// something is sent again, and never stops the relay.
final class SystemdNotifier: Service, Sendable {
    /// Messages that wait for systemd.
    ///
    /// It takes each at once; past so many it is stuck, and what comes is left out.
    private static let waitingLimit = 16

    private let socket: NotifySocket?
    private let pingInterval: Duration?
    private let isAlive: @Sendable () async -> Bool
    private let logger: Logger
    /// Sends in order, and off the threads that run tasks: a send can wait for systemd.
    private let queue = DispatchQueue(label: "x402-relay.systemd")
    private let state = Mutex(State())

    private struct State {
        var waiting = 0
        var fails = false
    }

    /// A notifier for the service manager that the environment names.
    ///
    /// - Parameter isAlive: asked before each ping of the watchdog. Where it answers false, or not at all, systemd ends the
    ///   relay and starts it again.
    init(
        logger: Logger, processID: pid_t = getpid(),
        variable: (String) -> String? = { getenv($0).map { String(cString: $0) } },
        isAlive: @escaping @Sendable () async -> Bool
    ) {
        (self.logger, self.isAlive) = (logger, isAlive)
        guard let name = variable("NOTIFY_SOCKET"), !name.isEmpty else {
            (socket, pingInterval) = (nil, nil)
            return
        }
        do throws(NotifySocketError) {
            socket = try NotifySocket(name)
        } catch {
            socket = nil
            logger.warning("systemd is not notified", metadata: ["reason": "\(error)"])
        }
        pingInterval = Self.pingInterval(
            microseconds: variable("WATCHDOG_USEC"), watchedProcess: variable("WATCHDOG_PID"), processID: processID)
    }

    /// The relay is up, or has reloaded its configuration.
    func ready() { send("READY=1") }

    /// The relay begins to reload its configuration; `ready()` ends it, also when the file was refused.
    func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)")
    }

    /// The relay begins to stop.
    func stopping() { send("STOPPING=1") }

    /// Pings the watchdog until the graceful shutdown begins.
    func run() async throws {
        await run { try? await gracefulShutdown() }
    }

    /// The same until `stop` returns.
    func run(until stop: () async -> Void) async {
        // Not a child task: where `isAlive` never answers, the shutdown must not wait for it.
        let pings = Task { await ping() }
        await stop()
        pings.cancel()
    }

    /// Half of what the watchdog allows, as sd_watchdog_enabled(3) asks for; nil where this process is not watched.
    static func pingInterval(microseconds: String?, watchedProcess: String?, processID: pid_t) -> Duration? {
        guard let microseconds = microseconds.flatMap({ Int64($0) }), microseconds > 0 else { return nil }
        if let watchedProcess, pid_t(watchedProcess) != processID { return nil }
        return .microseconds(max(microseconds / 2, 1))
    }

    private func ping() async {
        guard socket != nil, let pingInterval else { return }
        var wasAlive = true
        while (try? await Task.sleep(for: pingInterval)) != nil {
            let lives = await isAlive()
            if lives {
                send("WATCHDOG=1")
            } else if wasAlive {
                logger.error("The relay does not answer itself; the watchdog gets no ping, and systemd will restart it")
            }
            wasAlive = lives
        }
    }

    private func send(_ message: String) {
        guard let socket else { return }
        let isTaken = state.withLock { state in
            guard state.waiting < Self.waitingLimit else { return false }
            state.waiting += 1
            return true
        }
        guard isTaken else { return }
        queue.async { [self] in
            var failure: NotifySocketError?
            do throws(NotifySocketError) { try socket.send(message) } catch { failure = error }
            let isNew = state.withLock { state in
                state.waiting -= 1
                defer { state.fails = failure != nil }
                return !state.fails
            }
            if let failure, isNew { logger.warning("systemd is not notified", metadata: ["reason": "\(failure)"]) }
        }
    }
}
