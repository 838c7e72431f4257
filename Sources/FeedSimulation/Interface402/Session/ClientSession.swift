import RelayModel

/// What one client of a simulated interface402 feed may get, by what it has said: the vendor's side of the protocol.
///
/// Where the vendor's page is silent: a refused subscription subscribes none of its keys, a failed authentication and a
/// connection too many end the connection with 1008, and a message too many is not acted upon.
struct ClientSession: Sendable {
    static let policyViolation: UInt16 = 1008
    /// The longest message taken from a client: thousands of keys fit.
    static let messageLimits = JSONLimits(maxBytes: 1 << 20, maxDepth: 16)

    private let apiKey: Secret?
    private let plan: SimulatorOptions.Plan
    private let refusedKeys: Set<String>
    private var isAuthenticated: Bool
    private var channels: Set<SimulatedEvent.Kind> = []
    private var wallets: Set<WalletAddress> = []
    private var second: Int64 = 0
    private var messagesInSecond = 0

    init(_ options: SimulatorOptions) {
        apiKey = options.apiKey
        plan = options.plan
        refusedKeys = options.refusedKeys
        isAuthenticated = options.apiKey == nil
    }

    /// Whether the client asked for any event.
    var isSubscribed: Bool { !channels.isEmpty || !wallets.isEmpty }

    /// What a client hears that connects while the plan's connections are all taken.
    static let refusal: [SessionAnswer] = [.error(.connectionLimit), .close(policyViolation)]

    /// The views in which the client gets `event`: one for each of its keys that stands for it, since the feed does not merge
    /// a channel's events with a wallet's.
    func views(of event: SimulatedEvent) -> [SimulatedEvent.Direction] {
        var views: [SimulatedEvent.Direction] = []
        if channels.contains(event.kind) { views.append(.sent) }
        if !wallets.isEmpty {
            if wallets.contains(WalletAddress(event.payment.sender)) { views.append(.sent) }
            if wallets.contains(WalletAddress(event.payment.recipient)) { views.append(.received) }
        }
        return views
    }

    /// Takes one text message of the client.
    mutating func receive(_ text: [UInt8], at now: Timestamp) -> [SessionAnswer] {
        if now.seconds != second {
            second = now.seconds
            messagesInSecond = 0
        }
        messagesInSecond += 1
        guard messagesInSecond <= plan.messagesPerSecond else { return [.error(.rateLimitExceeded)] }
        guard let document = try? JSONParser(limits: Self.messageLimits).parse(text),
            let method = document.member(document.root, "method").flatMap({ document.string($0) })
        else { return [.error(.invalidMessage)] }
        switch method {
        case "ping":
            return [.pong]
        case "authenticate":
            return authenticate(document.member(document.root, "apiKey").flatMap { document.string($0) })
        case "subscribe", "unsubscribe":
            guard let list = document.member(document.root, "keys") else { return [.error(.invalidMessage)] }
            let keys = document.elements(list).map { document.string($0) ?? "" }
            return method == "subscribe" ? subscribe(keys) : unsubscribe(keys)
        default:
            return [.error(.invalidMessage)]
        }
    }

    private mutating func authenticate(_ key: String?) -> [SessionAnswer] {
        guard let key, apiKey == nil || apiKey == Secret(key) else {
            return [.error(.authenticationFailed), .close(Self.policyViolation)]
        }
        isAuthenticated = true
        return [.authenticated(plan)]
    }

    private mutating func subscribe(_ keys: [String]) -> [SessionAnswer] {
        guard isAuthenticated else { return [.error(.authenticationFailed), .close(Self.policyViolation)] }
        guard !keys.isEmpty, keys.allSatisfy(isGranted) else { return [.error(.subscriptionFailed)] }
        for key in keys {
            if let channel = Self.channel(key) { channels.insert(channel) } else { wallets.insert(WalletAddress(key)) }
        }
        return [.subscribed(keys)]
    }

    private mutating func unsubscribe(_ keys: [String]) -> [SessionAnswer] {
        for key in keys {
            if let channel = Self.channel(key) { channels.remove(channel) } else { wallets.remove(WalletAddress(key)) }
        }
        return [.unsubscribed(keys)]
    }

    private func isGranted(_ key: String) -> Bool {
        !refusedKeys.contains(key) && (Self.channel(key) != nil || WalletAddress.form(of: key.utf8) != .other)
    }

    private static func channel(_ key: String) -> SimulatedEvent.Kind? {
        SimulatedEvent.Kind.allCases.first { $0.channel == key }
    }
}
