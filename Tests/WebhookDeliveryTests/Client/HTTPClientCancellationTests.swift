import Dispatch
import RelayModel
import Synchronization
import Testing

@testable import WebhookDelivery

/// Several questions at a time, and those that nobody waits for any longer.
@Suite(.timeLimit(.minutes(1))) struct HTTPClientCancellationTests {
    /// A server that holds every request until `release`, and counts the most that it held at once.
    private final class HoldingServer: Sendable {
        private struct Counts {
            var held = 0
            var most = 0
        }

        private let counts: Held
        let server: RawServer

        private final class Held: Sendable {
            let counts = Mutex(Counts())
            let gate = DispatchSemaphore(value: 0)
        }

        init() {
            let held = Held()
            counts = held
            server = RawServer { connection, _ in
                guard connection.readRequest() != nil else { return }
                held.counts.withLock {
                    $0.held += 1
                    $0.most = max($0.most, $0.held)
                }
                held.gate.wait()
                held.counts.withLock { $0.held -= 1 }
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }

        var held: Int { counts.counts.withLock(\.held) }
        var most: Int { counts.counts.withLock(\.most) }

        func release(_ count: Int) {
            for _ in 0..<count { counts.gate.signal() }
        }
    }

    @Test func `so many are on their way at once, and the others follow in turn`() async throws {
        let holding = HoldingServer()
        defer { holding.server.stop() }
        let client = makeClient()
        let count = AskingThread.maxRunning * 2 + 3
        let asked = Task {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<count {
                    group.addTask { try await client.ask(.get(holding.server.url)).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        try await until { holding.held == AskingThread.maxRunning }
        holding.release(count)
        #expect(try await asked.value == Array(repeating: 200, count: count))
        #expect(holding.most == AskingThread.maxRunning)
    }

    @Test func `cancelling ends the transfer, which may have left`() async throws {
        let closed = Closed()
        let server = RawServer { connection, _ in
            _ = connection.readRequest()
            connection.waitForClose()
            closed.isClosed.store(true, ordering: .releasing)
        }
        defer { server.stop() }
        let client = makeClient()
        let asked = Task { await client.failure(.get(server.url)) }
        try await until { server.received.count == 1 }
        asked.cancel()
        let failure = try #require(await asked.value)
        #expect(failure.description == "it was cancelled")
        #expect(failure.mayHaveLeft)
        try await until { closed.isClosed.load(ordering: .acquiring) }
    }

    private final class Closed: Sendable {
        let isClosed = Atomic(false)
    }

    @Test func `one that still waits leaves nothing when it is cancelled`() async throws {
        let holding = HoldingServer()
        defer { holding.server.stop() }
        let client = makeClient()
        let first = (0..<AskingThread.maxRunning).map { _ in
            Task { await client.failure(.get(holding.server.url)) }
        }
        try await until { holding.held == AskingThread.maxRunning }
        let late = Task { await client.failure(.get(holding.server.url)) }
        late.cancel()
        let failure = try #require(await late.value)
        #expect(failure.description == "it was cancelled")
        #expect(!failure.mayHaveLeft)
        holding.release(AskingThread.maxRunning)
        for task in first { #expect(await task.value == nil) }
        #expect(holding.server.received.count == AskingThread.maxRunning)
    }

    @Test func `a task that is cancelled already asks nothing`() async throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        let client = makeClient()
        let asked = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await client.failure(.get(server.url))
        }
        #expect(await asked.value?.mayHaveLeft == false)
        #expect(server.connectionCount == 0)
    }

    @Test func `the thread ends with its client`() async throws {
        let server = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer { server.stop() }
        weak var thread: AskingThread?
        do {
            let asking = AskingThread(policy: .standard)
            thread = asking
            _ = await asking.ask(.get(server.url))
            asking.end()
        }
        try await until { thread == nil }
    }
}
