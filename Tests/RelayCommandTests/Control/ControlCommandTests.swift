import Foundation
import Glibc
import Testing

/// The commands of an operator, by the built binary on an outbox whose relay is down or does not answer.
@Suite struct ControlCommandTests {
    private func json(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func `list shows a table, or the API's object`() async throws {
        let fixture = try ControlFixture()
        let text = try await fixture.run("deliveries", "list")
        #expect(text.status == 0, "\(text.error)")
        let lines = text.output.split(separator: "\n")
        #expect(
            lines.count == 7 && lines[0].hasPrefix("ID  STATE") && lines[1].hasPrefix(" 6  pending"), "\(text.output)")
        #expect(lines[3].contains("status 500"))
        let page = try json(try await fixture.run("deliveries", "list", "--json", "--limit", "2").output)
        let deliveries = try #require(page["deliveries"] as? [[String: Any]])
        #expect(deliveries.map { $0["id"] as? String } == ["6", "5"])
        let cursor = try #require(page["cursor"] as? String)
        let next = try await fixture.run("deliveries", "list", "--limit", "2", "--cursor", cursor)
        #expect(next.output.contains(" 4  dead") && next.output.contains("more: --cursor"), "\(next.output)")
        let none = try await fixture.run("deliveries", "list", "--until", "2020-01-01T00:00:00Z")
        #expect(none.status == 0 && none.output == "no delivery fits\n")
    }

    @Test func `a wallet or a payment that no event has fits no delivery`() async throws {
        let fixture = try ControlFixture()
        for choice in [["--wallet", "W"], ["--payment", "nothing"]] {
            for words in [["deliveries", "list"], ["replay"]] {
                let result = try await BuiltRelay.run(words + choice + ["--config", fixture.configurationPath])
                #expect(result.status == 0 && result.output == "no delivery fits\n", "\(result)")
            }
            let exported = try await BuiltRelay.run(
                ["deliveries", "export"] + choice + ["--config", fixture.configurationPath])
            #expect(exported.status == 0 && exported.output.isEmpty, "\(exported)")
        }
    }

    @Test func `show tells all of a delivery, without what a terminal would act on`() async throws {
        let fixture = try ControlFixture()
        let text = try await fixture.run("deliveries", "show", "4")
        #expect(text.status == 0)
        for part in [
            "delivery     4\n", "state        dead since ", "rules        all, rule2\n",
            "attempts (1, of which 1 count):",
            "0.120 s  500, status 500", #"answer: \u{1b}[31mno"#, "\"paymentId\": \"p2\"",
        ] {
            #expect(text.output.contains(part), "\(part) in \(text.output)")
        }
        #expect(!text.output.contains("\u{1B}"))
        let shown = try json(try await fixture.run("deliveries", "show", "4", "--json").output)
        #expect((shown["data"] as? [String: Any])?["paymentId"] as? String == "p2")
    }

    @Test func `export prints one object a line, however the event is laid out`() async throws {
        let fixture = try ControlFixture()
        let result = try await fixture.run("deliveries", "export")
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 7 && lines[6].isEmpty)
        for (index, line) in lines.dropLast().enumerated() {
            let object = try json(String(line))
            #expect(object["id"] as? String == "\(index + 1)")
            #expect((object["data"] as? [String: Any])?["note"] as? String == "a\nb\u{1B}[2J")
            #expect(line.contains("\"amount\":0.10}"))
        }
        let dead = try await fixture.run("deliveries", "export", "--state", "dead", "--destination", "billing")
        #expect(dead.output.split(separator: "\n").count == 1)
    }

    @Test func `retry, discard, replay, pause and resume work on the file and say so`() async throws {
        let fixture = try ControlFixture()
        let note = " (the relay is not running; it goes on when it does)\n"
        for (words, says) in [
            (["deliveries", "retry", "4"], "delivery 4 to billing: pending, due now"),
            (["deliveries", "discard", "4"], "delivery 4 to billing: discarded"),
            (["replay", "--destination", "billing"], "1 delivery is sent again"),
            (["replay", "--id", "evt_00000000000000070000000000000002"], "1 delivery is sent again"),
            (["destinations", "pause", "billing"], "destination billing: paused (by an operator), 3 deliveries wait"),
            (["destinations", "resume", "billing"], "destination billing: active, 3 deliveries wait"),
        ] {
            let result = try await BuiltRelay.run(words + ["--config", fixture.configurationPath])
            #expect(result.status == 0 && result.output == says + note, "\(words): \(result.output)\(result.error)")
        }
        let none = try await fixture.run("replay", "--rule", "nobody")
        #expect(none.status == 0 && none.output == "no delivery fits\n")
    }

    @Test func `status and destinations say how the outbox stands, and nothing secret`() async throws {
        let fixture = try ControlFixture()
        let status = try await fixture.run("status")
        #expect(
            status.status == 0
                && status.output.hasPrefix(
                    "the relay is not running; its outbox holds what follows\noutbox \(fixture.outboxPath): ")
        )
        let listed = try await fixture.run("destinations", "list")
        #expect(listed.output.contains("https://b.example.com/in") && listed.output.contains("removed"))
        for secret in ["word@", "swordfish"] { #expect(!(status.output + listed.output).contains(secret)) }
        let object = try json(try await fixture.run("status", "--json").output)
        #expect(object["running"] as? Bool == false)
    }

    @Test(arguments: [
        ["deliveries", "list", "--state", "lost"], ["deliveries", "list", "--since", "yesterday"],
        ["deliveries", "list", "--until", "2026-02-30"], ["deliveries", "list", "--limit", "0"],
        ["deliveries", "list", "--limit", "1001"], ["deliveries", "list", "--event", "evt_12"],
        ["deliveries", "list", "--cursor", "x"], ["deliveries", "export", "--state", "lost"], ["deliveries", "show"],
        ["replay"], ["replay", "--id", "evt_12"], ["status", "--interval", "5s"],
        ["status", "--watch", "--interval", "1ms"], ["replay", "--since", "soon"], ["destinations", "pause"],
        ["deliveries", "shwo", "1"],
    ])
    func `wrong use is told in one sentence and ends with 64`(_ words: [String]) async throws {
        let fixture = try ControlFixture()
        let result = try await BuiltRelay.run(words + ["--config", fixture.configurationPath])
        #expect(result.status == 64 && result.output.isEmpty, "\(result.output)")
        #expect(!result.error.isEmpty)
    }

    @Test(arguments: [
        (["deliveries", "show", "7"], "deliveries show: there is no delivery 7"),
        (["deliveries", "retry", "x"], "deliveries retry: there is no delivery \"x\"; deliveries have numbers"),
        (["deliveries", "discard", "-1"], ""),
        (["replay", "--id", "7"], "replay: there is no delivery 7"),
        (
            ["replay", "--id", "evt_00000000000000070000000000000007"],
            "replay: no delivery carries the event evt_00000000000000070000000000000007"
        ),
        (["deliveries", "list", "--destination", "nobody"], "known: billing, audit, gone"),
        (["replay", "--destination", "nobody"], "known: billing, audit, gone"),
        (["destinations", "resume", "nobody"], "known: billing, audit"),
        (["deliveries", "discard", "1"], "deliveries discard: delivery 1 is delivered already"),
        (["feeds"], "feeds: the relay is not running"), (["reload"], "reload: the relay is not running"),
        (["healthcheck"], "healthcheck: the relay is not running"),
        (["destinations", "test", "billing"], "destinations test: the relay is not running"),
    ])
    func `what cannot be done is told in one sentence and ends with 1`(_ sample: (words: [String], says: String))
        async throws
    {
        let fixture = try ControlFixture()
        let result = try await BuiltRelay.run(sample.words + ["--config", fixture.configurationPath])
        guard !sample.says.isEmpty else {
            #expect(result.status == 64)
            return
        }
        #expect(result.status == 1 && result.output.isEmpty, "\(result.output)")
        #expect(result.error.contains(sample.says), "\(result.error)")
        #expect(result.error.split(separator: "\n").count == 1)
    }

    @Test func `a configuration that is no JSON ends with 78, an outbox that is not there with 1`() async throws {
        let fixture = try ControlFixture(isEmpty: true)
        for words in [["deliveries", "list"], ["status"], ["replay", "--since", "1h"], ["deliveries", "export"]] {
            let broken = try fixture.folder.write("broken.json", "{")
            let refused = try await BuiltRelay.run(words + ["--config", broken.path])
            #expect(refused.status == 78 && refused.error.contains("broken.json:1:2"), "\(refused.error)")
            let missing = try await BuiltRelay.run(words + ["--config", fixture.configurationPath])
            #expect(missing.status == 1 && missing.error.contains("there is no outbox"), "\(missing.error)")
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.outboxPath))
    }

    @Test func `a health check whose configuration cannot be read ends with 78, as its help says`() async throws {
        let fixture = try ControlFixture()
        let half = try fixture.folder.write("half.json", #"{ "outbox": { "pa"#)
        for path in [half.path, fixture.folder.url.path + "/none.json"] {
            let result = try await BuiltRelay.run(["healthcheck", "--config", path])
            #expect(result.status == 78 && result.output.isEmpty, "\(result.error)")
        }
        let help = try await BuiltRelay.run(["help", "healthcheck"])
        #expect(help.output.contains("ends with 78"), "\(help.output)")
    }

    @Test func `a socket that a crash left is as good as none`() async throws {
        let fixture = try ControlFixture()
        close(try listener(fixture.outboxPath + ".sock"))
        let listed = try await fixture.run("deliveries", "list", "--state", "dead")
        #expect(listed.status == 0 && listed.output.contains(" 4  dead"), "\(listed.error)")
        let health = try await fixture.run("healthcheck")
        #expect(health.status == 1 && health.error.contains("not running"))
    }

    @Test func `a relay that holds the outbox and listens nowhere can be looked at`() async throws {
        let fixture = try ControlFixture()
        let holder = try fixture.hold()
        defer { close(holder) }
        #expect(try await fixture.run("deliveries", "show", "4").status == 0)
        for words in [
            ["deliveries", "retry", "4"], ["replay", "--since", "1h"], ["destinations", "pause", "billing"],
        ] {
            let result = try await BuiltRelay.run(words + ["--config", fixture.configurationPath])
            #expect(result.status == 1 && result.error.contains("does not answer on"), "\(result.error)")
        }
    }

    @Test func `a relay that listens and never answers fails the health check`() async throws {
        let fixture = try ControlFixture()
        let descriptor = try listener(fixture.outboxPath + ".sock")
        defer { close(descriptor) }
        let result = try await fixture.run("healthcheck")
        #expect(result.status == 1 && result.error.contains("does not answer"), "\(result.error)")
    }

    @Test(arguments: [["secret", "new"], ["--help"], ["schema"], ["deliveries", "export"]])
    func `output that cannot be written is a failure`(_ words: [String]) async throws {
        let fixture = try ControlFixture()
        let more = words.first == "deliveries" ? ["--config", fixture.configurationPath] : []
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try BuiltRelay.path)
        process.arguments = words + more
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
        let errors = Pipe()
        process.standardError = errors
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { end.yield($0.terminationStatus) }
        try process.run()
        #expect(await ends.first { _ in true } == 1)
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(text == "x402-relay: the output cannot be written: No space left on device\n")
    }

    @Test func `wrong use that shows when a command runs is told with that command's usage`() async throws {
        let result = try await BuiltRelay.run(
            ["verify", "--id", "a", "--timestamp", "1", "--signature", "x"], environment: ["X402_RELAY_SECRET": ""])
        #expect(result.status == 64)
        #expect(
            result.error.contains("Usage: x402-relay verify ") && result.error.contains("'x402-relay verify --help'"))
    }

    /// A socket on which somebody listens until the descriptor is closed; its file stays.
    private func listener(_ path: String) throws -> CInt {
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
        return descriptor
    }
}
