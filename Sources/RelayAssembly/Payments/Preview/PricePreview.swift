package import RelayModel

/// What feeds will cost, beside what may be spent; all of it exact.
package struct PricePreview: Hashable, Sendable {
    /// How long a slice lasts where nothing is known of it: as long as AtomicStream's do.
    package static let assumedSliceSeconds = 300

    package static let hour: UInt64 = 3600
    package static let day: UInt64 = 24 * hour
    /// 30 days.
    package static let month: UInt64 = 30 * day

    /// What a feed asks for a slice.
    package struct Price: Hashable, Sendable {
        /// In the asset's units.
        package var units: TokenAmount
        /// The mint.
        package var asset: String
        /// CAIP-2.
        package var network: String
        package var recipient: String

        package init(units: TokenAmount, asset: String, network: String, recipient: String) {
            self.units = units
            self.asset = asset
            self.network = network
            self.recipient = recipient
        }
    }

    /// Why a feed's price is not known, as a clause.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    package struct Feed: Hashable, Sendable {
        package var name: String
        /// The URL of the stream.
        package var stream: String
        /// Nil where that is not known.
        package var knownSliceSeconds: Int?
        package var price: Result<Price, Fault>

        package init(name: String, stream: String, knownSliceSeconds: Int?, price: Result<Price, Fault>) {
            self.name = name
            self.stream = stream
            self.knownSliceSeconds = knownSliceSeconds.flatMap { $0 > 0 ? $0 : nil }
            self.price = price
        }

        package var sliceSeconds: Int { knownSliceSeconds ?? PricePreview.assumedSliceSeconds }

        /// What the payments of so many seconds cost at most, of which there is one for each slice that begins in them.
        ///
        /// Nil where the price is not known.
        package func cost(ofSeconds seconds: UInt64) -> TokenAmount? {
            guard case .success(let price) = price else { return nil }
            let slice = UInt64(sliceSeconds)
            return price.units * ((seconds + slice - 1) / slice)
        }
    }

    /// `payments.limits`.
    package struct Limits: Hashable, Sendable {
        package var perPayment: TokenAmount
        package var perHour: TokenAmount?
        package var perDay: TokenAmount
        package var total: TokenAmount?

        package init(perPayment: TokenAmount, perHour: TokenAmount?, perDay: TokenAmount, total: TokenAmount?) {
            self.perPayment = perPayment
            self.perHour = perHour
            self.perDay = perDay
            self.total = total
        }
    }

    package var feeds: [Feed]
    /// Nil where `payments` is not configured.
    package var limits: Limits?

    package init(feeds: [Feed], limits: Limits?) {
        self.feeds = feeds
        self.limits = limits
    }

    /// What all feeds of which the price is known cost in so many seconds.
    package func cost(ofSeconds seconds: UInt64) -> TokenAmount {
        feeds.compactMap { $0.cost(ofSeconds: seconds) }.reduce(.zero, +)
    }

    /// What is not covered, a sentence each: by which limit, and what happens.
    package var shortfalls: [String] {
        guard let limits else { return ["payments is not configured: nothing is paid"] }
        return tooDear(limits) + windows(limits) + end(limits)
    }

    private func tooDear(_ limits: Limits) -> [String] {
        feeds.compactMap { feed in
            guard case .success(let price) = feed.price, price.units > limits.perPayment else { return nil }
            return "\(feed.name) is not paid: a slice costs \(price.units), limits.perPayment is \(limits.perPayment)"
        }
    }

    private func windows(_ limits: Limits) -> [String] {
        [
            ("perHour", limits.perHour, "an hour", Self.hour), ("perDay", limits.perDay, "24 hours", Self.day),
        ].compactMap { name, limit, span, seconds in
            let cost = cost(ofSeconds: seconds)
            guard let limit, limit < cost else { return nil }
            let covered = Self.seconds(limit, of: cost, in: seconds)
            return "limits.\(name) \(limit) does not cover \(span) of all feeds, which cost \(cost): "
                + "it is reached after \(Self.text(covered))"
        }
    }

    /// When `total` is used up: that is no fault, but the one limit that ends it for good.
    private func end(_ limits: Limits) -> [String] {
        let month = cost(ofSeconds: Self.month)
        guard let total = limits.total, total < month else { return [] }
        let covered = Self.seconds(total, of: month, in: Self.month)
        return [
            "limits.total \(total) does not cover 30 days of all feeds, which cost \(month): "
                + "it is used up after \(Self.text(covered)), what was spent before not counted"
        ]
    }

    /// For how many of `seconds`, which cost `cost`, the smaller `limit` is enough.
    private static func seconds(_ limit: TokenAmount, of cost: TokenAmount, in seconds: UInt64) -> UInt64 {
        guard limit < cost else { return seconds }
        // Below `seconds`, so the quotient fits.
        let product = limit.parts.multipliedFullWidth(by: UInt128(seconds))
        return UInt64(cost.parts.dividingFullWidth(product).quotient)
    }

    /// Of a span the two largest units.
    private static func text(_ seconds: UInt64) -> String {
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
        ]
        guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0s" }
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }
}
