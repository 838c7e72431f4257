package import RelayModel

/// The wallet with what may be spent from it and what was: one for all feeds.
///
/// A payment counts as spent from the moment at which it is signed; only `release` takes it back.
package struct Purse: Sendable {
    /// The contract's section 1: `payments.limits` and `payments.allow`.
    package struct Policy: Hashable, Sendable {
        package var perPayment: TokenAmount
        package var perHour: TokenAmount?
        package var perDay: TokenAmount
        package var total: TokenAmount?
        /// How many times the feed's last price a payment may cost.
        package var priceJump: PriceFactor
        /// Nil for the defaults: Solana mainnet, its USDC, the recipient of the feed's first payment.
        package var networks: [String]?
        package var assets: [String]?
        package var recipients: [String]?

        package init(
            perPayment: TokenAmount, perHour: TokenAmount?, perDay: TokenAmount, total: TokenAmount?,
            priceJump: PriceFactor, networks: [String]?, assets: [String]?, recipients: [String]?
        ) {
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

    /// What was spent in the windows that end now.
    package struct Spent: Hashable, Sendable {
        package var hour: TokenAmount
        package var day: TokenAmount
        package var total: TokenAmount

        package init(hour: TokenAmount, day: TokenAmount, total: TokenAmount) {
            self.hour = hour
            self.day = day
            self.total = total
        }
    }

    /// The most payments that are kept one by one, those of a day: a slice of a second around the clock stays below it.
    package static let maxRecent = 100_000
    static let hour: Duration = .seconds(3600)
    static let day: Duration = .seconds(86_400)

    package private(set) var policy: Policy
    package private(set) var wallet: SolanaWallet

    /// Payments of the last 24 hours, and those of later moments (a clock that was set back); bounded by `maxRecent`.
    private(set) var recent: [LedgerMemory.Spend]
    /// The sum of all others.
    private(set) var before: TokenAmount
    /// By what was bought; as many as feeds, resources and allowed assets were ever configured.
    private var prices: [PriceKey: LastPrice] = [:]
    /// By feed; as many as feeds were ever configured.
    private var recipients: [String: FirstRecipient] = [:]
    private var lastID: PaymentID

    package init(wallet: SolanaWallet, policy: Policy, memory: LedgerMemory) {
        self.wallet = wallet
        self.policy = policy
        recent = memory.recent
        before = memory.before
        for price in memory.prices {
            prices[PriceKey(feed: price.feed, resource: price.resource, asset: price.asset)] =
                LastPrice(units: price.units)
        }
        recipients = memory.firstRecipients.mapValues { FirstRecipient(address: $0) }
        lastID = memory.lastID
    }

    /// Another wallet or other limits, from here on.
    package mutating func change(wallet: SolanaWallet, policy: Policy) {
        self.wallet = wallet
        self.policy = policy
    }

    /// What counts as spent: payments after `now` − 1 h and − 24 h, and those of later moments.
    package func spent(now: Timestamp) -> Spent {
        var spent = Spent(hour: .zero, day: .zero, total: before)
        for spend in recent {
            spent.total = spent.total + spend.units
            if spend.at > now - Self.day { spent.day = spent.day + spend.units }
            if spend.at > now - Self.hour { spent.hour = spent.hour + spend.units }
        }
        return spent
    }

    /// The feed's last price for a resource in an asset, of a payment that counts as spent.
    func lastPrice(feed: String, resource: StreamResource, asset: String) -> TokenAmount? {
        prices[PriceKey(feed: feed, resource: resource, asset: asset)]?.units
    }

    /// Whom the feed paid first.
    func firstRecipient(feed: String) -> String? { recipients[feed]?.address }

    /// The one place at which something is signed.
    ///
    /// Judges the limits once more, since other feeds may have paid since the last
    /// time, and lets the amount count as spent at once.
    ///
    /// What it returns must be on disk before a byte of its payload leaves; should it not get there, and only then or once it
    /// is proven never to land, `release` takes the amount back. `memo` is used where the bid wants none. Throws the limit that
    /// it would pass; nothing is signed then.
    package mutating func sign(
        _ bid: Bid, of challenge: PaymentChallenge, mint: SolanaMint, blockhash: StreamAccess.Blockhash, for want: Want,
        memo: String, identifier: String, now: Timestamp
    ) throws(LimitBreach) -> LedgerEntry {
        let units = TokenAmount(atomic: bid.amount, decimals: mint.decimals) ?? .max
        if let breach = breach(units, asset: bid.asset.description, for: want, now: now) { throw breach }

        let transfer = SolanaTransfer(
            feePayer: bid.feePayer, recipient: bid.recipient, mint: mint, amount: bid.amount, memo: bid.memo ?? memo,
            blockhash: blockhash.hash)
        let signed = wallet.sign(transfer)
        lastID = PaymentID(lastID.number + 1)
        let entry = LedgerEntry(
            id: lastID, feed: want.feed, resource: want.resource, purpose: want.purpose, signedAt: now,
            network: bid.network.caip2, asset: bid.asset.description, decimals: mint.decimals, amount: bid.amount,
            recipient: bid.recipient.description, payer: wallet.address.description,
            sourceAccount: signed.sourceAccount.description, memo: transfer.memo,
            blockhash: blockhash.hash.description, lastValidBlockHeight: blockhash.lastValidBlockHeight,
            clientSignature: Base58.encode(signed.clientSignature), renewedToken: want.token,
            payload: PaymentPayload.json(
                for: bid.offer, of: challenge, transaction: signed.transaction, identifier: identifier),
            requirements: bid.offer.json)
        reserve(entry)
        return entry
    }

    private mutating func reserve(_ entry: LedgerEntry) {
        let isOld = { (spend: LedgerMemory.Spend) in spend.at <= entry.signedAt - Self.day }
        before = recent.filter(isOld).reduce(before) { $0 + $1.units }
        recent.removeAll(where: isOld)
        recent.append(LedgerMemory.Spend(id: entry.id, at: entry.signedAt, units: entry.units))
        let key = PriceKey(entry)
        prices[key] = LastPrice(units: entry.units, of: entry.id, previous: prices[key]?.units)
        if recipients[entry.feed] == nil {
            recipients[entry.feed] = FirstRecipient(address: entry.recipient, of: entry.id)
        }
    }

    /// Takes a payment back that never left, or was proven never to land: it counts as if it had never been made.
    package mutating func release(_ entry: LedgerEntry) {
        if let index = recent.lastIndex(where: { $0.id == entry.id }) {
            recent.remove(at: index)
        } else {
            before = before - entry.units
        }
        let key = PriceKey(entry)
        if let price = prices[key], price.of == entry.id {
            prices[key] = price.previous.map { LastPrice(units: $0) }
        }
        if recipients[entry.feed]?.of == entry.id { recipients[entry.feed] = nil }
    }
}

/// What a price is of.
private struct PriceKey: Hashable, Sendable {
    var feed: String
    var resource: StreamResource
    var asset: String
}

extension PriceKey {
    init(_ entry: LedgerEntry) {
        self.init(feed: entry.feed, resource: entry.resource, asset: entry.asset)
    }
}

/// The last price, of which payment it is where this process signed it, and the price before that one.
private struct LastPrice: Sendable {
    var units: TokenAmount
    var of: PaymentID?
    var previous: TokenAmount?
}

private struct FirstRecipient: Sendable {
    var address: String
    var of: PaymentID?
}
