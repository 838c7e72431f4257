import Dispatch
import RelayConfig
import RelayModel
import Synchronization

@testable import WebhookDelivery

/// A transport without a network: a script says what comes of each request.
final class ScriptedTransport: HTTPTransport {
    private struct State {
        var started: [HTTPRequest] = []
        var ended: [HTTPResult] = []
        var held: Set<UInt64> = []
        var cancelled: Set<UInt64> = []
        var wakes = 0
        var destinations: [[String]] = []
    }

    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)
    /// What comes of the request, or nil to hold it until `end`.
    private let script: @Sendable (HTTPRequest) -> AttemptOutcome?

    init(_ script: @escaping @Sendable (HTTPRequest) -> AttemptOutcome?) {
        self.script = script
    }

    func start(_ requests: [HTTPRequest]) {
        state.withLock { state in
            for request in requests {
                state.started.append(request)
                if let outcome = script(request) {
                    state.ended.append(HTTPResult(token: request.token, outcome: outcome, duration: .milliseconds(3)))
                } else {
                    state.held.insert(request.token)
                }
            }
        }
    }

    /// Ends a held request.
    func end(_ token: UInt64, _ outcome: AttemptOutcome) {
        state.withLock { state in
            guard state.held.remove(token) != nil else { return }
            state.ended.append(HTTPResult(token: token, outcome: outcome, duration: .milliseconds(3)))
        }
        signal.signal()
    }

    func wait(timeout: Duration) -> [HTTPResult] {
        if state.withLock({ $0.ended.isEmpty }) {
            _ = signal.wait(timeout: .now() + .milliseconds(Int(min(timeout.wholeMilliseconds, 60_000))))
        }
        return state.withLock { state in
            defer { state.ended = [] }
            return state.ended
        }
    }

    func wake() {
        state.withLock { $0.wakes += 1 }
        signal.signal()
    }

    func replace(_ destinations: [DestinationConfiguration]) {
        state.withLock { $0.destinations.append(destinations.map(\.url.revealed)) }
    }

    func cancelAll() {
        state.withLock { state in
            state.cancelled.formUnion(state.held)
            state.held = []
            state.ended = []
        }
    }

    var started: [HTTPRequest] { state.withLock { $0.started } }
    /// The URLs that each `replace` brought.
    var replacements: [[String]] { state.withLock { $0.destinations } }
    var wakes: Int { state.withLock { $0.wakes } }
    var cancelled: Set<UInt64> { state.withLock { $0.cancelled } }
}
