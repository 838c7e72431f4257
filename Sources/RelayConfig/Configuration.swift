package import DeliveryPlanning
package import EventRules
package import RelayModel
package import WebhookSigning
package import X402Payments

/// A whole, valid configuration: defaults filled in, secrets read, patterns compiled.
///
/// The contract's section 1.
package struct Configuration: Sendable {
    /// In the file's order.
    package var feeds: [FeedConfiguration]
    package var destinations: [DestinationConfiguration]
    package var rules: [RuleConfiguration]
    /// The patterns of `rules`, in the same order.
    package var ruleSet: RuleSet
    package var outbox: OutboxConfiguration
    package var admin: AdminConfiguration?
    package var payments: PaymentsConfiguration?
    package var log: LogConfiguration

    package init(
        feeds: [FeedConfiguration], destinations: [DestinationConfiguration], rules: [RuleConfiguration],
        ruleSet: RuleSet,
        outbox: OutboxConfiguration, admin: AdminConfiguration?, payments: PaymentsConfiguration?, log: LogConfiguration
    ) {
        self.feeds = feeds
        self.destinations = destinations
        self.rules = rules
        self.ruleSet = ruleSet
        self.outbox = outbox
        self.admin = admin
        self.payments = payments
        self.log = log
    }
}

/// One feed.
package struct FeedConfiguration: Hashable, Sendable {
    /// What is particular to the protocol.
    package enum Kind: Hashable, Sendable {
        case interface402(Interface402)
        case atomicStream(AtomicStream)
    }

    package struct Interface402: Hashable, Sendable {
        package var apiKey: Secret?
        /// What to subscribe to, in order, without repeats; derived from the rules where the file has none.
        ///
        /// Never empty.
        package var keys: [String]

        package init(apiKey: Secret?, keys: [String]) {
            self.apiKey = apiKey
            self.keys = keys
        }
    }

    package struct AtomicStream: Hashable, Sendable {
        package var stream: String
        /// `v2` or `v1`.
        package var version: String
        /// The setOptions object's members as JSON text; nil where the file has none.
        package var options: String?
        package var accounts: [String]
        package var programs: [String]
        package var mints: [String]
        package var encoding: String?
        package var token: Secret?
        /// `http` or `inband`.
        package var renew: String

        package init(
            stream: String, version: String, options: String?, accounts: [String], programs: [String], mints: [String],
            encoding: String?, token: Secret?, renew: String
        ) {
            self.stream = stream
            self.version = version
            self.options = options
            self.accounts = accounts
            self.programs = programs
            self.mints = mints
            self.encoding = encoding
            self.token = token
            self.renew = renew
        }
    }

    package var name: String
    package var kind: Kind
    package var url: String
    package var connections: Int
    package var connectTimeout: Duration
    package var pingInterval: Duration
    package var pongTimeout: Duration
    package var idleTimeout: Duration
    package var reconnectInitial: Duration
    package var reconnectMax: Duration
    /// A PEM file trusted instead of the system's, as an absolute path.
    package var caFile: String?

    package init(
        name: String, kind: Kind, url: String, connections: Int = 1, connectTimeout: Duration = .seconds(10),
        pingInterval: Duration = .seconds(30), pongTimeout: Duration = .seconds(10),
        idleTimeout: Duration = .seconds(120),
        reconnectInitial: Duration = .seconds(1), reconnectMax: Duration = .seconds(30), caFile: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.url = url
        self.connections = connections
        self.connectTimeout = connectTimeout
        self.pingInterval = pingInterval
        self.pongTimeout = pongTimeout
        self.idleTimeout = idleTimeout
        self.reconnectInitial = reconnectInitial
        self.reconnectMax = reconnectMax
        self.caFile = caFile
    }
}

/// One destination.
package struct DestinationConfiguration: Hashable, Sendable {
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: Secret
        /// The value came from an environment variable or a file: it is not shown.
        package var isSecret: Bool

        package init(name: String, value: Secret, isSecret: Bool) {
            self.name = name
            self.value = value
            self.isSecret = isSecret
        }
    }

    package var policy: DestinationPolicy
    /// May hold a user and password: a secret where it is shown.
    package var url: Secret
    package var secrets: [Secret]
    /// Empty for `none`.
    package var signatures: [SignatureScheme]
    package var format: BodyFormat
    package var headers: [Header]
    package var timeout: Duration
    package var connectTimeout: Duration
    /// PEM files as absolute paths.
    package var caFile: String?
    package var certFile: String?
    package var keyFile: String?
    package var proxy: Secret?
    package var allowLinkLocal: Bool

    package var name: String { policy.name }

    package init(
        policy: DestinationPolicy, url: Secret, secrets: [Secret], signatures: [SignatureScheme] = [.standard],
        format: BodyFormat = .standard, headers: [Header] = [], timeout: Duration = .seconds(15),
        connectTimeout: Duration = .seconds(5), caFile: String? = nil, certFile: String? = nil, keyFile: String? = nil,
        proxy: Secret? = nil, allowLinkLocal: Bool = false
    ) {
        self.policy = policy
        self.url = url
        self.secrets = secrets
        self.signatures = signatures
        self.format = format
        self.headers = headers
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.caFile = caFile
        self.certFile = certFile
        self.keyFile = keyFile
        self.proxy = proxy
        self.allowLinkLocal = allowLinkLocal
    }
}

/// Where a rule's matches go.
///
/// Its pattern is in the rule set under the same index.
package struct RuleConfiguration: Hashable, Sendable {
    package var name: String
    /// Names of destinations, never empty.
    package var deliverTo: [String]
    /// Names of feeds; nil for all.
    package var feeds: [String]?

    package init(name: String, deliverTo: [String], feeds: [String]?) {
        self.name = name
        self.deliverTo = deliverTo
        self.feeds = feeds
    }
}

package struct OutboxConfiguration: Hashable, Sendable {
    /// Absolute.
    package var path: String
    package var retention: Duration
    package var deadRetention: Duration
    /// In bytes.
    package var maxSize: Int64

    package init(path: String, retention: Duration, deadRetention: Duration, maxSize: Int64) {
        self.path = path
        self.retention = retention
        self.deadRetention = deadRetention
        self.maxSize = maxSize
    }
}

package struct AdminConfiguration: Hashable, Sendable {
    package var host: String
    package var port: Int
    package var token: Secret?

    package init(host: String, port: Int, token: Secret?) {
        self.host = host
        self.port = port
        self.token = token
    }
}

package struct PaymentsConfiguration: Hashable, Sendable {
    /// The keypair's text, which `SolanaWallet` decodes; empty where secrets were not read.
    package var wallet: Secret
    package var rpcURLs: [Secret]
    package var perPayment: TokenAmount
    package var perHour: TokenAmount?
    package var perDay: TokenAmount
    package var total: TokenAmount?
    package var priceJump: PriceFactor
    /// Nil where the file has none: the contract's defaults.
    package var networks: [String]?
    package var assets: [String]?
    package var recipients: [String]?

    package init(
        wallet: Secret, rpcURLs: [Secret], perPayment: TokenAmount, perHour: TokenAmount?, perDay: TokenAmount,
        total: TokenAmount?, priceJump: PriceFactor, networks: [String]?, assets: [String]?, recipients: [String]?
    ) {
        self.wallet = wallet
        self.rpcURLs = rpcURLs
        self.perPayment = perPayment
        self.perHour = perHour
        self.perDay = perDay
        self.total = total
        self.priceJump = priceJump
        self.networks = networks
        self.assets = assets
        self.recipients = recipients
    }
}

extension Purse.Policy {
    /// What may be spent, and to whom.
    package init(_ payments: PaymentsConfiguration) {
        self.init(
            perPayment: payments.perPayment, perHour: payments.perHour, perDay: payments.perDay, total: payments.total,
            priceJump: payments.priceJump, networks: payments.networks, assets: payments.assets,
            recipients: payments.recipients)
    }
}

package struct LogConfiguration: Hashable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    package var level: Level
    package var format: Format

    package init(level: Level, format: Format) {
        self.level = level
        self.format = format
    }
}
