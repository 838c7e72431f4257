import FeedProtocols
import Logging
import NIOCore
import RelayModel

/// All connections of a feed: as many are held as wanted, all on one event loop, on which everything here happens.
final class ConnectionPool<Dialect: FeedDialect> {
    private enum State {
        case new, running, stopped
    }

    var shared: FeedConnection<Dialect>.Shared
    /// Those that were ever held; the first ones are.
    private(set) var connections: [FeedConnection<Dialect>] = []
    private let logger: Logger
    private var isReading = true
    private var state = State.new

    init(_ shared: FeedConnection<Dialect>.Shared, logger: Logger) {
        self.shared = shared
        self.logger = logger
    }

    var isRunning: Bool { state == .running }

    /// False where it has begun, or ended, before.
    func start() -> Bool {
        guard state == .new else { return false }
        state = .running
        return true
    }

    /// Holds so many, and closes those past them for the reason that `end` gives for their number.
    func hold(
        _ count: Int, because end: (Int) -> ConnectionEnd, make: (_ number: Int, Logger) -> Dialect
    ) {
        guard state == .running else { return }
        while connections.count < count {
            let number = connections.count
            var logger = logger
            logger[metadataKey: "connection"] = "\(number)"
            connections.append(
                FeedConnection(
                    make(number, logger), number: number, shared: shared, isReading: isReading, logger: logger))
        }
        for (number, connection) in connections.enumerated() {
            if number < count {
                connection.hold()
            } else {
                connection.release(because: end(number))
            }
        }
    }

    func setReading(_ isReading: Bool) {
        guard isReading != self.isReading, state != .stopped else { return }
        self.isReading = isReading
        shared.sink.readingChanged(to: isReading, at: shared.clock.now)
        for connection in connections { connection.setReading(isReading) }
    }

    /// Hands on what is shared, as it was changed.
    func reconfigure() {
        for connection in connections { connection.reconfigure(shared) }
    }

    func stop() -> EventLoopFuture<Void> {
        state = .stopped
        return EventLoopFuture.andAllComplete(connections.map { $0.stop() }, on: shared.eventLoop)
    }
}
