import FeedConnections
import FeedProtocols
import RelayConfig
import RelayModel
import Synchronization

/// A feed without sockets: a test says what its connections do, and the sink hears it at once.
///
/// Calls of the sink are made under the lock, so that none comes after `stop`: the sink must not call the source.
final class ScriptedFeedSource: FeedSource {
    private struct State {
        var configuration: FeedConfiguration
        var isStarted = false
        var isStopped = false
        var isReading = true
        /// Connections that are subscribed, each with when it was last heard.
        var subscribed: [Int: Timestamp] = [:]
        var lastMessageAt: Timestamp?
        /// What came while nothing was read.
        var waiting: [(connection: Int, document: JSONDocument)] = []
    }

    let feed: String
    private let sink: any FeedSink
    private let clock: @Sendable () -> Timestamp
    private let state: Mutex<State>

    init(_ configuration: FeedConfiguration, sink: any FeedSink, clock: @escaping @Sendable () -> Timestamp) {
        feed = configuration.name
        self.sink = sink
        self.clock = clock
        state = Mutex(State(configuration: configuration))
    }

    var lastMessageAt: Timestamp? { state.withLock(\.lastMessageAt) }
    var subscribedConnections: Int { state.withLock(\.subscribed.count) }

    // MARK: What the relay does

    func start() {
        state.withLock { if !$0.isStopped { $0.isStarted = true } }
    }

    func setReading(_ isReading: Bool) {
        state.withLock { state in
            guard !state.isStopped, state.isReading != isReading else { return }
            state.isReading = isReading
            sink.readingChanged(to: isReading, at: clock())
            if isReading { readWaiting(of: nil, &state) }
        }
    }

    func reconfigure(_ configuration: FeedConfiguration) -> Bool {
        state.withLock { state in
            let old = state.configuration
            guard configuration.name == old.name, configuration.url == old.url, configuration.caFile == old.caFile,
                configuration.apiKey == old.apiKey
            else { return false }
            state.configuration = configuration
            for number in state.subscribed.keys.sorted() where number >= configuration.connections {
                end(number, .unneeded, retryIn: nil, &state)
            }
            return true
        }
    }

    func retryNow() {}

    func stop() async {
        state.withLock { state in
            for number in state.subscribed.keys.sorted() { end(number, .stopped, retryIn: nil, &state) }
            state.isStopped = true
        }
    }

    // MARK: What the feed does

    /// A connection is opened and subscribed, as far as one of this number is wanted and may be opened.
    func subscribe(_ number: Int) {
        state.withLock { state in
            guard state.isStarted, !state.isStopped, state.isReading, number < state.configuration.connections,
                state.subscribed[number] == nil
            else { return }
            let now = clock()
            for kind in [.connecting, .opened] as [ConnectionChange.Kind] {
                sink.changed(ConnectionChange(kind: kind, at: now, connection: number))
            }
            state.subscribed[number] = now
            let keys = state.configuration.keys.count
            sink.changed(ConnectionChange(kind: .subscribed(keys: keys, refused: []), at: now, connection: number))
            heard(number, &state)
        }
    }

    /// A message comes on a connection.
    func send(_ document: JSONDocument, on number: Int) {
        state.withLock { state in
            guard state.subscribed[number] != nil else { return }
            state.waiting.append((number, document))
            if state.isReading { readWaiting(of: nil, &state) }
        }
    }

    /// A connection is lost; what waits on it is read before.
    func drop(_ number: Int) {
        state.withLock { state in
            guard state.subscribed[number] != nil else { return }
            readWaiting(of: number, &state)
            end(number, .dropped("it ended without a close frame"), retryIn: .zero, &state)
        }
    }

    private func readWaiting(of number: Int?, _ state: inout State) {
        let read = state.waiting.filter { number == nil || $0.connection == number }
        state.waiting.removeAll { number == nil || $0.connection == number }
        for (connection, document) in read {
            sink.received([ReceivedMessage(content: .event(document), receivedAt: clock(), connection: connection)])
            heard(connection, &state)
        }
    }

    private func heard(_ number: Int, _ state: inout State) {
        let now = clock()
        state.subscribed[number] = now
        state.lastMessageAt = now
        sink.heard(connection: number, at: now)
    }

    private func end(_ number: Int, _ end: ConnectionEnd, retryIn: Duration?, _ state: inout State) {
        let last = state.subscribed.removeValue(forKey: number)
        state.waiting.removeAll { $0.connection == number }
        sink.changed(
            ConnectionChange(
                kind: .down(end, lastMessageAt: last, retryIn: retryIn), at: clock(), connection: number))
    }
}
