import RelayModel
import Testing
import X402Payments

@testable import FeedSimulation

/// A simulated vendor, the time there, and a client with a wallet.
struct VendorWorld {
    static let start = Timestamp(milliseconds: 1_760_000_000_000)

    var vendor: StreamVendor
    var now = Self.start
    let wallet: SolanaWallet
    private var random = SplitMix64(seed: 5)

    init(_ change: (inout AtomicStreamOptions) -> Void = { _ in }) throws {
        var options = AtomicStreamOptions()
        change(&options)
        vendor = StreamVendor(options, authority: "127.0.0.1:9403", now: Self.start)
        wallet = try Self.wallet(7)
    }

    static func wallet(_ number: UInt8) throws -> SolanaWallet {
        try SolanaWallet(Secret(Base58.encode([UInt8](repeating: number, count: 32))))
    }

    mutating func pass(_ duration: Duration) {
        now = now + duration
    }

    // MARK: Requests

    mutating func get(_ path: String, _ headers: [HTTPField] = []) -> VendorAnswer {
        vendor.answer(VendorRequest(method: "GET", uri: path, headers: headers), at: now)
    }

    mutating func post(_ path: String, _ body: String, _ headers: [HTTPField] = []) -> VendorAnswer {
        vendor.answer(
            VendorRequest(method: "POST", uri: path, headers: headers, body: Array(body.utf8)), at: now)
    }

    mutating func send(_ path: String, _ body: String?, _ headers: [HTTPField] = []) -> VendorAnswer {
        if let body { post(path, body, headers) } else { get(path, headers) }
    }

    /// What an upgrade would be refused with; nil where it is let in, and then counted.
    mutating func connect(_ uri: String) -> VendorAnswer? {
        let request = VendorRequest(method: "GET", uri: uri)
        guard let refusal = vendor.refusal(of: request, at: now) else {
            vendor.admit(request.query["t"] ?? "")
            return nil
        }
        vendor.noteRefusal(of: request, refusal, at: now)
        return refusal
    }

    // MARK: Payments

    /// A payment of what a 402 asks for, as its payload.
    mutating func payload(for answer: VendorAnswer, _ change: (inout SolanaTransfer) -> Void = { _ in }) throws
        -> [UInt8]
    {
        let challenge = try PaymentChallenge(headers: answer.headers, body: answer.body)
        return try payload(of: challenge, wallet, change)
    }

    mutating func payload(
        of challenge: PaymentChallenge, _ wallet: SolanaWallet, _ change: (inout SolanaTransfer) -> Void = { _ in }
    ) throws -> [UInt8] {
        let offer = try #require(challenge.offers.first)
        let latest = vendor.chain.blockhash(of: vendor.chain.slot(.confirmed, at: now))
        var transfer = SolanaTransfer(
            feePayer: try #require(offer.feePayer.flatMap { SolanaAddress($0) }),
            recipient: try #require(SolanaAddress(offer.recipient)),
            mint: try #require(SolanaAddress(offer.asset).flatMap(SolanaMint.known)),
            amount: try #require(offer.amount.flatMap { UInt64($0) }),
            memo: offer.memo ?? Base58.encode(random.bytes(16)),
            blockhash: try #require(SolanaAddress(offer.recentBlockhash ?? latest)))
        change(&transfer)
        return PaymentPayload.json(
            for: offer, of: challenge, transaction: wallet.sign(transfer).transaction,
            identifier: "pay_" + Base58.encode(random.bytes(16)))
    }

    /// The header that pays what `path` asks for, and the challenge that it was made for.
    mutating func payment(
        _ path: String, _ body: String? = nil, _ change: (inout SolanaTransfer) -> Void = { _ in }
    ) throws -> HTTPField {
        let challenge = send(path, body)
        try #require(challenge.status == 402)
        return PaymentPayload.header(
            try payload(for: challenge, change), version: path.hasPrefix("/v1") ? .v1 : .v2)
    }

    /// Asks, pays, and returns the answer to the payment.
    mutating func buy(_ path: String, _ body: String? = nil) throws -> VendorAnswer {
        let payment = try payment(path, body)
        return send(path, body, [payment])
    }

    /// Buys a first slice; returns its token.
    mutating func token(_ stream: String = "wallet-balance", _ version: String = "v2") throws -> String {
        try buy("/\(version)/schema/stream/\(stream)").token
    }

    var totals: AtomicStreamTotals {
        var totals = vendor.totals
        totals.paidTwice = vendor.referee.paidTwice
        totals.hasty = vendor.referee.hasty
        return totals
    }
}

extension VendorAnswer {
    var facts: JSONFacts {
        get throws { JSONFacts(try JSONParser(limits: .message).parse(body)) }
    }

    var receipt: PaymentReceipt? { PaymentReceipt(headers: headers) }

    /// The token that an answer gives, by its endpoint or by name.
    var token: String {
        get throws {
            let facts = try facts
            if let token = facts.string("token") { return token }
            let endpoint = try #require(facts.string("websocketEndpoint"))
            return try #require(VendorRequest(method: "GET", uri: endpoint).query["t"])
        }
    }

    var isChallenge: Bool { (try? PaymentChallenge(headers: headers, body: body)) != nil }
}
