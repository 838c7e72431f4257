import RelayModel
import X402Payments

/// The feeds of a file that are paid, beside what may be spent: what `check` warns of.
struct PaidFeeds {
    private struct Feed {
        let name: String
        let stream: FeedConfiguration.AtomicStream
        let site: Site
    }

    private let feeds: [Feed]

    init(_ feeds: [Named<FeedConfiguration>]) {
        self.feeds = feeds.compactMap { feed in
            guard case .atomicStream(let stream)? = feed.value?.kind else { return nil }
            return Feed(name: feed.name, stream: stream, site: feed.site)
        }
    }

    /// Warns of feeds that nothing pays for.
    func warnWithoutPayments() {
        for feed in feeds {
            if let token = feed.site.member("token") {
                token.warn("is good until its slice ends, and without \"payments\" no further slice is bought")
            } else {
                feed.site.warn(
                    "can never be paid: it has no \"token\", and without \"payments\" none can be bought, add one of them"
                )
            }
        }
    }

    /// Warns of limits that do not last for a day of all feeds; `site` is that of `payments`.
    func warn(_ payments: PaymentsConfiguration, at site: Site) {
        guard !feeds.isEmpty else {
            site.warn("no feed here is paid, those of the protocol \"atomicstream\" are: remove this, or add one")
            return
        }
        guard let limits = site.member("limits"), Self.paysWithUSDC(payments) else { return }
        let unknown = feeds.map(\.stream.stream).filter { AtomicStreamCatalog.slicePrices[$0] == nil }
        if !unknown.isEmpty {
            let streams = Set(unknown).sorted().joined(separator: ", ")
            limits.warn(
                "the price of \(streams) is not known here, so it is not in what is said of the limits: "
                    + "`x402-relay payments preview` asks for it")
        }
        warnOfSlices(payments.perPayment, limits)
        warn(limits, "perHour", payments.perHour, AtomicStreamCatalog.slicesPerHour, "an hour")
        warn(limits, "perDay", payments.perDay, AtomicStreamCatalog.slicesPerDay, "a day")
        warn(limits, "total", payments.total, AtomicStreamCatalog.slicesPerDay, "a day")
    }

    /// The prices that are known are in USDC.
    private static func paysWithUSDC(_ payments: PaymentsConfiguration) -> Bool {
        guard let assets = payments.assets else { return true }
        return SolanaNetwork.allCases.contains { assets.contains($0.usdc.address.description) }
    }

    private func warnOfSlices(_ limit: TokenAmount, _ limits: Site) {
        let dearer = feeds.compactMap { feed -> String? in
            guard let price = AtomicStreamCatalog.slicePrices[feed.stream.stream], price > limit else { return nil }
            return "\(feed.name) (\(price) USDC)"
        }
        guard !dearer.isEmpty else { return }
        limits.member("perPayment")?.warn(
            "\(limit) does not cover a slice of \(Self.named(dearer)): raise it, or nothing is ever paid there")
    }

    private func warn(
        _ limits: Site, _ key: String, _ limit: TokenAmount?, _ slices: UInt64, _ time: String
    ) {
        let known = feeds.filter { AtomicStreamCatalog.slicePrices[$0.stream.stream] != nil }
        let slice = known.compactMap { AtomicStreamCatalog.slicePrices[$0.stream.stream] }.reduce(.zero, +)
        let needed = slice * slices
        guard let limit, limit < needed else { return }
        limits.member(key)?.warn(
            """
            \(limit) does not cover \(time) of \(Self.named(known.map(\.name))): \(needed) USDC for \(slices) slices of \
            \(AtomicStreamCatalog.sliceMinutes) minutes at \(slice); raise it, or they go unpaid once it is spent
            """)
    }

    private static func named(_ names: [String]) -> String {
        (names.count == 1 ? "the feed " : "the feeds ") + names.joined(separator: ", ")
    }
}

extension Site {
    /// The place of a member of this object; nil where there is none.
    fileprivate func member(_ key: String) -> Site? {
        document.member(node, key).map { member(key, $0) }
    }
}
