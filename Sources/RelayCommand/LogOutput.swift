import Dispatch
import Synchronization

/// Writes log lines to standard error on a queue of its own, so that a reader that has stopped holds up nothing but the log.
///
/// What does not fit is dropped and counted; the count is told when there is room again.
final class LogOutput: Sendable {
    private struct State {
        var waiting = 0
        var dropped = 0
    }

    /// Lines that wait: some seconds of a relay in trouble, under 2 MiB.
    private static let bound = 4096

    /// The process's own.
    static let standardError = LogOutput()

    private let queue = DispatchQueue(label: "log")
    private let state = Mutex(State())

    /// Takes a line without its line break; never waits.
    ///
    /// `tellDropped` is called on the log's queue, after the line, with how many were dropped since it was last called.
    func write(_ line: String, tellDropped: @escaping @Sendable (Int) -> Void) {
        let isTaken = state.withLock { state in
            guard state.waiting < Self.bound else {
                state.dropped += 1
                return false
            }
            state.waiting += 1
            return true
        }
        guard isTaken else { return }
        queue.async { [self] in
            Console.error(line)
            let dropped = state.withLock { state in
                state.waiting -= 1
                defer { state.dropped = 0 }
                return state.dropped
            }
            if dropped > 0 { tellDropped(dropped) }
        }
    }

    /// Waits until all lines taken so far are written, two seconds at most: a reader that has stopped must not hold the end up.
    func flush() {
        let written = DispatchSemaphore(value: 0)
        queue.async { written.signal() }
        _ = written.wait(timeout: .now() + .seconds(2))
    }
}
