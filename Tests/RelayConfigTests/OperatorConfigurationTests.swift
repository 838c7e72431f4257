import RelayConfig
import Testing

/// What commands that look into an outbox take of a configuration that the relay itself would refuse.
@Suite struct OperatorConfigurationTests {
    private func load(_ text: String) -> Result<OperatorConfiguration, ConfigurationFaults> {
        ConfigurationFile.loadForOperator(path: "/conf/relay.json") { path in
            path == "/conf/relay.json"
                ? .success(FileContents(bytes: Array(text.utf8))) : .failure(FileFault(reason: "does not exist"))
        }
    }

    @Test func `a valid file gives the outbox's path and the destinations, of their URLs nothing secret`() throws {
        let text = """
            { "outbox": { "path": "data/o.sqlite", "maxSize": "1GiB" },
              "destinations": {
                "billing": { "url": "https://user:word@billing.example.com:8443/hook?key=swordfish",
                  "secrets": [{ "env": "UNSET" }] },
                "$comment": "two of them", "audit": { "url": "https://audit.example.com" } } }
            """
        let expected = OperatorConfiguration(
            outboxPath: "/conf/data/o.sqlite", maxSize: 1 << 30,
            destinations: [
                .init(name: "billing", url: "https://billing.example.com:8443/hook"),
                .init(name: "audit", url: "https://audit.example.com"),
            ])
        #expect(try load(text).get() == expected)
    }

    @Test(arguments: [
        "{}", #"{ "outbox": {} }"#, #"{ "outbox": { "retention": "soon", "maxSize": 7, "nonsense": null } }"#,
        #"{ "rules": { "broken": { "match": { "amount": "nonsense" } } }, "feeds": [], "unknown": 1, "log": 7 }"#,
        #"{ "rules": {}, "rules": {}, "destinations": [] }"#,
    ])
    func `faults elsewhere are no faults, and the default path is in the file's folder`(_ text: String) throws {
        let expected = OperatorConfiguration(
            outboxPath: "/conf/outbox.sqlite", maxSize: 10 << 30, destinations: [])
        #expect(try load(text).get() == expected)
    }

    @Test func `a destination that is not what it should be keeps its name`() throws {
        let found = try load(
            #"{ "destinations": { "a": 7, "b": {}, "c": { "url": 7 }, "d": { "url": "no URL" }, "e f": {} } }"#
        )
        .get()
        #expect(found.destinations == ["a", "b", "c", "d"].map { .init(name: $0, url: nil) })
    }

    @Test(arguments: [
        ("", "relay.json:1:1"), ("{", "relay.json:1:2"), ("[]", "relay.json:1:1: must be an object"),
        (#"{ "outbox": 7 }"#, "relay.json:1:13: outbox: must be"),
        (#"{ "outbox": { "path": "" } }"#, "relay.json:1:23: outbox.path: must be a path"),
        (#"{ "outbox": { "path": "a", "path": "b" } }"#, "relay.json:1:28: outbox.path: is given twice"),
        (#"{ "outbox": {}, "outbox": {} }"#, "relay.json:1:17: outbox: is given twice"),
    ])
    func `a file that is no JSON object, or a faulty path, is a fault at its place`(
        _ sample: (text: String, fault: String)
    ) {
        guard case .failure(let faults) = load(sample.text) else {
            Issue.record("\(sample.text) was taken")
            return
        }
        let lines = TestFiles.lines(faults.faults)
        #expect(lines.count == 1 && lines[0].hasPrefix(sample.fault), "\(lines)")
    }

    @Test func `a file that is not there is a fault that names --config`() {
        guard
            case .failure(let faults) = ConfigurationFile.loadForOperator(
                path: "/conf/none.json", readFile: { _ in .failure(FileFault(reason: "does not exist")) })
        else {
            Issue.record("it was taken")
            return
        }
        #expect(faults.description == "/conf/none.json: does not exist, name the configuration with --config FILE")
    }
}
