package import RelayModel

/// What goes wrong with a simulated AtomicStream; nothing unless asked for.
package struct AtomicStreamFaults: Sendable {
    /// Of connections and frames, as of every simulated feed.
    package var sending: SimulatorFaults
    /// Each connection ends after so long, without a close frame.
    package var dropAfter: Duration?
    /// Each nth paid request settles and is not answered: its connection ends.
    package var loseAnswerEvery: Int?
    /// Each reminder and each demand comes twice.
    package var doublesReminders: Bool
    /// From the nth settled payment on the price is `priceFactor` times what it was.
    package var raisePriceAfter: Int?
    /// As a decimal.
    package var priceFactor: TokenAmount
    /// No reminder comes: a slice ends before a client hears that it is over.
    package var omitsReminders: Bool
    /// A token lets so many connections in, and is unknown after.
    package var forgetTokensAfter: Int?
    /// The first so many tokens sold let nobody in.
    package var deadTokens: Int
    /// The first so many paid requests are refused, whatever they hold.
    package var refusePayments: Int
    /// What is refused for that reason lands all the same.
    package var settlesRefused: Bool
    /// After so many events the stream's status tells of a node that stands still.
    package var unhealthyAfter: Int?

    package init(
        sending: SimulatorFaults = SimulatorFaults(), dropAfter: Duration? = nil, loseAnswerEvery: Int? = nil,
        doublesReminders: Bool = false, raisePriceAfter: Int? = nil,
        priceFactor: TokenAmount = AtomicStreamFaults.usualFactor, omitsReminders: Bool = false,
        forgetTokensAfter: Int? = nil, deadTokens: Int = 0, refusePayments: Int = 0, settlesRefused: Bool = false,
        unhealthyAfter: Int? = nil
    ) {
        self.sending = sending
        self.dropAfter = dropAfter
        self.loseAnswerEvery = loseAnswerEvery
        self.doublesReminders = doublesReminders
        self.raisePriceAfter = raisePriceAfter
        self.priceFactor = priceFactor
        self.omitsReminders = omitsReminders
        self.forgetTokensAfter = forgetTokensAfter
        self.deadTokens = deadTokens
        self.refusePayments = refusePayments
        self.settlesRefused = settlesRefused
        self.unhealthyAfter = unhealthyAfter
    }

    /// Twice the price.
    package static let usualFactor = TokenAmount(atomic: 2, decimals: 0) ?? .zero
}
