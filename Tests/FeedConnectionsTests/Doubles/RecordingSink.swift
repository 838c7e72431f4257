import FeedConnections
import FeedProtocols
import RelayModel
import Synchronization

/// How often a sink was called.
final class CallCount: Sendable {
    let calls = Atomic(0)

    var value: Int { calls.load(ordering: .relaxed) }
}

/// Keeps what a feed tells, as texts.
struct RecordingSink: FeedSink {
    enum Call: Hashable, Sendable {
        /// The types of events, and the kinds of malformed messages, of one batch.
        case messages([String])
        case change(String)
    }

    let calls = Inbox<Call>()
    let raw = Inbox<ReceivedMessage>()
    let changes = Inbox<ConnectionChange>()
    let readings = Inbox<Bool>()
    let drained = Inbox<Int>()
    let count = CallCount()

    func received(_ messages: [ReceivedMessage]) {
        count.calls.wrappingAdd(1, ordering: .relaxed)
        let reader = EventReader(protocol: .interface402, feed: "f")
        calls.put(
            .messages(
                messages.map { message in
                    switch message.content {
                    case .event(let document): reader.type(of: document)
                    case .malformed(let message): "malformed: \(message.kind.rawValue)"
                    }
                }))
        for message in messages { raw.put(message) }
    }

    func heard(connection: Int, at moment: Timestamp) {
        count.calls.wrappingAdd(1, ordering: .relaxed)
    }

    func drained(connection: Int, at moment: Timestamp) {
        drained.put(connection)
    }

    func readingChanged(to isReading: Bool, at moment: Timestamp) {
        readings.put(isReading)
    }

    func changed(_ change: ConnectionChange) {
        count.calls.wrappingAdd(1, ordering: .relaxed)
        changes.put(change)
        switch change.kind {
        case .connecting: calls.put(.change("connecting"))
        case .opened: calls.put(.change("opened"))
        case .authenticated(let plan): calls.put(.change("authenticated \(plan.name)"))
        case .subscribed(let keys, let refused): calls.put(.change("subscribed \(keys) \(refused)"))
        case .keyRefused(let key, let reason): calls.put(.change("refused \(key): \(reason)"))
        case .impaired(let reason, _): calls.put(.change("impaired: \(reason)"))
        case .down(let end, _, _): calls.put(.change("down: \(end)"))
        }
    }

    /// The next calls.
    func next(_ count: Int) async throws -> [Call] {
        var result: [Call] = []
        while result.count < count { result.append(try await calls.next()) }
        return result
    }

    /// Waits for the end of a connection; what comes before it is dropped.
    func down() async throws -> (end: ConnectionEnd, lastMessageAt: Timestamp?, retryIn: Duration?) {
        while true {
            if case .down(let end, let last, let wait) = try await changes.next().kind { return (end, last, wait) }
        }
    }

    /// Waits until a connection is subscribed; what comes before it is dropped.
    func subscribed() async throws {
        _ = try await calls.next {
            if case .change(let text) = $0 { text.hasPrefix("subscribed") } else { false }
        }
    }
}
