import DeliveryPlanning
import RelayConfig
import RelayModel
import Testing
import WebhookSigning
import X402Payments

/// What a file becomes: defaults, secrets, derived keys, warnings.
@Suite struct ConfigurationFileTests {
    private func load(_ name: String) throws -> LoadedConfiguration {
        try TestFiles.load(Repository.read("\(Repository.cases)/\(name)")).get()
    }

    /// A valid file with these rules and feeds.
    private func load(feeds: String = #"{ "f": { "protocol": "interface402" } }"#, rules: [String]) throws
        -> LoadedConfiguration
    {
        let named = rules.enumerated().map { #""r\#($0.offset)": { "match": \#($0.element), "deliverTo": ["d"] }"# }
        return try TestFiles.load(
            """
            { "feeds": \(feeds), "destinations": { "d": { "url": "https://d.example.com", "signature": "none" } },
              "rules": { \(named.joined(separator: ", ")) } }
            """
        ).get()
    }

    @Test func `what the file leaves out has the documented defaults`() throws {
        let configuration = try load("minimal.valid.json").configuration
        #expect(
            configuration.feeds == [
                FeedConfiguration(
                    name: "payments",
                    kind: .interface402(.init(apiKey: nil, keys: ["payments", "verifications", "settlements"])),
                    url: "wss://interface402.dev/api/data", connections: 1, connectTimeout: .seconds(10),
                    pingInterval: .seconds(30), pongTimeout: .seconds(10), idleTimeout: .seconds(120),
                    reconnectInitial: .seconds(1), reconnectMax: .seconds(30), caFile: nil)
            ])
        #expect(
            configuration.destinations == [
                DestinationConfiguration(
                    policy: DestinationPolicy(
                        name: "billing", concurrency: 16, rate: nil, order: .payment, retry: .standard,
                        disableAfter: .seconds(432_000)),
                    url: Secret("http://localhost:9000/hook"), secrets: [Secret(TestFiles.secret)],
                    signatures: [.standard], format: .standard, headers: [], timeout: .seconds(15),
                    connectTimeout: .seconds(5), allowLinkLocal: false)
            ])
        #expect(configuration.rules == [RuleConfiguration(name: "all", deliverTo: ["billing"], feeds: nil)])
        #expect(
            configuration.outbox
                == OutboxConfiguration(
                    path: "/conf/outbox.sqlite", retention: .seconds(604_800), deadRetention: .seconds(7_776_000),
                    maxSize: 10 << 30))
        #expect(configuration.admin == nil)
        #expect(configuration.payments == nil)
        #expect(configuration.log == LogConfiguration(level: .info, format: .text))
    }

    @Test func `every key of the file arrives in its place`() throws {
        let loaded = try load("everything.valid.json")
        let configuration = loaded.configuration
        let wallet = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"
        let usdc = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
        #expect(
            configuration.feeds == [
                FeedConfiguration(
                    name: "payments",
                    kind: .interface402(
                        .init(apiKey: Secret(TestFiles.secret), keys: ["payments", "verifications", wallet])),
                    url: "wss://api.yuzu402.dev/data", connections: 2, connectTimeout: .milliseconds(250),
                    pingInterval: .seconds(60), pongTimeout: .seconds(20), idleTimeout: .seconds(300),
                    reconnectInitial: .seconds(2), reconnectMax: .seconds(60), caFile: "/conf/files/cert.pem"),
                FeedConfiguration(
                    name: "solana.main_net-1",
                    kind: .atomicStream(
                        .init(
                            stream: "wallet-balance", version: "v1",
                            options: #""eventFormat":"enhanced","includeAccounts":true"#, accounts: [wallet],
                            programs: [usdc], mints: [usdc], encoding: "hex", token: Secret("swordfish"),
                            renew: "http")),
                    url: "https://x402.atomicstream.net"),
            ])
        #expect(
            configuration.destinations == [
                DestinationConfiguration(
                    policy: DestinationPolicy(
                        name: "billing", concurrency: 4, rate: Rate(count: 600, interval: .seconds(60)), order: .wallet,
                        retry: RetryPolicy(
                            schedule: [.seconds(1), .seconds(60)], jitterThousandths: 50, giveUpOn: [400, 422],
                            maxRetryAfter: .seconds(3600)),
                        disableAfter: .seconds(86_400)),
                    url: Secret("http://user:word@billing.example.com/hook"),
                    secrets: [Secret(TestFiles.secret), Secret(TestFiles.secret)], signatures: [.standard, .github],
                    format: .cloudevents,
                    headers: [
                        .init(name: "X-Team", value: Secret("payments"), isSecret: false),
                        .init(name: "Authorization", value: Secret("swordfish"), isSecret: true),
                        .init(name: "$comment", value: Secret("a header"), isSecret: false),
                    ], timeout: .seconds(20), connectTimeout: .seconds(3), caFile: "/conf/files/cert.pem",
                    certFile: "/conf/files/cert.pem", keyFile: "/conf/files/key.pem",
                    proxy: Secret("socks5://proxy.example.com:1080"), allowLinkLocal: true),
                DestinationConfiguration(
                    policy: DestinationPolicy(name: "audit"), url: Secret("https://audit.example.com"), secrets: [],
                    signatures: [], format: .raw),
            ])
        #expect(
            configuration.rules == [
                RuleConfiguration(name: "ours", deliverTo: ["billing", "audit"], feeds: ["payments"])
            ])
        #expect(
            configuration.outbox
                == OutboxConfiguration(
                    path: "/conf/data/o.sqlite", retention: .seconds(86_400), deadRetention: .seconds(2_592_000),
                    maxSize: 512 << 20))
        #expect(configuration.admin == AdminConfiguration(host: "0.0.0.0", port: 8402, token: Secret("swordfish")))
        let payments = try #require(configuration.payments)
        #expect(payments.rpcURLs == [Secret("https://rpc.example.com/?key=1")])
        #expect(payments.wallet.revealed.hasPrefix("[1, 1, 1"))
        #expect([payments.perPayment, payments.perDay] == [TokenAmount("0.5"), TokenAmount("50")])
        #expect([payments.perHour, payments.total] == [TokenAmount("2"), TokenAmount("500")])
        #expect(payments.priceJump == PriceFactor("2"))
        #expect(
            try Purse.Policy(payments)
                == Purse.Policy(
                    perPayment: #require(TokenAmount("0.5")), perHour: TokenAmount("2"),
                    perDay: #require(TokenAmount("50")), total: TokenAmount("500"),
                    priceJump: #require(PriceFactor("2")), networks: ["solana"], assets: [usdc], recipients: [wallet]))
        #expect(payments.networks == ["solana"])
        #expect(payments.assets == [usdc])
        #expect(payments.recipients == [wallet])
        #expect(configuration.log == LogConfiguration(level: .debug, format: .json))
        #expect(loaded.warnings == [])
    }

    @Test(arguments: [
        (rules: [#"{}"#], keys: ["payments", "verifications", "settlements"]),
        ([#"{ "type": ["payment"] }"#], ["payments"]),
        (
            [#"{ "type": ["verification"] }"#, #"{ "type": [{ "prefix": "settle" }] }"#],
            ["verifications", "settlements"]
        ),
        ([#"{ "type": ["verification"], "sender": ["a"] }"#], ["payments", "verifications"]),
        ([#"{ "type": ["settlement"], "amount": [{ "numeric": [">", 1] }] }"#], ["payments", "settlements"]),
        (
            [#"{ "type": ["payment"], "recipient": ["EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"] }"#],
            ["EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"]
        ),
        (
            [
                #"{ "type": ["payment"], "wallet": { "file": "files/wallets.txt" } }"#,
                #"{ "type": ["payment"], "sender": ["7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"] }"#,
            ],
            [
                "0xabcdef0123456789abcdef0123456789abcdef01", "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s",
                "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
            ]
        ),
        (
            [
                #"{ "type": ["payment"], "recipient": ["EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"] }"#,
                #"{ "type": ["verification"] }"#,
            ], ["payments", "verifications"]
        ),
        ([#"{ "type": ["payment"], "recipient": ["not an address"] }"#], ["payments"]),
        (
            [
                #"{ "type": ["payment"], "wallet": ["EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"] }"#,
                #"{ "type": ["refund"] }"#,
            ], ["payments"]
        ),
        (
            [
                #"{ "type": ["payment"], "wallet": ["EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"] }"#,
                #"{ "type": ["relay.feed.gap", { "prefix": "relay.payment." }, { "wildcard": "relay.*.dead" }] }"#,
                #"{ "type": ["refund"], "feed": ["another"] }"#,
            ], ["EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"]
        ),
    ])
    func `keys that the file leaves out follow from the rules`(rules: [String], keys: [String]) throws {
        let feed = try #require(try load(rules: rules).configuration.feeds.first)
        guard case .interface402(let own) = feed.kind else {
            Issue.record("no interface402 feed")
            return
        }
        #expect(own.keys == keys)
    }

    @Test func `a rule for types that no known channel brings is a warning beside rules that channels serve`() throws {
        let rules = [
            #"{ "type": ["payment"] }"#, #"{ "type": ["refund"] }"#, #"{}"#, #"{ "type": ["relay.feed.gap"] }"#,
        ]
        let warnings = try load(rules: rules).warnings
        #expect(warnings.map(\.key) == ["rules.r1.match"])
        #expect(warnings.first?.reason.contains("no channel that is known brings") == true)
    }

    @Test func `rules for other feeds have no part in a feed's keys`() throws {
        let loaded = try TestFiles.load(
            """
            { "feeds": { "a": { "protocol": "interface402" }, "b": { "protocol": "interface402" } },
              "destinations": { "d": { "url": "https://d.example.com", "signature": "none" } },
              "rules": {
                "one": { "match": { "type": ["payment"] }, "deliverTo": ["d"], "feeds": ["a"] },
                "two": { "match": { "type": ["settlement"], "feed": ["b"] }, "deliverTo": ["d"] }
              } }
            """
        ).get()
        let keys = loaded.configuration.feeds.map { feed -> [String] in
            if case .interface402(let own) = feed.kind { own.keys } else { [] }
        }
        #expect(keys == [["payments"], ["settlements"]])
    }

    @Test func `without secrets only the rules and their address files are read`() throws {
        let text = """
            { "feeds": { "f": { "protocol": "interface402", "apiKey": { "env": "UNSET" } } },
              "destinations": { "d": {
                "url": "https://d.example.com", "secrets": [{ "file": "files/none.txt" }],
                "headers": { "x": { "env": "UNSET" } }, "tls": { "caFile": "files/none.pem" } } },
              "rules": { "r": { "match": { "wallet": { "file": "files/wallets.txt" } }, "deliverTo": ["d"] } } }
            """
        #expect(throws: Never.self) { try TestFiles.load(text, scope: .rules).get() }
        #expect(throws: ConfigurationFaults.self) { try TestFiles.load(text).get() }
    }

    @Test(arguments: [
        (#"{ "wallet": ["a"], "amount": [1] }"#, "rules.r0.match", "stranger"),
        (#"{ "wallet": ["a"], "mint": ["b"] }"#, "rules.r0.match", "stranger"),
        (#"{ "type": ["relay.feed.gap"] }"#, "feeds.f", "no rule can match"),
    ])
    func `a rule that does what its author hardly means is a warning`(rule: String, key: String, part: String) throws {
        let warnings = try load(rules: [rule]).warnings
        #expect(warnings.map(\.key) == [key])
        #expect(warnings.first?.reason.contains(part) == true)
    }

    @Test func `a rule that names sender or recipient beside the amount is no warning`() throws {
        #expect(try load(rules: [#"{ "wallet": ["a"], "recipient": ["b"], "amount": [1] }"#]).warnings == [])
    }

    @Test(arguments: [
        (#"{ "protocol": "interface402", "connections": 21 }"#, "feeds.f.connections"),
        (#"{ "protocol": "interface402", "idleTimeout": "30s" }"#, "feeds.f"),
        (#"{ "protocol": "atomicstream", "stream": "new-mints" }"#, "feeds.f"),
        (#"{ "protocol": "atomicstream", "token": "t", "stream": "new-mints" }"#, "feeds.f.token"),
    ])
    func `a feed that can hardly work as written is a warning`(feed: String, key: String) throws {
        #expect(try load(feeds: #"{ "f": \#(feed) }"#, rules: ["{}"]).warnings.map(\.key) == [key])
    }

    @Test func `a stream whose name is nearly a known one is a warning`() throws {
        let feed = #"{ "f": { "protocol": "atomicstream", "token": "t", "stream": "new-mint" } }"#
        let warning = try #require(
            load(feeds: feed, rules: ["{}"]).warnings.first { $0.key == "feeds.f.stream" })
        #expect(warning.reason.hasSuffix("did you mean \"new-mints\"?"))
    }

    @Test func `a secret in a file that others can read is a warning`() throws {
        let text = Array(
            """
            { "feeds": { "f": { "protocol": "interface402" } },
              "destinations": { "d": { "url": "https://d.example.com", "secrets": ["\(TestFiles.secret)"] } },
              "rules": { "r": { "match": {}, "deliverTo": ["d"] } } }
            """.utf8)
        #expect(try TestFiles.load(text).get().warnings == [])
        #expect(
            try TestFiles.load(text, isOpenToOthers: true).get().warnings.map(\.key) == ["destinations.d.secrets[0]"])
    }

    @Test(arguments: [
        ("http", ["interface402.dev", "proxy.example.com"]), ("https", ["interface402.dev", "proxy.example.com"]),
        // libcurl resolves the name itself before it asks this kind of proxy.
        ("socks5", ["d.example.com", "interface402.dev", "proxy.example.com"]),
    ])
    func `each host that the relay resolves is resolved when asked, and a fault stands where the host is named`(
        proxy: String, hosts: [String]
    ) throws {
        let text = Array(
            """
            { "feeds": { "f": { "protocol": "interface402" } },
              "destinations": { "d": {
                "url": "https://d.example.com", "signature": "none", "proxy": "\(proxy)://proxy.example.com" } },
              "rules": { "r": { "match": {}, "deliverTo": ["d"] } } }
            """.utf8)
        var asked: [String] = []
        let result = TestFiles.load(
            text,
            resolve: { host in
                asked.append(host)
                return host == "d.example.com" ? nil : "no such name"
            })
        #expect(asked.sorted() == hosts)
        guard case .failure(let faults) = result else {
            Issue.record("taken")
            return
        }
        #expect(faults.faults.map(\.key) == ["feeds.f", "destinations.d.proxy"])
        #expect(faults.faults.map(\.line) == [1, 3])
    }

    @Test func `TLS files are checked when asked, and a fault stands at the key of the file`() throws {
        let text = Array(
            """
            { "feeds": { "f": { "protocol": "interface402", "tls": { "caFile": "files/cert.pem" } } },
              "destinations": { "d": {
                "url": "https://d.example.com", "signature": "none",
                "tls": { "certFile": "files/cert.pem", "keyFile": "files/key.pem" } } },
              "rules": { "r": { "match": {}, "deliverTo": ["d"] } } }
            """.utf8)
        var asked: [TLSFiles] = []
        let result = TestFiles.load(
            text,
            checkTLS: { files in
                asked.append(files)
                return files.keyFile.map { _ in TLSFiles.Fault(key: .keyFile, reason: "is another's") }
            })
        #expect(
            asked == [
                TLSFiles(caFile: "/conf/files/cert.pem"),
                TLSFiles(certFile: "/conf/files/cert.pem", keyFile: "/conf/files/key.pem"),
            ])
        guard case .failure(let faults) = result else {
            Issue.record("taken")
            return
        }
        #expect(TestFiles.lines(faults.faults) == ["relay.json:4:55: destinations.d.tls.keyFile: is another's"])
    }

    @Test func `a missing configuration, a folder and an unreadable one are said with the file's name`() {
        func reason(_ path: String) -> String? {
            guard case .failure(let faults) = ConfigurationFile.load(path: path) else { return nil }
            return faults.description
        }
        #expect(reason("/nowhere/relay.json")?.hasPrefix("/nowhere/relay.json: does not exist") == true)
        #expect(reason("/tmp")?.hasPrefix("/tmp: is a folder, not a file") == true)
        #expect(reason("/proc/self/mem")?.hasPrefix("/proc/self/mem: cannot be read") == true)
    }

    @Test func `no secret is in a fault, a warning or a description`() throws {
        for name in ConfigurationCaseTests.invalid + ConfigurationCaseTests.valid {
            let text = try Repository.read("\(Repository.cases)/\(name)")
            switch TestFiles.load(text) {
            case .success(let loaded): #expect(!"\(loaded)".contains("swordfish"))
            case .failure(let faults):
                for word in ["hunter2", "swordfish", TestFiles.secret] {
                    #expect(!faults.description.contains(word), "\(name)")
                }
            }
        }
    }
}
