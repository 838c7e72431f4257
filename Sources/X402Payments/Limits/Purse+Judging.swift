package import RelayModel

extension Purse {
    /// Which offers of a challenge may be paid as far as that can be told without the chain and the limits, in the server's
    /// order, and why each other one may not.
    package struct Appraisal: Hashable, Sendable {
        package var bids: [Bid]
        /// Clauses for an operator; nothing of the challenge is in them but short excerpts.
        package var refusals: [String]
    }

    /// The longest memo that the scheme allows, in bytes of UTF-8.
    private static let maxMemoBytes = 256

    package func appraise(_ challenge: PaymentChallenge, for want: Want) -> Appraisal {
        let version = challenge.version == .v1 ? "v1" : "v2"
        guard version == want.resource.version else {
            return Appraisal(
                bids: [], refusals: ["the challenge is of x402 \(version) under a path of \(want.resource.version)"])
        }
        var result = Appraisal(bids: [], refusals: [])
        for offer in challenge.offers.prefix(PaymentChallenge.maxOffers) {
            do throws(Refusal) {
                result.bids.append(try bid(offer, of: challenge, for: want))
            } catch {
                result.refusals.append(error.reason)
            }
        }
        return result
    }

    /// The first limit that a payment would pass; nil when it may be made.
    package func breach(_ units: TokenAmount, asset: String, for want: Want, now: Timestamp) -> LimitBreach? {
        func breach(_ limit: LimitBreach.Limit, _ allowed: String, _ spent: String?) -> LimitBreach {
            LimitBreach(limit: limit, allowed: allowed, spent: spent, amount: units, asset: asset)
        }
        if units > policy.perPayment { return breach(.perPayment, policy.perPayment.description, nil) }
        // A price of nothing has no multiple.
        if let last = lastPrice(feed: want.feed, resource: want.resource, asset: asset), last > .zero,
            !policy.priceJump.allows(units, after: last)
        {
            return breach(.priceJump, policy.priceJump.description, last.description)
        }
        let spent = spent(now: now)
        let windows: [(LimitBreach.Limit, TokenAmount?, TokenAmount)] = [
            (.perHour, policy.perHour, spent.hour), (.perDay, policy.perDay, spent.day),
            (.total, policy.total, spent.total),
        ]
        for (limit, allowed, sum) in windows {
            if let allowed, sum + units > allowed { return breach(limit, allowed.description, sum.description) }
        }
        let count = recent.count { $0.at > now - Self.day }
        if count >= Self.maxRecent { return breach(.paymentsPerDay, "\(Self.maxRecent)", "\(count)") }
        return nil
    }

    private struct Refusal: Error {
        let reason: String
    }

    /// The checks of one offer; none of them moves anything.
    private func bid(
        _ offer: PaymentOffer, of challenge: PaymentChallenge, for want: Want
    ) throws(Refusal) -> Bid {
        guard offer.scheme == "exact" else { throw refusal("scheme \(quoted(offer.scheme)) is not \"exact\"") }
        if let flow = offer.paymentFlow { throw refusal("payment flow \(quoted(flow)) is not known") }
        let allowed = policy.networks.map { $0.compactMap(SolanaNetwork.init(anyName:)) } ?? [.mainnet]
        guard let network = SolanaNetwork(anyName: offer.network), allowed.contains(network) else {
            throw refusal("network \(quoted(offer.network)) is not allowed by payments.allow.networks")
        }
        let asset = try address(offer.asset, "asset")
        guard (policy.assets ?? [SolanaMint.usdc.address.description]).contains(offer.asset) else {
            throw refusal("asset \(quoted(offer.asset)) is not allowed by payments.allow.assets")
        }
        let amount = try self.amount(offer.amount)
        let recipient = try address(offer.recipient, "recipient")
        try check(recipient: offer.recipient, feed: want.feed)
        guard let payer = offer.feePayer else { throw refusal("extra.feePayer is missing") }
        let feePayer = try address(payer, "fee payer")
        guard feePayer != wallet.address else { throw refusal("the fee payer is our own wallet") }
        if let memo = offer.memo, memo.utf8.count > Self.maxMemoBytes {
            throw refusal("the memo has \(memo.utf8.count) bytes, \(Self.maxMemoBytes) are allowed")
        }
        let blockhash: SolanaAddress? =
            if let text = offer.recentBlockhash { try address(text, "recent blockhash") } else { nil }
        let named = challenge.version == .v2 ? challenge.resource : offer.resource
        if let named, let host = URLHost(of: named), host != URLHost(of: want.resource.origin) {
            throw refusal("it is for \(quoted(named)), which is not at the feed's host")
        }
        // An empty memo is none, as in the official clients: a payment is found by its memo.
        return Bid(
            offer: offer, network: network, asset: asset, amount: amount, recipient: recipient, feePayer: feePayer,
            memo: offer.memo.flatMap { $0.isEmpty ? nil : $0 }, blockhash: blockhash)
    }

    private func amount(_ text: String?) throws(Refusal) -> UInt64 {
        guard let text else { throw refusal("the amount is no string") }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }), let amount = UInt64(text) else {
            throw refusal("amount \(quoted(text)) is no whole number of 64 bits")
        }
        guard amount > 0 else { throw refusal("it asks for nothing") }
        return amount
    }

    private func check(recipient: String, feed: String) throws(Refusal) {
        guard recipient != wallet.address.description else { throw refusal("the recipient is our own wallet") }
        if let allowed = policy.recipients {
            guard allowed.contains(recipient) else {
                throw refusal("recipient \(quoted(recipient)) is not allowed by payments.allow.recipients")
            }
        } else if let first = firstRecipient(feed: feed), first != recipient {
            throw refusal(
                "recipient \(quoted(recipient)) is another than that of the feed's first payment, \(first); to pay it "
                    + "all the same, name it in payments.allow.recipients")
        }
    }

    private func address(_ text: String, _ what: String) throws(Refusal) -> SolanaAddress {
        guard let address = SolanaAddress(text) else {
            throw refusal("\(what) \(quoted(text)) is not base58 of 32 bytes")
        }
        return address
    }

    private func refusal(_ reason: String) -> Refusal { Refusal(reason: reason) }
    private func quoted(_ text: String) -> String { "\"\(Excerpt.of(text.utf8))\"" }
}

/// The host of an absolute URL, in lower case and without user and port.
struct URLHost: Hashable {
    let name: [UInt8]

    /// Nil for what is no absolute URL; `//host/path` counts as one.
    init?(of url: String) {
        let text = Array(url.utf8)
        let isSlash = { (byte: UInt8) in byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") }
        guard let first = text.firstIndex(where: isSlash), first + 1 < text.count, isSlash(text[first + 1]),
            first == 0 || text[first - 1] == UInt8(ascii: ":")
        else { return nil }
        let ends = [UInt8(ascii: "?"), UInt8(ascii: "#")]
        var authority = text[(first + 2)...].prefix { !isSlash($0) && !ends.contains($0) }
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) { authority = authority[(at + 1)...] }
        if authority.first == UInt8(ascii: "["), let end = authority.firstIndex(of: UInt8(ascii: "]")) {
            authority = authority[...end]
        } else {
            authority = authority.prefix { $0 != UInt8(ascii: ":") }
        }
        name = authority.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}
