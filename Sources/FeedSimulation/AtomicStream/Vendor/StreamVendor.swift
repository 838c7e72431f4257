import RelayModel
import X402Payments

/// The simulated vendor of streams: names prices, takes payments, gives tokens and knows them again.
///
/// A value without a socket; times come from outside. What happened since is in `changes`, for whoever empties it.
struct StreamVendor: Sendable {
    let options: AtomicStreamOptions
    /// Where it is reached: host and port.
    let authority: String
    var chain: SimulatedChain
    var changes: [AtomicStreamChange] = []
    var totals = AtomicStreamTotals()
    var tokens = SliceTokens()
    var offers = PostedOffers()
    var book = PaymentBook()
    var referee = PaymentReferee()
    var random: SplitMix64
    /// When the node behind the streams came to a halt; nil while it runs.
    var stoodStillAt: Timestamp?
    /// Pays the fees, signs what lands, and is no part of a payment.
    let feePayer: SolanaWallet
    /// Whom clients pay.
    let recipient: SolanaAddress

    init(_ options: AtomicStreamOptions, authority: String, now: Timestamp) {
        self.options = options
        self.authority = authority
        chain = SimulatedChain(
            seed: options.seed, start: now, slotTime: options.slotTime, validSlots: options.blockhashSlots)
        feePayer = Self.wallet(options.seed, 1)
        recipient = Self.wallet(options.seed, 2).address
        // Tokens and memos are of this run alone: a client that comes back from an earlier one must not find them
        // again.
        random = SplitMix64(seed: options.seed ^ UInt64(bitPattern: now.milliseconds) &* 0x9E37_79B9_7F4A_7C15)
    }

    /// A wallet of the simulation's own, the same for the same seed; nothing of value is ever on it.
    private static func wallet(_ seed: UInt64, _ number: UInt64) -> SolanaWallet {
        var random = SplitMix64(seed: seed &+ number &* 0xD6E8_FEB8_6659_FD93)
        // Any 32 bytes are a seed of Ed25519.
        guard let wallet = try? SolanaWallet(Secret(Base58.encode([1] + random.bytes(31)))) else {
            preconditionFailure("32 bytes in base58 are a wallet")
        }
        return wallet
    }

    var origin: String { "http://\(authority)" }

    // MARK: HTTP

    /// The answer to a whole request that is no WebSocket upgrade.
    mutating func answer(_ request: VendorRequest, at now: Timestamp) -> VendorAnswer {
        if request.path == "/rpc" {
            guard request.method == "POST" else { return .error(405, "the RPC is asked with POST") }
            return .json(200, ChainRPC(chain: chain, now: now).answer(request.body))
        }
        guard let path = VendorPath(request.path) else {
            return .error(404, "a simulated AtomicStream: see /v2/schema/stream/ID and POST /rpc")
        }
        switch (path.door, request.method) {
        case (.schema, "GET"): return sell(path, request, renewing: nil, at: now)
        case (.renew, "POST"): return renew(path, request, at: now)
        case (.stream, "GET"): return refusal(of: request, at: now) ?? .error(426, "connect with a WebSocket client")
        default: return .error(405, "\(request.path.prefix(32)) does not take this method")
        }
    }

    private mutating func renew(_ path: VendorPath, _ request: VendorRequest, at now: Timestamp) -> VendorAnswer {
        guard let document = try? JSONParser(limits: Self.bodyLimits).parse(request.body),
            let text = JSONFacts(document).string("token")
        else { return .error(400, "the body is no JSON object with a token") }
        guard let token = known(text, path), now - token.expiresAt <= SliceTokens.renewableFor else {
            return .error(404, "unknown token")
        }
        return sell(path, request, renewing: token, at: now)
    }

    /// Deep enough for a payment with the challenge's extensions in it.
    static let bodyLimits = JSONLimits(maxBytes: VendorRequest.maxBody, maxDepth: 64)

    func known(_ text: String, _ path: VendorPath) -> SliceToken? {
        guard let token = tokens[text], token.version == path.version, token.stream == path.stream,
            !token.isForgotten
        else { return nil }
        return token
    }

    // MARK: Connections

    /// Why an upgrade is refused; nil where it is let in.
    func refusal(of request: VendorRequest, at now: Timestamp) -> VendorAnswer? {
        guard let path = VendorPath(request.path), path.door == .stream else {
            return .error(404, "no stream here")
        }
        guard let text = request.query["t"], let token = known(text, path), !token.isDead else {
            return .error(401, "unknown token")
        }
        guard token.expiresAt > now else { return .error(401, "the token has expired") }
        if let limit = options.faults.forgetTokensAfter, token.admissions >= limit {
            return .error(401, "unknown token")
        }
        if let format = request.query["format"], EventOptions.Format(rawValue: format) == nil {
            return .error(400, "format is neither raw nor enhanced")
        }
        if let encoding = request.query["encoding"], EventOptions.Encoding(rawValue: encoding) == nil {
            return .error(400, "encoding is neither base64 nor hex")
        }
        return nil
    }

    /// Notes that an upgrade was refused: what the client learns of its token by that.
    mutating func noteRefusal(of request: VendorRequest, _ answer: VendorAnswer, at now: Timestamp) {
        let text = request.query["t"] ?? ""
        changes.append(.turnedAway(token: SliceToken.short(text), status: answer.status))
        guard answer.status == 401, let token = tokens[text] else { return }
        let account = PaymentReferee.Account(payer: token.payer, stream: token.stream)
        if token.isDead { referee.told(token.payment, of: account) }
        if let limit = options.faults.forgetTokensAfter, token.admissions >= limit, token.expiresAt > now {
            // Forgotten: what was paid for is lost.
            tokens.change(text) { $0.isForgotten = true }
            referee.voided(account)
        }
    }

    /// Lets a connection in that `refusal` had nothing against.
    mutating func admit(_ text: String) {
        tokens.change(text) { $0.admissions += 1 }
    }
}
