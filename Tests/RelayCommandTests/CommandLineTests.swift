import Foundation
import Testing

/// The built binary's commands: what they print, and the status they end with.
@Suite struct CommandLineTests {
    private static let feed = #""feeds": { "payments": { "protocol": "interface402", "keys": ["payments"] } }"#
    private static let destination =
        #""destinations": { "billing": { "url": "http://127.0.0.1:9", "signature": "none" } }"#

    /// A configuration with these rules, and further members of its top level.
    private func configuration(_ rules: String, feeds: String = Self.feed, _ more: String = "") -> String {
        "{ \(feeds), \(Self.destination), \"rules\": { \(rules) }\(more) }"
    }

    private let everything = #""all": { "match": {}, "deliverTo": ["billing"] }"#

    @Test func `help and version end with 0, wrong use with 64`() async throws {
        let version = try await BuiltRelay.run(["--version"])
        #expect(version.status == 0 && version.output.split(separator: ".").count == 3)
        let help = try await BuiltRelay.run(["help", "run"])
        #expect(help.status == 0 && help.output.contains("--config"))
        for wrong in [["runn"], ["run", "--nonsense"], ["match"], ["listen"], ["simulate", "--port", "0"]] {
            let result = try await BuiltRelay.run(wrong)
            #expect(result.status == 64, "\(wrong)")
            #expect(result.error.contains("Usage") || result.error.contains("Error"), "\(wrong)")
        }
    }

    @Test func `check and run refuse a faulty configuration with 78 and every fault`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "relay.json", configuration(#""all": { "match": {"type": "payment"}, "deliverTo": ["biling"] }"#))
        for verb in ["check", "run"] {
            let result = try await BuiltRelay.run([verb, "--config", file.path])
            #expect(result.status == 78)
            #expect(result.error.split(separator: "\n").count == 2, "\(result.error)")
            #expect(result.error.contains("rules.all.deliverTo") && result.error.contains("rules.all.match.type"))
        }
        let missing = try await BuiltRelay.run(["run", "--config", folder.url.path + "/none.json"])
        #expect(missing.status == 78 && missing.error.contains("none.json"))
    }

    @Test func `match tells which rules match and why the others do not`() async throws {
        let folder = try TemporaryFolder()
        let rules = """
            "large": { "match": { "amount": [{ "numeric": [">=", 0.3] }] }, "deliverTo": ["billing"] },
            "small": { "match": { "amount": [{ "numeric": ["<", 0.3] }] }, "deliverTo": ["billing"] }
            """
        let file = try folder.write("relay.json", configuration(rules))
        // 0.1 + 0.2 as binary fractions would make it 0.30000000000000004 on one side only.
        let event = #"{"type":"payment","paymentId":"p","amount":0.29999999999999999999}"#
        let text = try await BuiltRelay.run(["match", "--config", file.path, "--event", "-"], input: event)
        #expect(text.status == 0)
        #expect(text.output.contains("match     small\n"))
        #expect(text.output.contains("no match  large: amount is 0.29999999999999999999"))
        let json = try await BuiltRelay.run(["match", "--config", file.path, "--event", "-", "--json"], input: event)
        let answer = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(answer["matched"] as? [String] == ["small"])
        let reasons = try #require(answer["rules"] as? [String: Any])
        #expect(reasons["small"] is NSNull && reasons["large"] is String)
    }

    @Test func `match refuses what the relay would not take, and needs the feed's name where there are two`()
        async throws
    {
        let folder = try TemporaryFolder()
        let file = try folder.write("relay.json", configuration(everything))
        for event in ["{", #"{"no":"type"}"#, #"{"type":"a","type":"b"}"#, #"{"type":"pong"}"#] {
            let result = try await BuiltRelay.run(["match", "--config", file.path, "--event", "-"], input: event)
            #expect(result.status == 1 && !result.error.isEmpty, "\(event)")
        }
        let two = try folder.write(
            "two.json",
            configuration(
                everything,
                feeds: #""feeds": { "a": { "protocol": "interface402" }, "b": { "protocol": "interface402" } }"#))
        let unnamed = try await BuiltRelay.run(["match", "--config", two.path, "--event", "-"], input: "{}")
        #expect(unnamed.status == 64 && unnamed.error.contains("a, b"))
        let named = try await BuiltRelay.run(
            ["match", "--config", two.path, "--event", "-", "--feed", "b"], input: #"{"type":"payment"}"#)
        #expect(named.status == 0)
    }

    @Test func `a second relay on an outbox is refused and names the file`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "relay.json",
            configuration(
                everything,
                feeds: #""feeds": { "payments": { "protocol": "interface402", "url": "ws://127.0.0.1:9/" } }"#))
        let first = try RunningRelay(configuration: file, log: folder.url.appendingPathComponent("log"))
        try await first.waitForLog("Rule")
        let second = try await BuiltRelay.run(["run", "--config", file.path])
        #expect(second.status == 1)
        #expect(second.error.contains("outbox.sqlite"), "\(second.error)")
        let status = try await first.end(by: SIGINT)
        #expect(status == 0)
    }

    @Test func `an outbox that is no database is refused and left as it is`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("relay.json", configuration(everything))
        let text = String(repeating: "this is no database\n", count: 1000)
        let outbox = try folder.write("outbox.sqlite", text)
        let result = try await BuiltRelay.run(["run", "--config", file.path])
        #expect(result.status == 1)
        #expect(result.error.contains("outbox.sqlite"), "\(result.error)")
        #expect(try String(contentsOf: outbox, encoding: .utf8) == text)
    }

    @Test func `verify accepts the published vector and refuses a changed body`() async throws {
        let arguments = [
            "verify", "--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "--id", "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "--timestamp", "1614265330", "--signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ]
        #expect(try await BuiltRelay.run(arguments, input: #"{"test": 2432232314}"#).status == 0)
        #expect(try await BuiltRelay.run(arguments, input: #"{"test": 2432232315}"#).status == 1)
        let old = try await BuiltRelay.run(arguments + ["--max-age", "5m"], input: #"{"test": 2432232314}"#)
        #expect(old.status == 1)
    }
}
