import RelayModel
import X402Payments

/// Knows what the contract forbids, and judges what a history shows by the books of the vendor and of the chain.
struct PaymentReferee {
    /// A payment that was signed and may be on disk or become so.
    struct Signed {
        let entry: LedgerEntry
        /// By the relay's clock.
        let at: Timestamp
    }

    let scenario: Scenario
    let wallet: String
    /// By the wallet's signature.
    var signed: [String: Signed] = [:]
    /// Tokens of each feed that were on disk as those in use, for its present stream, and that nobody refused.
    var held: [String: Set<String>] = [:]
    /// Tokens that a payment gave, or prolonged.
    var bought: Set<String> = []
    /// What came of the payments of each feed, in the order in which it became known.
    var outcomes: [String: [(id: PaymentID, served: Bool)]] = [:]
    /// Tokens that were on disk as those in use.
    var kept: Set<String> = []
    private var present: Scenario.Configuration?
    /// The highest id of each feed at the last reload.
    var reloadedAt: [String: PaymentID] = [:]
    private var lastIDs: [String: PaymentID] = [:]
    var limitsTold: Set<String> = []
    var requiredTold: Set<String> = []
    private(set) var looks = 0
    /// Looks in a row at which a feed was not well; a renewal on a slow wire can be some seconds late.
    private var badLooks: [String: Int] = [:]
    private static let maxBadLooks = 4

    init(scenario: Scenario, wallet: String) {
        self.scenario = scenario
        self.wallet = wallet
    }

    // MARK: The operator

    mutating func started(_ configuration: Scenario.Configuration) {
        limitsTold = []
        requiredTold = []
        configured(configuration)
    }

    mutating func reloaded(_ configuration: Scenario.Configuration) {
        started(configuration)
        reloadedAt = lastIDs
    }

    private mutating func configured(_ configuration: Scenario.Configuration) {
        for (index, feed) in scenario.feeds.enumerated() {
            // The operator names another token: what is left of the one in use is given up with it.
            let hasNewToken = configuration.tokens[index] && !(present?.tokens[index] ?? true)
            let hasNewStream = present.map { $0.streams[index] != configuration.streams[index] } ?? false
            if hasNewToken || hasNewStream { held[feed.name] = [] }
            // What is remembered of a feed is remembered of its stream.
            if hasNewStream { outcomes[feed.name] = [] }
        }
        present = configuration
    }

    // MARK: What the relay is told

    /// A token was turned away, and the relay knows.
    mutating func refused(_ token: String, of feed: String) {
        held[feed]?.remove(token)
    }

    /// A token was let in, whatever was said of it before, and the relay knows.
    mutating func greeted(_ token: String, of feed: String) {
        requiredTold.remove(feed)
        if bought.contains(token) { held[feed, default: []].insert(token) }
    }

    // MARK: What leaves

    /// A request: if it is paid, its bytes are on disk, for this resource, and it goes to the configured host.
    func leaves(_ question: StreamAccess.HTTPQuestion, of feed: String, disk: SimulatedDisk) throws(Violation) {
        guard question.resource.origin == Scenario.origin else { throw Violation("a request to \(question.resource)") }
        let paid = question.headers.first { ["payment-signature", "x-payment"].contains($0.name.lowercased()) }
        guard let paid else { return }
        guard let payload = Base64Text.decode(paid.value) else { throw Violation("a header that is no base64") }
        let entry = try leaves(payload: payload, of: feed, disk: disk)
        guard entry.resource == question.resource, entry.purpose != .inband,
            question.path == (entry.purpose == .renewal ? entry.resource.renewPath : entry.resource.schemaPath)
        else { throw Violation("payment \(entry.id) goes to \(question.resource.origin)\(question.path)") }
        if entry.purpose == .renewal {
            let document = try? JSONParser(limits: .message).parse(question.body)
            let token = document.flatMap { document in
                document.member(document.root, "token").flatMap { document.string($0) }
            }
            guard token == entry.renewedToken?.revealed else {
                throw Violation("payment \(entry.id) with another body")
            }
        }
    }

    @discardableResult
    func leaves(payload: [UInt8], of feed: String, disk: SimulatedDisk) throws(Violation) -> LedgerEntry {
        guard let entry = disk.entries.values.first(where: { $0.feed == feed && $0.payload == payload }) else {
            throw Violation("a payment of \(feed) leaves that is not on disk, or with other bytes")
        }
        guard entry.state != .signed, entry.sends > 0, !entry.state.isFinal else {
            throw Violation("payment \(entry.id) leaves while it is \(entry.state) on disk, sent \(entry.sends) times")
        }
        return entry
    }

    /// A token that was bought is on disk before it is used: a crash would lose it otherwise.
    func uses(_ token: String, of feed: String) throws(Violation) {
        guard bought.contains(token), !kept.contains(token) else { return }
        throw Violation("\(feed) uses \(token), which was never on disk")
    }

    // MARK: What is shown

    /// No text holds a token or the key.
    func shows(_ text: String, _ place: String) throws(Violation) {
        let bytes = Array(text.utf8)
        for (mark, needsDigit) in [("tok", true), ("configured-token-of", false), (SimulatedWallet.seed, false)] {
            let mark = Array(mark.utf8)
            guard bytes.count > mark.count else { continue }
            for start in 0..<(bytes.count - mark.count) where bytes[start] == mark[0] {
                guard bytes[start..<start + mark.count].elementsEqual(mark) else { continue }
                let after = bytes[start + mark.count]
                if !needsDigit || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(after) {
                    throw Violation("\(place) holds a secret: \(text)")
                }
            }
        }
    }

    mutating func told(_ event: OwnEvent, _ now: Timestamp) throws(Violation) {
        try shows(event.reason ?? "", "an own event's reason")
        for detail in event.details { try shows(detail.value.description, "an own event's \(detail.name)") }
        guard let feed = event.feed else { throw Violation("\(event.kind) without its feed") }
        switch event.kind {
        case .paymentSettled: throw Violation("a settled payment of \(feed) is told apart from its write")
        case .paymentLimitReached:
            guard let limit = event.details.first(where: { $0.name == "limit" })?.value.description else {
                throw Violation("a limit without its name")
            }
            guard limitsTold.insert("\(feed) \(limit)").inserted else {
                throw Violation("limit \(limit) of \(feed) is told again")
            }
        case .feedPaymentRequired:
            guard requiredTold.insert(feed).inserted else { throw Violation("\(feed) is told again to want a payment") }
        default: break
        }
    }

    mutating func paid(_ feed: String) {
        requiredTold.remove(feed)
        limitsTold = limitsTold.filter { !$0.hasPrefix("\(feed) ") }
    }

    mutating func saw(_ id: PaymentID, of feed: String) {
        lastIDs[feed] = max(lastIDs[feed] ?? id, id)
    }

    // MARK: The end

    mutating func lookInCalm(_ simulation: PaymentSimulation) throws(Violation) {
        looks += 1
        for feed in scenario.feeds {
            guard let relay = simulation.relay, let access = relay.accesses[feed.name] else {
                throw Violation("the relay does not run")
            }
            let state = access.standing.state
            let open = simulation.openLinks.filter { $0.feed == feed.name && $0.run == relay.number }
            let isGood = open.contains { simulation.vendor.isGood($0.token, stream: $0.stream, simulation.now) }
            guard !isGood || (state != .paid && state != .paying) else {
                badLooks[feed.name] = 0
                continue
            }
            badLooks[feed.name, default: 0] += 1
            guard badLooks[feed.name, default: 0] <= Self.maxBadLooks else {
                throw Violation(
                    """
                    \(feed.name) is \(state) in the calm (\(access.standing.reason ?? "without a reason")), with \(open.count) \
                    connections, \(isGood ? "one" : "none") with a good token
                    """)
            }
        }
    }

    func finish(_ simulation: PaymentSimulation) throws(Violation) {
        guard looks > 0 else { throw Violation("nobody looked at the end") }
        for entry in simulation.disk.inOrder where !entry.state.isFinal {
            guard entry.signedAt > simulation.relayNow - .seconds(900) else {
                throw Violation("payment \(entry.id) is still \(entry.state) at the end")
            }
        }
    }
}
