import FeedConnections
import Logging
import NIOCore
import NIOPosix
import RelayConfig
import RelayModel

/// A paid stream of the real kind against a scripted server.
struct StreamRun {
    let server: ScriptedServer
    let sink = RecordingSink()
    let tokens: ScriptedTokens
    let feed: AtomicStreamFeed
    private let configuration: FeedConfiguration
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    /// Reconnects come at once unless `change` says otherwise.
    init(
        token: String? = "tok-1", accounts: [String] = ["acc"], options: String? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        change: (inout FeedConfiguration) -> Void = { _ in }
    ) async throws {
        server = try await ScriptedServer()
        tokens = ScriptedTokens(first: token.map { .use(Secret($0)) })
        var configuration = FeedConfiguration(
            name: "f",
            kind: .atomicStream(
                .init(
                    stream: "wallet-balance", version: "v2", options: options, accounts: accounts, programs: [],
                    mints: [], encoding: nil, token: nil, renew: "http")),
            url: "http://127.0.0.1:\(server.port)", reconnectInitial: .milliseconds(1), reconnectMax: .milliseconds(1))
        change(&configuration)
        self.configuration = configuration
        feed = try AtomicStreamFeed(
            configuration, tokens: tokens, sink: sink, eventLoop: eventLoop, clock: RelayClock(), logger: logger)
    }

    /// The feed's configuration with a change.
    func configuration(_ change: (inout FeedConfiguration) -> Void) -> FeedConfiguration {
        var configuration = configuration
        change(&configuration)
        return configuration
    }

    /// Starts the feed and brings its first connection to where events flow.
    func subscribe() async throws -> ScriptedPeer {
        feed.start()
        let peer = try await server.open()
        try await peer.greet()
        try await sink.subscribed()
        return peer
    }

    /// The next connection, of which the upgrade is answered by this status; its request line.
    func refuse(_ status: String) async throws -> String {
        let peer = try await server.accept()
        guard case .ask(let lines) = try await peer.did.next() else { return "" }
        try await peer.send(Array("HTTP/1.1 \(status)\r\nContent-Length: 2\r\n\r\nno".utf8))
        return lines.first ?? ""
    }

    /// Lets the feed's event loop go round often enough to do all that it is going to do now.
    func settle() async throws {
        for _ in 0..<200 { try await eventLoop.submit {}.get() }
    }

    func stop() async {
        await feed.stop()
        await server.stop()
    }
}

extension FeedConfiguration {
    /// An AtomicStream feed's own settings.
    var stream: AtomicStream {
        get {
            guard case .atomicStream(let stream) = kind else {
                return AtomicStream(
                    stream: "", version: "v2", options: nil, accounts: [], programs: [], mints: [], encoding: nil,
                    token: nil, renew: "http")
            }
            return stream
        }
        set { kind = .atomicStream(newValue) }
    }
}

extension ScriptedPeer {
    /// Says `hello` and a good `status`.
    func greet(watched: Int = 1, slot: Int = 1) async throws {
        try await say(
            #"{"op":"hello","clientId":"c","expiresAt":"2026-01-01T00:05:00Z","sliceSeconds":300}"#,
            #"{"type":"status","watchedAccounts":\#(watched),"processedHeadSlot":\#(slot)}"#)
    }

    /// The next text of the client that is not about the state or a ping.
    func said() async throws -> String {
        while true {
            let did = try await did.next { if case .say = $0 { true } else { false } }
            guard case .say(let text) = did else { continue }
            if text != #"{"op":"getState"}"#, text != #"{"op":"ping"}"# { return text }
        }
    }
}
