package import RelayModel

/// The wallet with what may be spent from it and what was: one for all feeds.
package struct Purse: Sendable {
    /// The contract's section 1: `payments.limits` and `payments.allow`.
    package struct Policy: Hashable, Sendable {
        package var perPayment: TokenAmount
        package var perHour: TokenAmount?
        package var perDay: TokenAmount
        package var total: TokenAmount?
        /// How many times the feed's last price a payment may cost, as a decimal.
        package var priceJump: DecimalNumber
        /// Nil for the defaults: Solana mainnet, its USDC, the recipient of the feed's first payment.
        package var networks: [String]?
        package var assets: [String]?
        package var recipients: [String]?

        package init(
            perPayment: TokenAmount, perHour: TokenAmount?, perDay: TokenAmount, total: TokenAmount?,
            priceJump: DecimalNumber, networks: [String]?, assets: [String]?, recipients: [String]?
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

    package private(set) var policy: Policy
    package private(set) var wallet: SolanaWallet

    package init(wallet: SolanaWallet, policy: Policy, memory: LedgerMemory) {
        self.wallet = wallet
        self.policy = policy
    }

    /// Another wallet or other limits, from here on.
    package mutating func change(wallet: SolanaWallet, policy: Policy) {
        self.wallet = wallet
        self.policy = policy
    }

    package func spent(now: Timestamp) -> Spent { preconditionFailure("to be written") }
}
