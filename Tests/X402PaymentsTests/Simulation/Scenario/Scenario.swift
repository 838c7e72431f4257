import RelayModel

/// Who there is, what is configured and what goes wrong: all that a seed decides beforehand.
struct Scenario {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    static let origin = "https://stream.example"

    struct Feed {
        let name: String
        /// The stream of the configuration at the start, and another for a reload.
        let streams: [String]
        let connections: Int
        /// A token that is configured and good for a slice.
        let hasToken: Bool
        let isInband: Bool
    }

    /// How the vendor is, all through.
    struct Vendor {
        let version: String
        let sliceSeconds: Int
        /// Before the end of a slice, in seconds.
        let reminders: [Int]
        let givesBlockhash: Bool
        let memo: Memo
        /// Answers a payment that it has seen with the answer that it had.
        let caches: Bool
        /// A payment that settled though its answer said otherwise gives a token when it comes again.
        let servesLate: Bool
        /// A renewal lasts from the end of the slice before it, not from the payment.
        let addsToEnd: Bool
        let dropsRenewedToken: Bool
        /// How long a connection stays open after its slice.
        let grace: Duration
        /// Whether `hello` and the reminders tell of the slice.
        let tellsSlice: Bool
        /// An offer comes first that cannot be taken.
        let offersOthersFirst: Bool
        let refusal: Int

        enum Memo: CaseIterable {
            case none, constant, perPayment
        }
    }

    struct Episode {
        let from: Timestamp
        let until: Timestamp
        let kind: Kind

        enum Kind {
            case challenges(Oddity, feed: Int)
            /// The vendor answers nothing and ends all connections.
            case outage
            /// The chain makes no blocks.
            case stall
            /// The vendor starts anew, and has forgotten every token.
            case forgetsAll
        }
    }

    struct OperatorStep {
        let at: Timestamp
        let act: Act

        enum Act {
            case reload(Configuration)
        }
    }

    /// One version of the configuration file.
    struct Configuration {
        /// Which stream of each feed.
        var streams: [Int]
        var tokens: [Bool]
        var pays = true
        var limits: Limits
        var isDefaultRecipient = true
    }

    /// In atomic units of six decimals.
    struct Limits {
        var perPayment: UInt64
        var perHour: UInt64?
        var perDay: UInt64
        var total: UInt64?
        /// A fraction.
        var priceJump: (numerator: UInt64, denominator: UInt64, text: String)
    }

    struct Crash {
        let at: Timestamp
        let restartAfter: Duration
        /// How far the relay's clock is ahead of the world's from then on.
        let clock: Duration
    }

    let feeds: [Feed]
    let vendor: Vendor
    let prices: [UInt64]
    let isDevnet: Bool
    let configuration: Configuration
    let operatorSteps: [OperatorStep]
    let episodes: [Episode]
    let crashes: [Crash]
    let odds: [Fault: Int]
    let latency: Int
    let blockMilliseconds: Int64
    /// RPC servers, and whether the last of them says that nothing ever landed.
    let rpcServers: Int
    let hasLiar: Bool
    let calmAt: Timestamp

    var slice: Duration { .seconds(vendor.sliceSeconds) }
    /// From `calmAt` until everything must be well: an unresolved payment takes two minutes and a look, and each wait is at most
    /// a minute.
    ///
    /// One that was signed by a clock that was ahead is not decided before the chain has come as far.
    var recovery: Duration { .seconds(1200) + slice + max(.zero, crashes.map(\.clock).max() ?? .zero) }
    var endsAt: Timestamp { calmAt + recovery + slice * 4 }

    /// The settings of the calm: limits that suffice, and the operator's word on who is paid.
    var calmConfiguration: Configuration {
        let top: UInt64 = 1_000_000_000_000
        return Configuration(
            streams: feeds.map { _ in 0 }, tokens: feeds.map { _ in false }, pays: true,
            limits: Limits(
                perPayment: top, perHour: nil, perDay: top * 1000, total: nil, priceJump: (1000, 1, "1000")),
            isDefaultRecipient: false)
    }

    var network: (v1: String, caip2: String, usdc: String) {
        isDevnet
            ? (
                "solana-devnet", "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1",
                "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"
            )
            : (
                "solana", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
            )
    }
}
