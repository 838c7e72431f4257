import FeedConnections
import FeedProtocols
import Logging
import OutboxStorage
import RelayModel
import Synchronization

/// Takes a feed's messages on its event loop: judges them, and hands on what some rule matched, batch by batch.
///
/// The lock is contended only by those who read the totals.
final class IntakeSink: FeedSink {
    private struct State {
        var intake: FeedIntake
        var totals = IntakeTotals()
        var malformed = MalformedLog()
    }

    private let state: Mutex<State>
    private let accept: @Sendable ([AcceptedEvent]) -> Void
    private let logger: Logger

    /// `accept` takes matched events in their order; it must not wait.
    init(intake: FeedIntake, logger: Logger, accept: @escaping @Sendable ([AcceptedEvent]) -> Void) {
        state = Mutex(State(intake: intake))
        self.accept = accept
        self.logger = logger
    }

    /// What came so far.
    var totals: IntakeTotals {
        state.withLock { state in
            var totals = state.totals
            totals.changedVersions = state.intake.changedVersions
            return totals
        }
    }

    func received(_ messages: [ReceivedMessage]) {
        let wallTime = RelayClock.wallTime
        let (accepted, reports) = state.withLock { state in
            var accepted: [AcceptedEvent] = []
            var reports: [MalformedLog.Report] = []
            for message in messages {
                state.totals.received += 1
                switch message.content {
                case .event(let document):
                    switch state.intake.take(document, receivedAt: message.receivedAt, wallTime: wallTime) {
                    case .accepted(let event):
                        state.totals.matched += 1
                        accepted.append(event)
                    case .repeated: state.totals.repeated += 1
                    case .unmatched: break
                    }
                case .malformed(let malformed):
                    state.totals.malformed += 1
                    if let report = state.malformed.count(malformed, at: message.receivedAt) { reports.append(report) }
                }
            }
            return (accepted, reports)
        }
        if !accepted.isEmpty { accept(accepted) }
        for report in reports {
            logger.warning(
                "Malformed message, not delivered",
                metadata: [
                    "kind": "\(report.message.kind.rawValue)", "bytes": "\(report.message.size)",
                    "begins": "\(report.message.excerpt)", "unreported": "\(report.suppressed)",
                ])
        }
    }

    /// Connections log what happens to them; what the relay makes of it comes with gaps and readiness.
    func changed(_ change: ConnectionChange) {}
}

/// How many messages of a feed came, and what became of them.
package struct IntakeTotals: Hashable, Sendable {
    /// Events and malformed messages, repeats included.
    package var received = 0
    package var matched = 0
    package var repeated = 0
    package var malformed = 0
    /// Events whose id had come before with other bytes.
    package var changedVersions = 0
}
