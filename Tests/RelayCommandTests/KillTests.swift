import FeedSimulation
import Foundation
import Logging
import RelayModel
import Synchronization
import Testing
import WebhookReceiver
import WebhookSigning

/// The built binary, killed with SIGKILL under load again and again.
///
/// `X402_RELAY_KILLS` sets how often (10), `X402_RELAY_KILL_SEED` when; the seed of a run is in its failures.
@Suite(.serialized, .timeLimit(.minutes(30))) struct KillTests {
    /// What was sent this long before a kill must be on disk by then.
    private static let grace = Duration.milliseconds(200)

    private let kills = ProcessInfo.processInfo.environment["X402_RELAY_KILLS"].flatMap(Int.init) ?? 10
    private let seed =
        ProcessInfo.processInfo.environment["X402_RELAY_KILL_SEED"].flatMap(UInt64.init) ?? .random(in: 0...999_999)

    enum ReceiverState: String, CaseIterable {
        case up
        /// Until after the last kill: everything waits on disk meanwhile.
        case down
    }

    @Test(arguments: ReceiverState.allCases)
    func `what the feed sent 200 ms before a kill is delivered, and repeats are the same`(_ receiver: ReceiverState)
        async throws
    {
        let folder = try TemporaryFolder()
        let account = EventAccount()
        let simulator = try await FeedSimulator.start(
            SimulatorOptions(rate: EventRate(500), seed: seed),
            observer: SimulatorObserver(onEvent: { account.record($0) }))
        let secret = WebhookKey.newSharedSecret()
        let port = try FreePort.take()
        let log = folder.url.appendingPathComponent("relay.log")
        let configuration = try folder.write("relay.json", Self.configuration(simulator.url, port, secret))
        let killedAt = try await withThrowingTaskGroup(of: Void.self) { tasks in
            if receiver == .up { tasks.addTask { try await Self.receive(on: port, secret, into: account) } }
            let killedAt = try await kill(with: configuration, log, account)
            if receiver == .down { tasks.addTask { try await Self.receive(on: port, secret, into: account) } }
            let last = try RunningRelay(configuration: configuration, log: log)
            await account.waitUntilSent(account.sent.count + 200)
            // From here on the feed is silent, so everything that it sent can be accounted for.
            await simulator.stop()
            let expected = account.sent.filter { event in
                !killedAt.contains { event.client <= $0.lastClient && event.at >= $0.from }
            }
            let missing = await account.waitUntilReceived(expected, atMost: .seconds(60))
            let kills = killedAt.map { "\($0.from) client \($0.lastClient)" }
            #expect(missing == [], "seed \(seed): never delivered, of \(expected.count); killed \(kills)")
            if !missing.isEmpty { Self.keep(folder) }
            let status = try await last.end(by: SIGTERM)
            #expect(status == 0, "seed \(seed): \(Self.tail(of: log))")
            tasks.cancelAll()
            return killedAt
        }
        try #require(killedAt.count == kills)
        #expect(account.sent.count > 100 * kills)
        #expect(account.refused == 0, "seed \(seed)")
        #expect(account.idsOfSeveralBodies == [], "seed \(seed)")
        let database = folder.url.appendingPathComponent("outbox.sqlite").path
        #expect(try SQLiteShell.ask(database, "PRAGMA integrity_check") == "ok", "seed \(seed)")
        let undelivered = "SELECT count(*) FROM delivery WHERE state <> 'delivered'"
        #expect(try SQLiteShell.ask(database, undelivered) == "0", "seed \(seed)")
    }

    /// A kill: what was sent to this client or one before it from this moment on, 200 ms before, need not have arrived.
    ///
    /// By the client and not by the end of the process: a socket takes frames for a while after its peer is gone.
    private struct Kill {
        let from: Timestamp
        let lastClient: Int
    }

    /// Runs and kills the relay.
    private func kill(
        with configuration: URL, _ log: URL, _ account: EventAccount
    ) async throws -> [Kill] {
        var random = SplitMix64(seed: seed)
        var moments: [Kill] = []
        for _ in 0..<kills {
            let relay = try RunningRelay(configuration: configuration, log: log)
            // A moment by what was sent, not by the clock: at 500 events a second, within half a second of work.
            await account.waitUntilSent(account.sent.count + Int(random.next() % 250) + 101)
            let begin = RelayClock.wallTime - Self.grace
            let status = try await relay.end(by: SIGKILL)
            #expect(status == SIGKILL)
            moments.append(Kill(from: begin, lastClient: account.sent.map(\.client).max() ?? 0))
        }
        return moments
    }

    private static func receive(on port: Int, _ secret: Secret, into account: EventAccount) async throws {
        let receiver = Receiver(
            options: Receiver.Options(port: port, verifier: try WebhookVerifier(secret)),
            logger: Logger(label: "receiver", factory: { _ in SwiftLogNoOpLogHandler() }), onReady: { _ in },
            onWebhook: { account.record($0) })
        try await receiver.run()
    }

    private static func configuration(_ feed: String, _ port: Int, _ secret: Secret) -> String {
        """
        {
          "feeds": { "simulated": { "protocol": "interface402", "url": "\(feed)",
            "keys": ["payments", "verifications", "settlements"],
            "reconnect": { "initial": "50ms", "max": "1s" } } },
          "destinations": { "receiver": { "url": "http://127.0.0.1:\(port)/", "secrets": ["\(secret.revealed)"],
            "retry": { "schedule": [\(Array(repeating: "\"100ms\"", count: 200).joined(separator: ","))] } } },
          "rules": { "all": { "match": {}, "deliverTo": ["receiver"] } },
          "outbox": { "path": "outbox.sqlite" }
        }
        """
    }

    /// What a lost event needs to be looked into: the outbox and the log stay beside the test's folder.
    private static func keep(_ folder: TemporaryFolder) {
        let kept = folder.url.path + "-kept"
        try? FileManager.default.copyItem(atPath: folder.url.path, toPath: kept)
        Issue.record("outbox and log are kept in \(kept)")
    }

    private static func tail(of log: URL) -> String {
        String(decoding: ((try? Data(contentsOf: log)) ?? Data()).suffix(2000), as: UTF8.self)
    }
}

/// The `sqlite3` shell, as an operator uses it.
enum SQLiteShell {
    static func ask(_ database: String, _ question: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = ["-readonly", database, question]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// A port of 127.0.0.1 that was free a moment ago.
enum FreePort {
    static func take() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
