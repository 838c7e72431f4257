import RelayModel

/// The endless run of events of a simulated feed: payments, each with its verification and after that its settlement.
///
/// They follow their payment, but for one in `latePaymentOneIn`, where the verification, and at times the settlement too, comes first. A seed fixes everything but the timestamps, which are the caller's. No two payments share an id or a signature.
struct PaymentSequence: Sendable {
    /// Payments whose verification or settlement is still to come; more are begun only below this, so that memory and the
    /// distance between a payment and its settlement stay small.
    static let openPayments = 8

    private var random: SplitMix64
    private let solana: [String]
    private let evm: [String]
    private var blockHeight = 250_000_000
    private let latePaymentOneIn: Int?
    /// With what is still to come of each, in this order; never nothing.
    private var open: [(payment: SimulatedPayment, rest: [SimulatedEvent.Kind])] = []

    /// `wallets` take part beside `SimulatedWallets`.
    init(seed: UInt64, wallets: [String] = [], latePaymentOneIn: Int? = nil) {
        self.latePaymentOneIn = latePaymentOneIn
        random = SplitMix64(seed: seed)
        let isEVM = { (wallet: String) in WalletAddress.form(of: wallet.utf8) == .evm }
        evm = wallets.filter(isEVM) + SimulatedWallets.evm
        solana = wallets.filter { !isEVM($0) } + SimulatedWallets.solana
    }

    mutating func next(at timestamp: Timestamp) -> SimulatedEvent {
        // One payment in three events keeps the number of open ones level.
        let begins = open.isEmpty || (open.count < Self.openPayments && random.below(3) == 0)
        if begins { open.append((makePayment(), order())) }
        let index = begins ? open.count - 1 : random.below(open.count)
        let payment = open[index].payment
        let kind = open[index].rest.removeFirst()
        if open[index].rest.isEmpty { open.remove(at: index) }
        return SimulatedEvent(kind: kind, payment: payment, timestamp: timestamp)
    }

    /// In which order the events of a payment come.
    private mutating func order() -> [SimulatedEvent.Kind] {
        // Nothing is drawn unless it is asked for: a seed's events are the same as without the option.
        guard let latePaymentOneIn, random.below(max(latePaymentOneIn, 1)) == 0 else {
            return [.payment, .verification, .settlement]
        }
        return random.below(3) == 0 ? [.verification, .settlement, .payment] : [.verification, .payment, .settlement]
    }

    private mutating func makePayment() -> SimulatedPayment {
        blockHeight += 1 + random.below(3)
        let isEVM = random.below(6) == 0
        let cast = isEVM ? evm : solana
        let sender = random.below(cast.count)
        // Anyone but the sender.
        let recipient = (sender + 1 + random.below(cast.count - 1)) % cast.count
        return SimulatedPayment(
            paymentID: "pay_" + random.text(22, of: Self.base58),
            signature: isEVM ? "0x" + random.text(64, of: Self.hex) : random.text(88, of: Self.base58),
            sender: cast[sender], recipient: cast[recipient], amount: makeAmount(),
            fees: random.pick(["0.000005", "0.00001", "0.000025", "0.0001"]),
            resource: "https://api.example.com/" + random.pick(Self.resources), blockHeight: blockHeight,
            summary: random.pick(Self.summaries), reference: "req_\(10_000 + random.below(90_000))",
            facilitator: random.pick(["facilitator.x402.org", "facilitator.example.com"]),
            verificationMilliseconds: 8 + random.below(190), confirmations: random.pick([32, 32, 32, 31, 1]))
    }

    /// A decimal text above 0 of up to 4 digits before the point and up to 18 after it, the last of them no zero.
    private mutating func makeAmount() -> String {
        let whole = random.pick([0, 0, 0, 0, random.below(10), random.below(100), random.below(10_000)])
        let places = random.pick([0, 1, 2, 2, 2, 3, 3, 3, 4, 5, 6, 6, 9, 18])
        guard places > 0 else { return String(max(whole, 1)) }
        let zeros = random.below(places)
        let digits = (zeros..<places - 1).map { _ in String(random.below(10)) }.joined()
        return "\(whole).\(String(repeating: "0", count: zeros))\(digits)\(1 + random.below(9))"
    }

    private static let base58 = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
    private static let hex = Array("0123456789abcdef".utf8)
    private static let resources = [
        "protected-endpoint", "v1/weather?city=Z%C3%BCrich", "v1/quotes/SOL-USDC", "images/render", "llm/completions",
        "data/blocks/latest",
    ]
    /// Some beyond ASCII and some that need escapes, as users' texts do.
    private static let summaries = [
        "API access payment", "10 image renderings", "Weather for Zürich", "Article \"x402 in practice\"",
        "天気データ", "Backup to C:\\data", "One completion, 1k tokens ✓",
    ]
}
