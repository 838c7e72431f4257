import FeedConnections
import FeedProtocols
import Logging
import OutboxStorage
import RelayModel
import Synchronization

/// Takes a feed's messages on its event loop: judges them, and hands on what some rule matches or may match, batch by batch.
///
/// The lock is contended only by those who read the totals.
final class IntakeSink: Sendable {
    private struct State {
        var intake: FeedIntake
        var totals = IntakeTotals()
        var malformed = MalformedLog()
    }

    private let state: Mutex<State>
    private let accept: @Sendable ([Arrival]) -> Void
    private let logger: Logger

    /// `accept` takes what arrives in its order; it must not wait.
    init(intake: FeedIntake, logger: Logger, accept: @escaping @Sendable ([Arrival]) -> Void) {
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

    /// The next event is judged by these rules.
    func use(_ rules: RuleBook) {
        state.withLock { $0.intake.use(rules) }
    }

    func received(_ messages: [ReceivedMessage]) {
        let wallTime = RelayClock.wallTime
        let (arrivals, reports) = state.withLock { state in
            var arrivals: [Arrival] = []
            var reports: [MalformedLog.Report] = []
            for message in messages {
                state.totals.received += 1
                switch message.content {
                case .event(let document):
                    switch state.intake.take(document, receivedAt: message.receivedAt, wallTime: wallTime) {
                    case .arrived(let arrival):
                        if arrival.isWanted { state.totals.matched += 1 }
                        arrivals.append(arrival)
                    case .repeated: state.totals.repeated += 1
                    case .unmatched: break
                    }
                case .malformed(let malformed):
                    state.totals.malformed += 1
                    if let report = state.malformed.count(malformed, at: message.receivedAt) { reports.append(report) }
                }
            }
            return (arrivals, reports)
        }
        if !arrivals.isEmpty { accept(arrivals) }
        for report in reports {
            logger.warning(
                "Malformed message, not delivered",
                metadata: [
                    "kind": "\(report.message.kind.rawValue)", "bytes": "\(report.message.size)",
                    "begins": "\(report.message.excerpt)", "unreported": "\(report.suppressed)",
                ])
        }
    }

}

/// How many messages of a feed came, and what became of them.
package struct IntakeTotals: Hashable, Sendable {
    /// Events and malformed messages, repeats included.
    package var received = 0
    /// Some rule matched, or may match once the payment is known.
    package var matched = 0
    package var repeated = 0
    package var malformed = 0
    /// Events whose id had come before with other bytes.
    package var changedVersions = 0
}

extension Arrival {
    /// Some rule matches it or may match it; false for a payment that is only remembered.
    fileprivate var isWanted: Bool {
        switch self {
        case .accepted, .joining: true
        case .payment(_, let accepted): accepted != nil
        case .notice: false
        }
    }
}
