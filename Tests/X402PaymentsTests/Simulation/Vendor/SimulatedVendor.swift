import RelayModel
import X402Payments

/// What the vendor of the streams has on its books.
struct SimulatedVendor {
    struct Token {
        let stream: String
        var expiresAt: Timestamp
        /// Sold, and never let in.
        var isDead: Bool
    }

    struct Payment {
        let transfer: ReadTransfer
        let stream: String
        /// The token that it was given, or the one that it prolonged.
        var token: String?
        /// The vendor itself knows that the payment is on its way.
        var isPending = false
    }

    /// Those that work or worked, until they are forgotten.
    var tokens: [String: Token] = [:]
    var payments: [String: Payment] = [:]
    /// The entries of `accepts` that each feed was offered.
    var offered: [String: Set<[UInt8]>] = [:]
    private var count = 0

    /// A name for a token that no other text holds.
    mutating func newName(using random: inout SplitMix64) -> String {
        count += 1
        return "tok\(count)x\(String(random.next(), radix: 36))"
    }

    func isGood(_ token: String, stream: String, _ now: Timestamp) -> Bool {
        guard let found = tokens[token] else { return false }
        return found.stream == stream && !found.isDead && found.expiresAt > now
    }
}

extension PaymentSimulation {
    func oddities(of stream: String) -> Set<Oddity> {
        var found: Set<Oddity> = []
        for episode in scenario.episodes where episode.from <= now && now < episode.until {
            if case .challenges(let oddity, let feed) = episode.kind, scenario.feeds[feed].streams.contains(stream) {
                found.insert(oddity)
            }
        }
        return found
    }

    var isOut: Bool {
        scenario.episodes.contains { episode in
            if case .outage = episode.kind { episode.from <= now && now < episode.until } else { false }
        }
    }

    func feedIndex(of stream: String) -> Int { scenario.feeds.firstIndex { $0.streams.contains(stream) } ?? 0 }

    func price(of stream: String) -> UInt64 {
        let price = scenario.prices[feedIndex(of: stream)]
        let oddities = oddities(of: stream)
        return oddities.contains(.muchDearer) ? price * 10 : oddities.contains(.dearer) ? price * 5 / 4 : price
    }

    /// The challenge of a stream at this moment: what is oddly wrong with it included.
    func challenge(of stream: String, error: String) -> StreamAccess.HTTPAnswer {
        let oddities = oddities(of: stream)
        if oddities.contains(.malformed) {
            return .received(
                status: 402, headers: [HTTPField("payment-required", "bm90IGpzb24=")], body: Array("{\"x402\":}".utf8))
        }
        var version = scenario.vendor.version
        if oddities.contains(.otherVersion) { version = version == "v1" ? "v2" : "v1" }
        let host = oddities.contains(.otherHost) ? "https://evil.example" : Scenario.origin
        let url = "\(host)/\(scenario.vendor.version)/schema/stream/\(stream)"
        let good = offer(of: stream, version: version, url: url, oddities)
        var offers = [good]
        if scenario.vendor.offersOthersFirst {
            let other = """
                {"scheme":"upto","network":"eip155:8453","amount":"1","asset":"0x0","payTo":"0x1"}
                """
            offers.insert(Array(other.utf8), at: 0)
        }
        vendor.offered[scenario.feeds[feedIndex(of: stream)].name, default: []].insert(good)
        var json = JSONObjectWriter()
        json.value("x402Version", version == "v1" ? 1 : 2)
        json.string("error", error)
        if version == "v2" { json.object("resource") { $0.string("url", url) } }
        json.raw("accepts", [UInt8(ascii: "[")] + offers.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")])
        if version == "v2", scenario.vendor.caches {
            json.value("extensions", "{\"payment-identifier\":{\"info\":{\"required\":false},\"schema\":{}}}")
        }
        guard version == "v2" else { return .received(status: 402, headers: [], body: json.bytes) }
        return .received(
            status: 402, headers: [HTTPField("Payment-Required", Base64Text.encode(json.bytes))],
            body: Array("{}".utf8))
    }

    private func offer(of stream: String, version: String, url: String, _ oddities: Set<Oddity>) -> [UInt8] {
        let network = scenario.network
        let wallet = referee.wallet
        var json = JSONObjectWriter()
        json.string("scheme", oddities.contains(.unknownScheme) ? "permit2" : "exact")
        let name = version == "v1" && !random.chance(200) ? network.v1 : network.caip2
        json.string("network", oddities.contains(.otherNetwork) ? "eip155:8453" : name)
        var amount = "\(price(of: stream))"
        if oddities.contains(.fractionalAmount) { amount = "0.03" }
        if oddities.contains(.hugeAmount) { amount = "99999999999999999999999" }
        json.string(version == "v1" ? "maxAmountRequired" : "amount", amount)
        json.string("asset", oddities.contains(.otherAsset) ? SimulatedWallet.otherMint : network.usdc)
        let recipient = oddities.contains(.otherRecipient) ? SimulatedWallet.otherRecipient : SimulatedWallet.recipient
        json.string("payTo", oddities.contains(.recipientIsWallet) ? wallet : recipient)
        if version == "v1" {
            json.string("resource", url)
            json.string("description", "")
            json.string("mimeType", "application/json")
        }
        json.value("maxTimeoutSeconds", 60)
        json.object("extra") { extra in
            if !oddities.contains(.noFeePayer) {
                extra.string("feePayer", oddities.contains(.feePayerIsWallet) ? wallet : SimulatedWallet.feePayer)
            }
            if oddities.contains(.paymentFlow) { extra.string("paymentFlow", "escrow") }
            switch scenario.vendor.memo {
            case .none: break
            case .constant: extra.string("memo", "order")
            case .perPayment: extra.string("memo", "order-\(random.next())")
            }
            if oddities.contains(.longMemo) { extra.string("memo", String(repeating: "m", count: 257)) }
            if oddities.contains(.badBlockhash) {
                extra.string("recentBlockhash", "not-base58-0OIl")
            } else if scenario.vendor.givesBlockhash {
                let hash = chain.latestBlockhash(now - .seconds(random.below(5)), using: &random)
                extra.string("recentBlockhash", hash.map { "\($0.hash)" } ?? "")
            }
        }
        return json.bytes
    }
}
