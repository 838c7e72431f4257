// swift-tools-version: 6.2
import PackageDescription

// Every target is built alike: Swift 6 mode, the upcoming features of `Sources/README.md`, and no warning is let through.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")

let package = Package(
    name: "x402-relay",
    products: [.executable(name: "x402-relay", targets: ["RelayCommand"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Tier 0. The vocabulary: events, ids, exact numbers, JSON that keeps its text, time.
        .target(name: "RelayModel", swiftSettings: settings),
        // Tier 0. libcurl's door: a module map and typed wrappers for its variadic calls.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Tier 1. Pure: a session state machine for each feed protocol, and what an event says.
        .target(name: "FeedProtocols", dependencies: ["RelayModel", crypto], swiftSettings: settings),
        // Tier 1. Pure: EventBridge patterns compiled to one rule set that matches and explains.
        .target(name: "EventRules", dependencies: ["RelayModel"], exclude: ["README.md"], swiftSettings: settings),
        // Tier 1. Pure: secrets, signature schemes, body formats.
        .target(
            name: "WebhookSigning", dependencies: ["RelayModel", crypto], exclude: ["README.md"],
            swiftSettings: settings),
        // Tier 1. Pure: what to send next, and what an outcome means.
        .target(
            name: "DeliveryPlanning", dependencies: ["RelayModel", collections, heap], swiftSettings: settings),
        // Tier 1. Pure: challenges, the Solana transaction, limits, and how a paid feed comes to its slices.
        .target(
            name: "X402Payments", dependencies: ["RelayModel", crypto], exclude: ["README.md"], swiftSettings: settings),

        // Tier 2. JSON and environment to a valid configuration, or every problem at its line; the JSON Schema.
        .target(
            name: "RelayConfig",
            dependencies: [
                "RelayModel", "FeedProtocols", "EventRules", "WebhookSigning", "DeliveryPlanning", "X402Payments",
            ],
            swiftSettings: settings),

        // Tier 3. WebSockets on SwiftNIO: TLS, the connections of a feed, reconnecting.
        .target(
            name: "FeedConnections",
            dependencies: [
                "RelayModel", "FeedProtocols", "DeliveryPlanning", "RelayConfig", logging, nioCore, nioPosix, nioHTTP1,
                nioWebSocket, nioSSL,
            ],
            swiftSettings: settings),
        // Tier 3. The dispatcher and the libcurl transport.
        .target(
            name: "WebhookDelivery",
            dependencies: ["RelayModel", "DeliveryPlanning", "WebhookSigning", "RelayConfig", "CCurl", logging],
            swiftSettings: settings),
        // Tier 3. The outbox behind one protocol: SQLite.
        .target(
            name: "OutboxStorage",
            dependencies: [
                "RelayModel", "DeliveryPlanning", logging, .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        // Tier 3. Simulated feeds, for `demo`, `simulate` and tests.
        .target(
            name: "FeedSimulation",
            dependencies: ["RelayModel", "X402Payments", nioCore, nioPosix, nioHTTP1, nioWebSocket],
            swiftSettings: settings),
        // Tier 3. A receiver that verifies what it gets, for `demo`, `listen` and tests.
        .target(
            name: "WebhookReceiver",
            dependencies: [
                "RelayModel", "WebhookSigning", logging, nioCore, .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        // Tier 3. The HTTP application of the control socket and of `admin`, and its client for the commands.
        .target(
            name: "AdminAPI",
            dependencies: [
                "RelayModel", "RelayConfig", "CCurl", logging, nioCore, nioPosix, nioHTTP1,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ],
            // Into the binary: `PackageResources.index_html` and so on, bytes as they are.
            resources: [
                .embedInCode("OpenAPI/openapi.json"), .embedInCode("Page/index.html"), .embedInCode("Page/app.js"),
                .embedInCode("Page/Styles/page.css"), .embedInCode("Page/Styles/parts.css"),
                .embedInCode("Page/Basics/api.js"), .embedInCode("Page/Basics/dialogs.js"),
                .embedInCode("Page/Basics/dom.js"), .embedInCode("Page/Basics/format.js"),
                .embedInCode("Page/Basics/json.js"), .embedInCode("Page/Overview/charts.js"),
                .embedInCode("Page/Overview/destinations.js"), .embedInCode("Page/Overview/feeds.js"),
                .embedInCode("Page/Overview/header.js"), .embedInCode("Page/Overview/plot.js"),
                .embedInCode("Page/Overview/rows.js"), .embedInCode("Page/Overview/standing.js"),
                .embedInCode("Page/Views/deliveries.js"), .embedInCode("Page/Views/delivery.js"),
                .embedInCode("Page/Views/live.js"), .embedInCode("Page/Views/match.js"),
                .embedInCode("Page/Views/payments.js"), .embedInCode("Page/Views/replay.js"),
            ],
            swiftSettings: settings),

        // Tier 4. Builds every part from a configuration and runs them as one group; the intake.
        .target(
            name: "RelayAssembly",
            dependencies: [
                "RelayModel", "FeedProtocols", "EventRules", "WebhookSigning", "DeliveryPlanning", "X402Payments",
                "RelayConfig", "FeedConnections", "WebhookDelivery", "OutboxStorage", "AdminAPI", collections, logging,
                nioCore,
                nioPosix,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        // Tier 5. The executable: a file for each verb, arguments, output, exit codes.
        .executableTarget(
            name: "RelayCommand",
            dependencies: [
                "RelayModel", "WebhookSigning", "X402Payments", "RelayConfig", "FeedConnections", "OutboxStorage",
                "FeedSimulation", "WebhookReceiver", "AdminAPI", "RelayAssembly", logging, nioSSL,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        // Test kit of the outbox: one in memory, and what every outbox holds.
        .target(
            name: "OutboxTestKit", dependencies: ["RelayModel", "DeliveryPlanning", "OutboxStorage"],
            path: "Tests/OutboxTestKit", swiftSettings: settings),
        // Test kit: seeded randomness and the simulation of the whole.
        .target(
            name: "RelayTestKit",
            dependencies: [
                "RelayModel", "FeedProtocols", "EventRules", "DeliveryPlanning", "RelayConfig", "RelayAssembly",
                "OutboxStorage", "OutboxTestKit", "WebhookDelivery",
            ],
            path: "Tests/RelayTestKit", swiftSettings: settings),

        .testTarget(name: "RelayModelTests", dependencies: ["RelayModel"], swiftSettings: settings),
        .testTarget(
            name: "FeedProtocolsTests", dependencies: ["RelayModel", "FeedProtocols"],
            swiftSettings: settings),
        .testTarget(
            name: "EventRulesTests", dependencies: ["RelayModel", "FeedProtocols", "EventRules"],
            exclude: ["Cases"], swiftSettings: settings),
        .testTarget(
            name: "WebhookSigningTests", dependencies: ["RelayModel", "WebhookSigning", crypto], swiftSettings: settings
        ),
        .testTarget(
            name: "DeliveryPlanningTests", dependencies: ["RelayModel", "DeliveryPlanning"],
            swiftSettings: settings),
        .testTarget(
            name: "X402PaymentsTests", dependencies: ["RelayModel", "X402Payments", crypto], swiftSettings: settings),
        .testTarget(
            name: "RelayConfigTests", dependencies: ["RelayModel", "X402Payments", "RelayConfig"],
            exclude: ["Cases"], swiftSettings: settings),
        .testTarget(
            name: "FeedConnectionsTests",
            dependencies: [
                "RelayModel", "FeedProtocols", "RelayConfig", "FeedConnections", "FeedSimulation",
                logging,
                nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "FeedSimulationTests",
            dependencies: ["RelayModel", "X402Payments", "FeedSimulation", nioCore, nioPosix, nioHTTP1, nioWebSocket],
            swiftSettings: settings),
        .testTarget(
            name: "WebhookDeliveryTests",
            dependencies: [
                "RelayModel", "DeliveryPlanning", "WebhookSigning", "RelayConfig", "WebhookDelivery",
                logging, nioCore, nioPosix, nioHTTP1, nioSSL,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OutboxStorageTests",
            dependencies: [
                "RelayModel", "DeliveryPlanning", "OutboxStorage", "OutboxTestKit", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WebhookReceiverTests",
            dependencies: [
                "RelayModel", "WebhookSigning", "WebhookReceiver", logging,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AdminAPITests",
            dependencies: [
                "RelayModel", "RelayConfig", "AdminAPI", logging, nioCore, nioPosix,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "RelayAssemblyTests",
            dependencies: [
                "RelayModel", "FeedProtocols", "EventRules", "DeliveryPlanning", "X402Payments", "RelayConfig",
                "OutboxStorage", "WebhookDelivery", "AdminAPI", "RelayAssembly", "RelayTestKit", logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "RelayCommandTests",
            dependencies: [
                "RelayModel", "FeedProtocols", "WebhookSigning", "RelayConfig", "OutboxStorage", "FeedSimulation",
                "WebhookReceiver", "AdminAPI", "RelayAssembly", "RelayCommand", logging,
            ],
            swiftSettings: settings),
        .testTarget(name: "RepositoryTests", dependencies: ["RelayModel"], swiftSettings: settings),
    ]
)
