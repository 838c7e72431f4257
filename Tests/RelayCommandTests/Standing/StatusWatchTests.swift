import FeedSimulation
import Foundation
import Glibc
import Testing

@testable import RelayCommand

/// `status --watch` by the built binary, on a terminal and on a pipe.
@Suite(.timeLimit(.minutes(2))) struct StatusWatchTests {
    /// Lines are wrapped, the cursor is shown, and the screen is the one that was there before.
    private static let restored = "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    private func watch(
        _ configuration: String, interval: String, columns: UInt16 = 100, rows: UInt16 = 40,
        environment: [String: String] = ["NO_COLOR": "1"]
    ) throws -> Pseudoterminal {
        try Pseudoterminal(
            ["status", "--watch", "--interval", interval, "--config", configuration], columns: columns, rows: rows,
            environment: environment)
    }

    @Test func `the second picture has the figures of then, over the first, and Ctrl-C leaves the terminal as it was`()
        async throws
    {
        let fixture = try ControlFixture()
        let terminal = try watch(fixture.configurationPath, interval: "100ms")
        let first = try await terminal.output(until: "the dead: ")
        #expect(
            first.hasPrefix("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l") && first.contains("\nbilling      active         1"),
            "\(first)")
        let retried = try await fixture.run("deliveries", "retry", "4")
        #expect(retried.status == 0)
        let second = try await terminal.output(until: "\nbilling      active         2")
        // Nothing but the first picture clears the screen.
        #expect(!second.contains("\u{1B}[2J"))
        terminal.type("\u{3}")
        let end = await terminal.end()
        #expect(end.status == 0 && end.output.hasSuffix(Self.restored), "\(end)")
    }

    @Test(arguments: [SIGTERM, SIGHUP])
    func `a signal ends it as Ctrl-C does`(_ signal: CInt) async throws {
        let fixture = try ControlFixture()
        let terminal = try watch(fixture.configurationPath, interval: "1h")
        _ = try await terminal.output(until: "the dead: ")
        terminal.send(signal)
        let end = await terminal.end()
        #expect(end.status == 0 && end.output.hasSuffix(Self.restored), "\(end)")
    }

    @Test func `a terminal that is made smaller gets at once what fits it`() async throws {
        let fixture = try ControlFixture()
        let terminal = try watch(fixture.configurationPath, interval: "1h")
        _ = try await terminal.output(until: "the dead: ")
        terminal.resize(columns: 60, rows: 4)
        let small = try await terminal.output(until: "more lines: ")
        #expect(small.split(separator: "\u{1B}[H").last?.split(separator: "\r\n").count == 4, "\(small)")
        terminal.type("\u{3}")
        #expect(await terminal.end().status == 0)
    }

    @Test func `colours are written where they are wanted`() async throws {
        let fixture = try ControlFixture()
        let terminal = try watch(fixture.configurationPath, interval: "1h", environment: [:])
        let text = try await terminal.output(until: "the dead: ")
        #expect(text.contains("\u{1B}[1;31mthe relay is not running\u{1B}[0m"), "\(text)")
    }

    @Test func `a relay that does not answer is shown, and the watch goes on`() async throws {
        let fixture = try ControlFixture()
        let terminal = try watch(fixture.configurationPath, interval: "100ms")
        _ = try await terminal.output(until: "the relay is not running")
        let rude = try RudeListener(path: fixture.outboxPath + ".sock")
        _ = try await terminal.output(until: "does not answer")
        rude.stop()
        _ = try await terminal.output(until: "the relay is not running")
        terminal.type("\u{3}")
        #expect(await terminal.end().status == 0)
    }

    @Test func `a relay that stops and comes back is shown each time`() async throws {
        let folder = try TemporaryFolder()
        let simulator = try await FeedSimulator.start(SimulatorOptions(rate: EventRate(5), seed: 7))
        let configuration = try folder.write(
            "relay.json",
            """
            { "feeds": { "payments": { "protocol": "interface402", "url": "\(simulator.url)", "keys": ["payments"] } },
              "destinations": { "billing": { "url": "http://127.0.0.1:9/", "signature": "none" } },
              "rules": { "all": { "match": {}, "deliverTo": ["billing"] } }, "outbox": { "path": "outbox.sqlite" } }
            """)
        let log = folder.url.appendingPathComponent("relay.log")
        let first = try RunningRelay(configuration: configuration, log: log)
        try await first.waitForLog("Feed subscribed")
        let terminal = try watch(configuration.path, interval: "100ms")
        let shown = try await terminal.output(until: ", ready")
        #expect(!shown.contains("NOT READY"))
        #expect(try await first.end(by: SIGTERM) == 0)
        _ = try await terminal.output(until: "the relay is not running")
        let second = try RunningRelay(configuration: configuration, log: log)
        _ = try await terminal.output(until: "x402-relay ")
        #expect(try await second.end(by: SIGTERM) == 0)
        terminal.type("\u{3}")
        #expect(await terminal.end().status == 0)
        await simulator.stop()
    }

    @Test func `on a pipe it prints one block after the other, without a sequence, until the reader goes`() async throws
    {
        let fixture = try ControlFixture()
        let words = "'\(try BuiltRelay.path)' status --watch --interval 100ms --config '\(fixture.configurationPath)'"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "\(words) | head -n 30"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text.split(separator: "the relay is not running").count >= 2 && !text.contains("\u{1B}"), "\(text)")
        #expect(text.contains("\n\nthe relay is not running;"))
    }
}

/// Takes every connection and closes it unanswered, as a relay that is failing might.
private final class RudeListener: Sendable {
    private let descriptor: CInt

    init(path: String) throws {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && listen(descriptor, 8) == 0, "errno \(errno)")
        self.descriptor = descriptor
        Thread {
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { break }
                close(client)
            }
            close(descriptor)
        }.start()
    }

    /// From then on nobody listens; the thread sees it too.
    func stop() { shutdown(descriptor, CInt(SHUT_RDWR)) }
}
