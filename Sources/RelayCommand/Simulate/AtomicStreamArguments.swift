import ArgumentParser
import FeedSimulation
import RelayModel

/// What only a simulated AtomicStream has.
struct AtomicStreamArguments: ParsableArguments {
    @Option(help: ArgumentHelp("How long a payment lasts, 1s to 1d; 5m without it.", valueName: "duration"))
    var slice: CommandDuration?

    @Option(help: ArgumentHelp("USDC for a slice, to the sixth place; 0.03 without it.", valueName: "amount"))
    var price: CommandAmount?

    @Option(
        help: ArgumentHelp(
            "Between payment_required and the end of the connection; 5s without it.", valueName: "duration"))
    var grace: CommandDuration?

    @Flag(help: "Challenges name no memo: the client makes one.")
    var noMemo = false

    @Flag(help: "Challenges name no blockhash: the client asks the RPC.")
    var noBlockhash = false

    @Flag(help: "A payment that is sent again is answered as the first time (extension payment-identifier).")
    var paymentIdentifier = false

    @Option(help: ArgumentHelp("Slots of 400 ms for which a blockhash is good, up to 9000; 150.", valueName: "n"))
    var blockhashSlots: Int?

    @Option(help: ArgumentHelp("Fault: each nth payment settles and gets no answer.", valueName: "n"))
    var loseAnswerEvery: Int?

    @Flag(help: "Fault: every reminder and every demand comes twice.")
    var doubleReminders = false

    @Flag(help: "Fault: no reminders: slices end before the client hears of it.")
    var expireUnreminded = false

    @Option(help: ArgumentHelp("Fault: after n payments the price rises.", valueName: "n"))
    var raisePriceAfter: Int?

    @Option(help: ArgumentHelp("Times what it was, up to 1000; 2 without it.", valueName: "factor"))
    var priceFactor: CommandAmount?

    @Option(
        help: ArgumentHelp("Fault: ends each connection after so long, without a close frame.", valueName: "duration"))
    var dropAfter: CommandDuration?

    @Option(help: ArgumentHelp("Fault: a token lets n connections in, and is unknown after.", valueName: "n"))
    var forgetTokensAfter: Int?

    @Option(help: ArgumentHelp("Fault: the first n tokens sold let nobody in.", valueName: "n"))
    var deadTokens: Int?

    @Option(help: ArgumentHelp("Fault: the first n paid requests are refused.", valueName: "n"))
    var refusePayments: Int?

    @Flag(help: "What --refuse-payments refuses lands all the same.")
    var settleRefused = false

    @Option(help: ArgumentHelp("Fault: after n events the stream's node stands still.", valueName: "n"))
    var unhealthyAfter: Int?

    /// The names of those that were given.
    var given: [String] {
        let options: [(String, Bool)] = [
            ("--slice", slice != nil), ("--price", price != nil), ("--grace", grace != nil), ("--no-memo", noMemo),
            ("--no-blockhash", noBlockhash), ("--payment-identifier", paymentIdentifier),
            ("--blockhash-slots", blockhashSlots != nil), ("--lose-answer-every", loseAnswerEvery != nil),
            ("--double-reminders", doubleReminders), ("--expire-unreminded", expireUnreminded),
            ("--raise-price-after", raisePriceAfter != nil), ("--price-factor", priceFactor != nil),
            ("--drop-after", dropAfter != nil), ("--forget-tokens-after", forgetTokensAfter != nil),
            ("--dead-tokens", deadTokens != nil), ("--refuse-payments", refusePayments != nil),
            ("--settle-refused", settleRefused), ("--unhealthy-after", unhealthyAfter != nil),
        ]
        return options.filter(\.1).map(\.0)
    }

    func validate() throws {
        if let slice, !(Duration.seconds(1)...Duration.seconds(86_400)).contains(slice.value) {
            throw ValidationError("--slice: it is not in 1s to 1d")
        }
        if let price, price.atomic(decimals: 6) ?? 0 == 0 {
            throw ValidationError("--price: it is no amount above 0 of at most six decimals, such as 0.03")
        }
        if let priceFactor, !(.zero < priceFactor.value && priceFactor.value <= Self.highestFactor) {
            throw ValidationError("--price-factor: it is not above 0 and at most 1000")
        }
        if let slots = blockhashSlots, !(1...9000).contains(slots) {
            throw ValidationError("--blockhash-slots: \(slots) is not in 1 to 9000")
        }
        if let grace, grace.value > .seconds(86_400) { throw ValidationError("--grace: it is more than 1d") }
        if let dropAfter, dropAfter.value <= .zero { throw ValidationError("--drop-after: it is not above 0") }
        try CountOption.check([
            ("lose-answer-every", loseAnswerEvery), ("raise-price-after", raisePriceAfter),
            ("forget-tokens-after", forgetTokensAfter), ("dead-tokens", deadTokens),
            ("refuse-payments", refusePayments), ("unhealthy-after", unhealthyAfter),
        ])
        if priceFactor != nil, raisePriceAfter == nil {
            throw ValidationError("--price-factor: it needs --raise-price-after")
        }
        if settleRefused, refusePayments == nil {
            throw ValidationError("--settle-refused: it needs --refuse-payments")
        }
    }

    private static let highestFactor = TokenAmount(atomic: 1000, decimals: 0) ?? .zero

    func options(
        port: Int, rate: EventRate?, count: Int?, seed: UInt64, isLive: Bool, faults: SimulatorFaults
    ) -> AtomicStreamOptions {
        var options = AtomicStreamOptions(
            port: port, rate: rate, count: count, seed: seed, isLive: isLive, namesMemo: !noMemo,
            namesBlockhash: !noBlockhash, remembersPayments: paymentIdentifier)
        if let slice { options.slice = slice.value }
        if let price = price?.atomic(decimals: 6) { options.price = price }
        if let grace { options.grace = grace.value }
        if let blockhashSlots { options.blockhashSlots = blockhashSlots }
        options.faults = AtomicStreamFaults(
            sending: faults, dropAfter: dropAfter?.value, loseAnswerEvery: loseAnswerEvery,
            doublesReminders: doubleReminders, raisePriceAfter: raisePriceAfter,
            priceFactor: priceFactor?.value ?? AtomicStreamFaults.usualFactor, omitsReminders: expireUnreminded,
            forgetTokensAfter: forgetTokensAfter, deadTokens: deadTokens ?? 0, refusePayments: refusePayments ?? 0,
            settlesRefused: settleRefused, unhealthyAfter: unhealthyAfter)
        return options
    }
}

/// A decimal amount: digits, and at most one point between digits.
struct CommandAmount: ExpressibleByArgument {
    let value: TokenAmount

    init?(argument: String) {
        guard let value = TokenAmount(argument) else { return nil }
        self.value = value
    }

    /// In a token's smallest units; nil where it has more decimals, or is 2⁶⁴ or more.
    func atomic(decimals: UInt8) -> UInt64? {
        guard let unit = TokenAmount(atomic: 1, decimals: decimals) else { return nil }
        let (count, rest) = value.parts.quotientAndRemainder(dividingBy: unit.parts)
        return rest == 0 ? UInt64(exactly: count) : nil
    }
}
