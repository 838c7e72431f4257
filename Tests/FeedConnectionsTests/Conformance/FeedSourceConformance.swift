import FeedConnections
import FeedProtocols
import RelayConfig
import RelayModel
import Testing

/// A feed source and the far end of its one connection, for what every source holds.
protocol FeedSourceSubject {
    associatedtype Source: FeedSource
    var source: Source { get }
    var sink: RecordingSink { get }
    func configuration(_ change: (inout FeedConfiguration) -> Void) -> FeedConfiguration
    /// The far end takes a connection and confirms its subscription.
    func confirm() async throws
    /// The far end sends an event of this type.
    func send(_ type: String) async throws
    /// The far end leaves.
    func drop() async throws
    /// Everything that is going to happen now has.
    func settle() async throws
    func end() async
}

/// What every feed source holds.
enum FeedSourceConformance {
    static func check(_ make: () async throws -> some FeedSourceSubject) async throws {
        try await fromStartToStop(try await make())
        try await reading(try await make())
        try await losing(try await make())
        try await reconfiguring(try await make())
    }

    private static func begin(_ subject: some FeedSourceSubject) async throws {
        subject.source.start()
        try await subject.confirm()
        try await subject.sink.subscribed()
    }

    private static func fromStartToStop(_ subject: some FeedSourceSubject) async throws {
        try await subject.settle()
        #expect(subject.sink.count.value == 0)
        #expect(subject.source.lastMessageAt == nil)
        subject.source.start()
        try await subject.confirm()
        // The far end may send events before it confirms.
        var changes: [String] = []
        while changes.count < 3 {
            if case .change(let text) = try await subject.sink.calls.next() { changes.append(text) }
        }
        #expect(changes == ["connecting", "opened", "subscribed 1 []"])
        try await subject.send("a")
        try await subject.send("b")
        var types: [String] = []
        while types.count < 2 {
            if case .messages(let batch) = try await subject.sink.calls.next() { types += batch }
        }
        #expect(types == ["a", "b"])
        try await subject.settle()
        #expect(subject.source.subscribedConnections == 1)
        #expect(subject.source.lastMessageAt != nil)
        await subject.source.stop()
        #expect(try await subject.sink.next(1) == [.change("down: closed by the relay")])
        #expect(subject.source.subscribedConnections == 0)
        // Nothing comes after, whatever is asked of it.
        let calls = subject.sink.count.value
        subject.source.setReading(false)
        _ = subject.source.reconfigure(subject.configuration { $0.connections = 3 })
        await subject.source.stop()
        try await subject.settle()
        #expect(subject.sink.count.value == calls)
        await subject.end()
    }

    private static func reading(_ subject: some FeedSourceSubject) async throws {
        try await begin(subject)
        subject.source.setReading(false)
        subject.source.setReading(false)
        try await subject.settle()
        let calls = subject.sink.count.value
        try await subject.send("a")
        try await subject.settle()
        #expect(subject.sink.count.value == calls)
        subject.source.setReading(true)
        #expect(try await subject.sink.next(1) == [.messages(["a"])])
        // Each turn is told once.
        #expect(try await subject.sink.readings.next() == false)
        #expect(try await subject.sink.readings.next() == true)
        await subject.end()
    }

    private static func losing(_ subject: some FeedSourceSubject) async throws {
        try await begin(subject)
        try await subject.send("last")
        try await subject.drop()
        // What came before the end is told before it.
        #expect(
            try await subject.sink.next(2) == [
                .messages(["last"]), .change("down: the connection broke off: it ended without a close frame"),
            ])
        try await subject.confirm()
        try await subject.sink.subscribed()
        await subject.end()
    }

    private static func reconfiguring(_ subject: some FeedSourceSubject) async throws {
        try await begin(subject)
        #expect(!subject.source.reconfigure(subject.configuration { $0.url = "wss://elsewhere.example/" }))
        #expect(!subject.source.reconfigure(subject.configuration { $0.apiKey = Secret("another") }))
        #expect(!subject.source.reconfigure(subject.configuration { $0.caFile = "/tmp/ca.pem" }))
        #expect(subject.source.reconfigure(subject.configuration { $0.pingInterval = .seconds(7) }))
        try await subject.send("a")
        #expect(try await subject.sink.next(1) == [.messages(["a"])])
        #expect(subject.source.subscribedConnections == 1)
        await subject.end()
    }
}
