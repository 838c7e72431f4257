import FeedConnections
import Logging
import NIOCore
import NIOPosix
import RelayConfig
import RelayModel

/// A feed of the real kind against a scripted server.
struct FeedRun {
    let server: ScriptedServer
    let sink = RecordingSink()
    let feed: WebSocketFeed
    private let configuration: FeedConfiguration
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    /// `change` adapts the configuration.
    ///
    /// Reconnects come at once unless it says otherwise.
    init(
        _ certificate: TestCertificates.Server? = nil, host: String = "127.0.0.1", apiKey: String? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        change: (inout FeedConfiguration) -> Void = { _ in }
    ) async throws {
        server = try await ScriptedServer(certificate)
        var configuration = FeedConfiguration(
            name: "f", kind: .interface402(.init(apiKey: apiKey.map(Secret.init), keys: ["payments"])),
            url: server.url(host: host), reconnectInitial: .milliseconds(1), reconnectMax: .milliseconds(1))
        change(&configuration)
        self.configuration = configuration
        feed = try WebSocketFeed(
            configuration, sink: sink, eventLoop: eventLoop, clock: RelayClock(),
            logger: logger)
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
        try await peer.confirm()
        try await sink.subscribed()
        return peer
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

extension ScriptedPeer {
    /// The client's next close frame, by its code; nil for one without.
    func closeCode() async throws -> Int? {
        let frame = try await did.next { if case .frame(opcode: 8, _) = $0 { true } else { false } }
        guard case .frame(_, let payload) = frame, payload.count >= 2 else { return nil }
        return Int(payload[0]) << 8 | Int(payload[1])
    }
}

extension FeedConfiguration {
    /// What an interface402 feed subscribes to.
    var keys: [String] {
        get { if case .interface402(let settings) = kind { settings.keys } else { [] } }
        set { kind = .interface402(.init(apiKey: apiKey, keys: newValue)) }
    }

    var apiKey: Secret? {
        get { if case .interface402(let settings) = kind { settings.apiKey } else { nil } }
        set { kind = .interface402(.init(apiKey: newValue, keys: keys)) }
    }
}
