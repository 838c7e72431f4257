import RelayConfig
import Testing

@testable import RelayAssembly

/// What a reload finds to do.
struct ReloadPlanTests {
    private static let file = """
        {"feeds": {"payments": {"protocol": "interface402", "url": "ws://127.0.0.1:1/a", "keys": ["payments"]}},
         "destinations": {"billing": {"url": "http://127.0.0.1:2/", "signature": "none"}},
         "rules": {"all": {"match": {"wallet": {"file": "wallets.txt"}}, "deliverTo": ["billing"]}},
         "outbox": {"path": "a.sqlite"}}
        """
    private static let wallet = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"

    private func configuration(
        _ text: String = file, wallets: String = wallet
    ) throws -> Configuration {
        try ConfigurationFile.load(
            path: "/relay/relay.json", environment: { _ in nil },
            readFile: { path in
                .success(
                    FileContents(bytes: Array((path.hasSuffix("txt") ? wallets : text).utf8), isOpenToOthers: false))
            }
        ).get().configuration
    }

    private func plan(_ replacements: (String, String)...) throws -> ReloadPlan {
        var text = Self.file
        for (old, new) in replacements {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        return ReloadPlan(from: try configuration(), to: try configuration(text))
    }

    @Test func `the same file changes nothing`() throws {
        let plan = try plan()
        #expect(plan.applied.isEmpty && plan.needsRestart.isEmpty)
    }

    @Test func `a rule is changed by its pattern, its destinations and the address files that it names`() throws {
        #expect(try plan((#"{"file": "wallets.txt"}"#, "[\"\(Self.wallet)\"]")).applied == ["rules.all changed"])
        let other = ReloadPlan(
            from: try configuration(), to: try configuration(wallets: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"))
        #expect(other.applied == ["rules.all changed"])
    }

    @Test func `what comes, changes and goes is told by its name`() throws {
        let plan = try plan(
            (#""payments": {"protocol""#, #""second": {"protocol""#), ("127.0.0.1:2/", "127.0.0.1:3/"),
            (#""all": {"#, #""more": {"match": {}, "deliverTo": ["billing"]}, "all": {"#))
        #expect(
            plan.applied == [
                "feeds.second added", "feeds.payments removed", "destinations.billing changed", "rules.more added",
            ])
        #expect(plan.feedsAdded.map(\.name) == ["second"] && plan.feedsRemoved == ["payments"])
    }

    @Test func `what needs a restart is told and left as it is, and the rest is applied`() throws {
        let plan = try plan(
            (#"{"path": "a.sqlite"}"#, #"{"path": "b.sqlite", "retention": "1d"}, "log": {"level": "debug"}"#))
        #expect(plan.configuration.outbox.path == "/relay/a.sqlite")
        #expect(plan.configuration.outbox.retention == .seconds(86_400))
        #expect(plan.configuration.log.level == .info)
        #expect(
            plan.needsRestart == [
                "outbox.path: stays /relay/a.sqlite, and commands that read this file do not find the relay until then",
                "log: stays info, text",
            ])
        #expect(plan.applied == ["outbox: retention and size changed"])
    }
}
