import Dispatch
import FeedSimulation
import RelayModel
import Synchronization
import WebhookReceiver

/// Keeps account of what a simulated feed sent and what a receiver got, and lets a test wait for facts.
final class EventAccount: Sendable {
    private struct State {
        var sent: [SentEvent] = []
        /// Bodies by webhook-id, each once.
        var bodies: [String: Set<[UInt8]>] = [:]
        /// The `data` of all that was received.
        var data: Set<[UInt8]> = []
        /// What `waitUntilReceived` still waits for.
        var missing: Set<[UInt8]> = []
        var isOverdue = false
        var received = 0
        var refused = 0
        var waiters: [(fact: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func met() -> [CheckedContinuation<Void, Never>] {
            var met: [CheckedContinuation<Void, Never>] = []
            var left: [(fact: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
            for waiter in waiters {
                if waiter.fact(self) { met.append(waiter.continuation) } else { left.append(waiter) }
            }
            waiters = left
            return met
        }
    }

    private let state = Mutex(State())

    func record(_ event: SentEvent) {
        let met = state.withLock { state in
            state.sent.append(event)
            return state.met()
        }
        for waiter in met { waiter.resume() }
    }

    func record(_ webhook: ReceivedWebhook) {
        let met = state.withLock { state in
            state.received += 1
            if webhook.verdict == .verified, let id = webhook.id {
                state.bodies[id, default: []].insert(webhook.body)
                if let data = Self.data(of: webhook.body) {
                    state.data.insert(data)
                    state.missing.remove(data)
                }
            } else {
                state.refused += 1
            }
            return state.met()
        }
        for waiter in met { waiter.resume() }
    }

    private static func data(of body: [UInt8]) -> [UInt8]? {
        guard let document = try? JSONParser(limits: .message).parse(body) else { return nil }
        return document.member(document.root, "data").map { Array(document.slice($0)) }
    }

    private func wait(for fact: @escaping @Sendable (State) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                if fact(state) { return true }
                state.waiters.append((fact, continuation))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    /// Waits until the feed has sent so many events in all.
    func waitUntilSent(_ count: Int) async { await wait { $0.sent.count >= count } }

    /// Waits until all of these have arrived, `limit` at most; returns the text of those that have not.
    func waitUntilReceived(_ events: [SentEvent], atMost limit: DispatchTimeInterval) async -> [String] {
        state.withLock { $0.missing = Set(events.map(\.bytes)).subtracting($0.data) }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit) { [self] in
            let waiters = state.withLock { state in
                state.isOverdue = true
                return state.met()
            }
            for waiter in waiters { waiter.resume() }
        }
        await wait { $0.missing.isEmpty || $0.isOverdue }
        return state.withLock { state in
            events.filter { state.missing.contains($0.bytes) }.map {
                "\($0.at): \(String(decoding: $0.bytes, as: UTF8.self))"
            }
        }
    }

    var sent: [SentEvent] { state.withLock(\.sent) }
    var received: Int { state.withLock(\.received) }
    var refused: Int { state.withLock(\.refused) }
    var ids: Int { state.withLock(\.bodies.count) }
    /// Ids that came with more than one body.
    var idsOfSeveralBodies: [String] { state.withLock { $0.bodies.filter { $0.value.count > 1 }.map(\.key) } }
}
