import RelayModel
import Testing

@testable import X402Payments

/// One access and what is said to it; what it answers comes back as short lines, in order.
///
/// Answers go to the last question of their kind, unless a test names an older one.
struct Conversation {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    static let resource = StreamResource(origin: "https://stream.example:8443", version: "v2", stream: "s1")
    static let recipient = Base58.encode([UInt8](repeating: 21, count: 32))
    static let otherRecipient = Base58.encode([UInt8](repeating: 22, count: 32))
    static let feePayer = Base58.encode([UInt8](repeating: 23, count: 32))
    static let blockhash = Base58.encode([UInt8](repeating: 24, count: 32))
    static let transaction = Base58.encode([UInt8](repeating: 25, count: 64))
    static let seed = String(repeating: "5a", count: 32)
    static let usdc = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"

    var settings: StreamAccess.Settings
    var access: StreamAccess
    var purse: Purse?
    var now = Self.start
    private var random = SplitMix64(seed: 7)
    /// What would be on disk.
    private(set) var disk = LedgerMemory()
    /// Everything that was said, for what must not be in it.
    private(set) var said: [StreamAccess.Action] = []
    private(set) var asked: [String: StreamAccess.RequestID] = [:]
    private(set) var changes: [StreamAccess.RequestID: LedgerChange] = [:]

    static func settings(
        token: String? = nil, inband: Bool = false, resource: StreamResource = Self.resource
    ) -> StreamAccess.Settings {
        StreamAccess.Settings(
            feed: "solana", resource: resource, renewsInband: inband, token: token.map { Secret($0) },
            reconnectInitial: .seconds(1), reconnectMax: .seconds(30))
    }

    static func policy(
        perPayment: String = "1", perHour: String? = nil, perDay: String = "10", total: String? = nil,
        jump: String = "1.5", networks: [String]? = nil, assets: [String]? = nil, recipients: [String]? = nil
    ) throws -> Purse.Policy {
        Purse.Policy(
            perPayment: try #require(TokenAmount(perPayment)), perHour: perHour.flatMap { TokenAmount($0) },
            perDay: try #require(TokenAmount(perDay)), total: total.flatMap { TokenAmount($0) },
            priceJump: try #require(PriceFactor(jump)), networks: networks, assets: assets, recipients: recipients)
    }

    init(
        _ settings: StreamAccess.Settings = Self.settings(), policy: Purse.Policy? = nil, pays: Bool = true,
        memory: LedgerMemory = LedgerMemory(), now: Timestamp = Self.start
    ) throws {
        self.settings = settings
        self.now = now
        disk = memory
        access = StreamAccess(settings, memory: memory, now: now)
        if pays {
            purse = Purse(wallet: try Self.wallet(), policy: try policy ?? Self.policy(), memory: memory)
        }
    }

    static func wallet() throws -> SolanaWallet { try SolanaWallet(Secret(seed)) }

    /// The process ends here and now, and begins anew with what is on disk.
    mutating func restart(after pause: Duration = .seconds(1)) throws {
        let policy = purse?.policy
        self = try Conversation(
            settings, policy: policy, pays: policy != nil, memory: disk, now: now + pause)
    }

    // MARK: Saying

    @discardableResult mutating func say(_ input: StreamAccess.Input) -> [String] {
        let actions = access.take(input, now: now, purse: &purse, using: &random)
        said += actions
        for action in actions { note(action) }
        return actions.compactMap { line($0) }
    }

    @discardableResult mutating func hear(_ news: StreamNews) -> [String] { say(.stream(news)) }

    /// Time passes in the steps that the access wants; what it says on the way.
    @discardableResult mutating func pass(_ duration: Duration) -> [String] {
        let end = now + duration
        var lines: [String] = []
        var ticks = 0
        while let deadline = access.nextDeadline, deadline <= end {
            #expect(deadline > now || ticks == 0, "it wants to be called again at once")
            now = max(now, deadline)
            lines += say(.tick)
            ticks += 1
            guard ticks < 1000 else {
                Issue.record("more than 1,000 ticks in \(duration)")
                break
            }
        }
        now = end
        return lines
    }

    @discardableResult mutating func answer(
        _ status: Int, _ headers: [HTTPField] = [], _ body: String = "", to id: StreamAccess.RequestID? = nil
    ) -> [String] {
        say(.answered(id ?? asked["request"] ?? 0, .received(status: status, headers: headers, body: Array(body.utf8))))
    }

    @discardableResult mutating func lose() -> [String] {
        say(.answered(asked["request"] ?? 0, .failed(reason: "the connection was reset", mayHaveLeft: true)))
    }

    @discardableResult mutating func challenge(_ offers: [Offer] = [Offer()], error: String = "") -> [String] {
        answer(402, [Self.challenge(offers, error: error)])
    }

    @discardableResult mutating func blockhash() throws -> [String] {
        let hash = try #require(SolanaAddress(Self.blockhash))
        return say(
            .blockhash(asked["blockhash"] ?? 0, .success(.init(hash: hash, lastValidBlockHeight: 9))))
    }

    @discardableResult mutating func landing(_ verdict: LandingVerdict) -> [String] {
        say(.landing(asked["landing"] ?? 0, verdict))
    }

    /// The last write is on disk.
    @discardableResult mutating func written() -> [String] {
        guard let id = asked["write"], let change = changes.removeValue(forKey: id) else {
            Issue.record("nothing is being written")
            return []
        }
        keep(change)
        return say(.written(id))
    }

    @discardableResult mutating func notWritten() -> [String] {
        changes = [:]
        return say(.notWritten(asked["write"] ?? 0, reason: "the disk is full"))
    }

    /// Lets all writes come to disk, until something else has to happen; what is said on the way.
    @discardableResult mutating func settle() -> [String] {
        var lines: [String] = []
        while !changes.isEmpty { lines += written() }
        return lines
    }

    /// The price is asked for; from here to the paid request.
    mutating func pay(_ offer: Offer = Offer()) throws {
        settle()
        challenge([offer])
        if offer.blockhash == nil { try blockhash() }
        settle()
    }

    /// From the unpaid request to a token that was let in.
    mutating func buy(_ token: String, _ offer: Offer = Offer(), sliceSeconds: Int = 300) throws {
        try pay(offer)
        answer(200, [], Self.schema(token))
        settle()
        hear(.hello(Secret(token), sliceSeconds: sliceSeconds, expiresAt: "end of \(token)"))
        settle()
    }

    // MARK: What the server says

    struct Offer {
        var scheme = "exact"
        var network = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
        var amount = "\"150000\""
        var asset = Conversation.usdc
        var payTo = Conversation.recipient
        var extra = "\"feePayer\":\"\(Conversation.feePayer)\""
        var blockhash: String?

        var json: String {
            let hash = blockhash.map { ",\"recentBlockhash\":\"\($0)\"" } ?? ""
            return """
                {"scheme":"\(scheme)","network":"\(network)","amount":\(amount),"asset":"\(asset)","payTo":"\(payTo)",\
                "maxTimeoutSeconds":60,"extra":{\(extra)\(hash)}}
                """
        }
    }

    static func challenge(
        _ offers: [Offer], version: Int = 2, url: String = "https://stream.example/v2/schema/stream/s1",
        error: String = ""
    ) -> HTTPField {
        let accepts = offers.map(\.json).joined(separator: ",")
        let json = """
            {"x402Version":\(version),"error":"\(error)","resource":{"url":"\(url)"},"accepts":[\(accepts)]}
            """
        return HTTPField("PAYMENT-REQUIRED", Base64.encode(Array(json.utf8)))
    }

    static func schema(_ token: String) -> String {
        "{\"protocol\":\"ws402\",\"websocketEndpoint\":\"wss://stream.example/v2/stream/s1?format=raw&t=\(token)\"}"
    }

    static func renewed(_ token: String, seconds: String = "300") -> String {
        "{\"token\":\"\(token)\",\"expiresAt\":\"end of \(token)\",\"sliceSeconds\":\(seconds)}"
    }

    static func receipt(_ isSuccess: Bool, _ reason: String = "") -> HTTPField {
        let json = "{\"success\":\(isSuccess),\"errorReason\":\"\(reason)\",\"transaction\":\"\(transaction)\"}"
        return HTTPField("PAYMENT-RESPONSE", Base64.encode(Array(json.utf8)))
    }

    // MARK: What it does

    private mutating func note(_ action: StreamAccess.Action) {
        switch action {
        case .request(let id, _): asked["request"] = id
        case .askBlockhash(let id): asked["blockhash"] = id
        case .askMint(let id, _): asked["mint"] = id
        case .askLanding(let id, _): asked["landing"] = id
        case .write(let id, let change):
            #expect(changes.isEmpty, "two writes at once")
            asked["write"] = id
            changes[id] = change
        case .order, .tell, .note: break
        }
    }

    private func line(_ action: StreamAccess.Action) -> String? {
        switch action {
        case .order(.use(let token)): return "use \(token.revealed)"
        case .order(.hold): return "hold"
        case .order(.renewToken(let token)): return "renew_token \(token.revealed)"
        case .order(.renewInband): return "renew_inband"
        case .order(.reconnect): return "reconnect"
        case .request(_, let question):
            let isPaid = question.headers.contains { $0.name == "PAYMENT-SIGNATURE" }
            let body = question.body.isEmpty ? "" : " " + String(decoding: question.body, as: UTF8.self)
            return "\(question.method) \(question.path)\(body)\(isPaid ? " paid" : "")"
        case .askBlockhash: return "blockhash?"
        case .askMint(_, let mint): return "mint? \(mint)"
        case .askLanding(_, let entry): return "landed? \(entry.id)"
        case .write(_, let change):
            let entries = change.entries.map { entry in
                let served = entry.served.map { $0 ? " served" : " unserved" } ?? ""
                return "\(entry.id) \(entry.state)\(served) \(entry.sends)"
            }
            let standings = change.standings.map { standing in
                "token \(standing.token?.revealed ?? "none"), unserved \(standing.unservedInRow)"
            }
            let own = change.own.map { "+\($0.kind.rawValue)" }
            return "write: " + (entries + standings + own).joined(separator: "; ")
        case .tell(let event): return "tell \(event.kind.rawValue)"
        case .note: return nil
        }
    }

    private mutating func keep(_ change: LedgerChange) {
        for entry in change.entries {
            disk.lastID = max(disk.lastID, entry.id)
            disk.open.removeAll { $0.id == entry.id }
            if !entry.state.isFinal { disk.open.append(entry) }
            disk.recent.removeAll { $0.id == entry.id }
            if entry.state != .expired {
                disk.recent.append(LedgerMemory.Spend(id: entry.id, at: entry.signedAt, units: entry.units))
            }
        }
        for standing in change.standings {
            disk.standings.removeAll { $0.feed == standing.feed }
            disk.standings.append(standing)
        }
    }
}
