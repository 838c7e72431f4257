package import RelayConfig
import RelayModel
import WebhookDelivery
import X402Payments

/// Asks paid feeds for their price, and pays nothing: it holds no wallet.
package struct PriceInquiry: Sendable {
    /// Of a whole exchange: a server that makes a challenge needs no longer.
    static let exchangeTimeout = Duration.seconds(15)

    private let feeds: [FeedConfiguration]
    /// Nil where `payments` is not configured.
    private let policy: Purse.Policy?
    private let ask: SolanaRPC.Ask
    private let chain: any PaymentChain

    /// Over the network; of the configuration no secret is used but URLs of RPCs.
    package init(_ configuration: Configuration) {
        let client = HTTPClient()
        self.init(
            feeds: configuration.feeds, policy: configuration.payments.map { Purse.Policy($0) },
            ask: { question throws(HTTPClient.Failure) in try await client.ask(question) },
            chain: SolanaRPC(urls: configuration.payments?.rpcURLs ?? [], client: client))
    }

    init(
        feeds: [FeedConfiguration], policy: Purse.Policy?, ask: @escaping SolanaRPC.Ask,
        chain: any PaymentChain
    ) {
        self.feeds = feeds
        self.policy = policy
        self.ask = ask
        self.chain = chain
    }

    /// The paid feeds' prices, asked side by side, in the configuration's order.
    ///
    /// - Parameter sliceSeconds: how long a slice of a feed lasts, as far as that is known.
    package func preview(sliceSeconds: [String: Int]) async -> PricePreview {
        let paid = feeds.compactMap { feed in StreamResource(feed).map { (feed, $0) } }
        let prices = await withTaskGroup(of: (Int, Result<PricePreview.Price, PricePreview.Fault>).self) { group in
            for (index, (feed, resource)) in paid.enumerated() {
                group.addTask { (index, await price(of: feed, resource)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let priced = paid.enumerated().map { index, entry in
            PricePreview.Feed(
                name: entry.0.name, stream: entry.1.description, knownSliceSeconds: sliceSeconds[entry.0.name],
                price: prices[index] ?? .failure(PricePreview.Fault("it was not asked")))
        }
        return PricePreview(feeds: priced, limits: policy.map(PricePreview.Limits.init))
    }

    private func price(
        of feed: FeedConfiguration, _ resource: StreamResource
    ) async -> Result<PricePreview.Price, PricePreview.Fault> {
        do throws(PricePreview.Fault) {
            return .success(try await ask(feed, resource))
        } catch {
            return .failure(error)
        }
    }

    private func ask(
        _ feed: FeedConfiguration, _ resource: StreamResource
    ) async throws(PricePreview.Fault) -> PricePreview.Price {
        let challenge = try await challenge(feed, resource)
        let appraisal = try judge().appraise(
            challenge, for: Want(feed: feed.name, resource: resource, purpose: .purchase, token: nil))
        guard let bid = appraisal.bids.first else {
            let reasons = appraisal.refusals.isEmpty ? ["the challenge offers nothing"] : appraisal.refusals
            throw PricePreview.Fault("it would not be paid: \(reasons.joined(separator: "; "))")
        }
        guard let units = TokenAmount(atomic: bid.amount, decimals: try await decimals(bid.asset)) else {
            throw PricePreview.Fault("the token \(bid.asset) has more than \(TokenAmount.maxDecimals) decimals")
        }
        return PricePreview.Price(
            units: units, asset: bid.asset.description, network: bid.network.caip2,
            recipient: bid.recipient.description)
    }

    /// A purse that judges as the relay's does, with a wallet of its own that is made up: the price is to be known before
    /// there is one.
    private func judge() throws(PricePreview.Fault) -> Purse {
        let seed = (0..<32).map { _ in String(UInt8.random(in: 16...255), radix: 16) }.joined()
        do {
            return Purse(
                wallet: try SolanaWallet(Secret(seed)), policy: policy ?? .unconfigured, memory: LedgerMemory())
        } catch {
            throw PricePreview.Fault("it cannot be judged: \(error)")
        }
    }

    private func challenge(
        _ feed: FeedConfiguration, _ resource: StreamResource
    ) async throws(PricePreview.Fault) -> PaymentChallenge {
        let question = HTTPClient.Question(
            method: "GET", url: Secret(resource.origin + resource.schemaPath),
            headers: [(name: "accept", value: "application/json")], timeout: Self.exchangeTimeout,
            connectTimeout: feed.connectTimeout, caFile: feed.caFile)
        let answer: HTTPClient.Answer
        do throws(HTTPClient.Failure) {
            answer = try await ask(question)
        } catch {
            throw PricePreview.Fault("it gave no answer: \(error)")
        }
        guard answer.status != 200 else { throw PricePreview.Fault("it asks for no payment: it answered with 200") }
        guard answer.status == 402 else {
            throw PricePreview.Fault("it answered with \(answer.status), not with a price (402)")
        }
        do throws(PaymentChallenge.Fault) {
            return try PaymentChallenge(
                headers: answer.headers.map { HTTPField($0.name, $0.value) }, body: answer.body)
        } catch {
            throw PricePreview.Fault("its 402 cannot be read: \(error)")
        }
    }

    private func decimals(_ asset: SolanaAddress) async throws(PricePreview.Fault) -> UInt8 {
        if let mint = SolanaMint.known(asset) { return mint.decimals }
        switch await chain.mint(asset) {
        case .success(let mint): return mint.decimals
        case .failure(let fault):
            throw PricePreview.Fault("the decimals of the token \(asset) are not known: \(fault)")
        }
    }
}

extension PricePreview.Limits {
    fileprivate init(_ policy: Purse.Policy) {
        self.init(
            perPayment: policy.perPayment, perHour: policy.perHour, perDay: policy.perDay, total: policy.total)
    }
}

extension Purse.Policy {
    /// The contract's allow-lists, and nothing to spend.
    fileprivate static let unconfigured = Purse.Policy(
        perPayment: .zero, perHour: nil, perDay: .zero, total: nil, priceJump: .standard, networks: nil, assets: nil,
        recipients: nil)
}
