/// Who may import whom: down the tiers, never sideways, never up.
enum ImportRules {
    static let all = [imports, manifest, namesakes]

    struct Module {
        let name: String
        let tier: Int
        /// What it may use of other packages.
        var libraries: [String] = []
    }

    /// The modules in the order of `Package.swift`; `Sources/README.md` says what each is.
    static let modules = [
        Module(name: "RelayModel", tier: 0),
        Module(name: "CCurl", tier: 0),
        Module(name: "FeedProtocols", tier: 1, libraries: ["Crypto"]),
        Module(name: "EventRules", tier: 1),
        Module(name: "WebhookSigning", tier: 1, libraries: ["Crypto"]),
        Module(name: "DeliveryPlanning", tier: 1, libraries: ["DequeModule", "HeapModule"]),
        Module(name: "X402Payments", tier: 1, libraries: ["Crypto"]),
        Module(name: "RelayConfig", tier: 2),
        Module(
            name: "FeedConnections", tier: 3,
            libraries: ["Logging", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL"]),
        Module(name: "WebhookDelivery", tier: 3, libraries: ["Logging"]),
        Module(name: "OutboxStorage", tier: 3, libraries: ["Dispatch", "Logging", "GRDB"]),
        Module(name: "FeedSimulation", tier: 3, libraries: ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"]),
        Module(
            name: "WebhookReceiver", tier: 3, libraries: ["Logging", "NIOCore", "Hummingbird", "ServiceLifecycle"]),
        Module(
            name: "AdminAPI", tier: 3,
            libraries: ["Logging", "NIOCore", "NIOPosix", "NIOHTTP1", "Hummingbird", "HummingbirdCore"]),
        Module(
            name: "RelayAssembly", tier: 4,
            libraries: ["DequeModule", "Dispatch", "Logging", "NIOCore", "NIOPosix", "ServiceLifecycle"]),
        Module(
            name: "RelayCommand", tier: 5,
            libraries: ["ArgumentParser", "Dispatch", "Logging", "NIOSSL", "ServiceLifecycle", "UnixSignals"]),
    ]

    /// Of the toolchain, for everyone.
    private static let system: Set<String> = ["Glibc", "Synchronization", "FoundationEssentials"]

    /// Why `module` may not use `imported`; nil where it may.
    static func objection(to imported: String, in module: Module) -> String? {
        if let other = modules.first(where: { $0.name == imported }) {
            guard other.tier >= module.tier else { return nil }
            return "\(module.name) is of tier \(module.tier), \(imported) of tier \(other.tier): imports go down only"
        }
        guard !system.contains(imported), !module.libraries.contains(imported) else { return nil }
        return "\(imported) is not among what \(module.name) may use (the table in Tests/RepositoryTests)"
    }

    private static let imports = TidyRule(
        name: "imports go down the tiers",
        bad: [
            sample("EventRules", "import FeedProtocols"), sample("EventRules", "package import RelayConfig"),
            sample("RelayModel", "internal import Crypto"), sample("FeedConnections", "@testable import OutboxStorage"),
            sample("RelayAssembly", "import Testing"), sample("NewModule", "import RelayModel"),
        ],
        good: [
            sample("RelayConfig", "package import EventRules\nimport Glibc\n// import Testing"),
            sample("FeedProtocols", "import Crypto"), Repository(["Tests/ATests/B.swift": "import Testing"]),
        ]
    ) { repository in
        repository.paths.flatMap { path -> [Finding] in
            let parts = path.split(separator: "/")
            guard parts.count > 2, parts[0] == "Sources", let code = repository.code[path] else { return [] }
            guard let module = modules.first(where: { $0.name == parts[1] }) else {
                return [
                    Finding(path: path, problem: "\(parts[1]) is not in the table of modules in Tests/RepositoryTests")
                ]
            }
            return importedModules(code).compactMap { imported, line in
                objection(to: imported, in: module).map { Finding(path: path, line: line, problem: $0) }
            }
        }
    }

    /// The modules that the code names in its imports, and where.
    private static func importedModules(_ code: [UInt8]) -> [(String, Int)] {
        let text = String(decoding: code, as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at + 1 < words.count, at <= 2 else { return nil }
            return (String(words[at + 1]), index + 1)
        }
    }

    private static let manifest = TidyRule(
        name: "Package.swift lists the modules by tier, and their dependencies go down",
        bad: [
            package("FeedSimulation", tier: 2, dependencies: #""RelayModel""#),
            package("FeedSimulation", tier: 3, dependencies: #""RelayModel", "FeedConnections""#),
            package("FeedSimulation", tier: 3, dependencies: #""RelayModel", ssl"#),
            package("FeedSimulation", tier: 3, dependencies: #"ssl, "RelayModel""#, before: "RelayConfig"),
            package("NewModule", tier: 3, dependencies: #""RelayModel""#),
        ],
        good: [
            package("FeedConnections", tier: 3, dependencies: #""RelayModel", ssl"#),
            package("OutboxStorage", tier: 3, dependencies: #".product(name: "GRDB", package: "GRDB.swift")"#),
        ]
    ) { repository in
        guard let text = repository.files["Package.swift"]?.text else { return [] }
        // The test kit is under Tests and may use what it tests.
        let targets = PackageManifest(text).targets.filter { !$0.isTest && !$0.name.hasSuffix("TestKit") }
        let known = modules.map(\.name)
        var findings: [Finding] = []
        var last = 0
        for target in targets {
            guard let place = known.firstIndex(of: target.name) else {
                findings.append(found(target, "\(target.name) is not in the table of modules in Tests/RepositoryTests"))
                continue
            }
            let module = modules[place]
            if place < last { findings.append(found(target, "\(target.name) stands out of the order of the table")) }
            last = place
            if target.tier != module.tier {
                findings.append(found(target, "the comment above \(target.name) does not say Tier \(module.tier)."))
            }
            findings += target.dependencies.compactMap { dependency in
                objection(to: dependency, in: module).map { found(target, $0) }
            }
        }
        return findings
    }

    private static func found(_ target: PackageManifest.Target, _ problem: String) -> Finding {
        Finding(path: "Package.swift", line: target.line, problem: problem)
    }

    private static let namesakes = TidyRule(
        name: "no type is named like its module",
        bad: [
            sample("EventRules", "package struct EventRules {"), sample("RelayModel", "enum RelayModel: Sendable {"),
        ],
        good: [sample("EventRules", "package struct RuleSet {\n// struct EventRules")]
    ) { repository in
        repository.paths.flatMap { path -> [Finding] in
            guard let code = repository.code[path], path.hasPrefix("Sources/"),
                let module = path.split(separator: "/").dropFirst().first
            else { return [] }
            return ["struct", "class", "enum", "actor", "protocol"].flatMap { kind in
                TextSearch.lines(of: "\(kind) \(module)", in: code).map { line in
                    Finding(path: path, line: line, problem: "Swift can then name neither: give the type another name")
                }
            }
        }
    }

    private static func sample(_ module: String, _ text: String) -> Repository {
        Repository(["Sources/\(module)/Sample.swift": text + "\n"])
    }

    /// A manifest of one target, and of `RelayConfig` after it when asked.
    private static func package(
        _ name: String, tier: Int, dependencies: String, before other: String? = nil
    ) -> Repository {
        let first = """
                    // Tier \(tier). What it is.
                    .target(
                        name: "\(name)",
                        dependencies: [
                            \(dependencies)
                        ],
                        swiftSettings: settings),
            """
        let second = other.map {
            "\n        // Tier 2. What it is.\n        .target(name: \"\($0)\", dependencies: []),\n"
        }
        let ssl = #"let ssl = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")"#
        return Repository([
            "Package.swift": "\(ssl)\nlet package = Package(\n    targets: [\n\(first)\(second ?? "")    ]\n)\n"
        ])
    }
}
