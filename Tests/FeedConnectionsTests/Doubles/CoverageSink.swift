import FeedConnections
import FeedProtocols
import RelayModel
import Synchronization

/// Judges what a feed covers, and keeps the bytes of the events that it brings.
struct CoverageSink: FeedSink {
    enum Fact: Hashable, Sendable {
        case subscribed(Int, at: Timestamp)
        /// With the last word that the sink heard on any connection.
        case down(Int, lastHeard: Timestamp?)
        case heard(Int, at: Timestamp)
        case news(FeedNews)
    }

    private struct State {
        var coverage = FeedCoverage(lastSeen: nil, now: Timestamp(milliseconds: 0))
        var events: Set<[UInt8]> = []
        var count = 0
        var lastHeard: Timestamp?
        var gaps: [Gap] = []
    }

    private final class Kept: Sendable {
        let state = Mutex(State())
    }

    private let kept = Kept()
    let facts = Inbox<Fact>()

    var gaps: [Gap] { kept.state.withLock(\.gaps) }
    var count: Int { kept.state.withLock(\.count) }
    /// Those of `events` that never came.
    func missing(of events: Set<[UInt8]>) -> Set<[UInt8]> { kept.state.withLock { events.subtracting($0.events) } }

    func received(_ messages: [ReceivedMessage]) {
        kept.state.withLock { state in
            for message in messages {
                guard case .event(let document) = message.content else { continue }
                state.events.insert(document.bytes)
                state.count += 1
            }
        }
    }

    func heard(connection: Int, at moment: Timestamp) {
        tell { state in
            state.lastHeard = moment
            return state.coverage.heard(FeedConnectionName(number: connection), now: moment)
        }
        facts.put(.heard(connection, at: moment))
    }

    func drained(connection: Int, at moment: Timestamp) {
        heard(connection: connection, at: moment)
    }

    func readingChanged(to isReading: Bool, at moment: Timestamp) {
        kept.state.withLock { state in
            if isReading {
                state.coverage.readingResumed(now: moment)
            } else {
                state.coverage.readingPaused(now: moment)
            }
        }
    }

    func changed(_ change: ConnectionChange) {
        let name = FeedConnectionName(number: change.connection)
        switch change.kind {
        case .connecting, .opened, .authenticated, .keyRefused: break
        case .subscribed(_, let refused):
            tell { $0.coverage.subscribed(name, refused: refused, now: change.at) }
            facts.put(.subscribed(change.connection, at: change.at))
        case .impaired(let reason, let since):
            tell { $0.coverage.impaired(name, since: since, reason: reason, now: change.at) }
        case .down(let end, _, _):
            tell { $0.coverage.lost(name, end, now: change.at) }
            facts.put(.down(change.connection, lastHeard: kept.state.withLock(\.lastHeard)))
        }
    }

    private func tell(_ news: (inout State) -> [FeedNews]) {
        let all = kept.state.withLock { state in
            let all = news(&state)
            for case .gap(let gap, _) in all { state.gaps.append(gap) }
            return all
        }
        for one in all { facts.put(.news(one)) }
    }
}
