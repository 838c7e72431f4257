import AdminAPI
import RelayModel

extension Samples {
    /// What must never be told of a payment.
    static let hidden = ["PAYLOAD7", "REQUIREMENTS8", "TOKEN9", "SIGNATURE6"]

    static let settled = payment(4, state: .settled) { entry in
        entry.served = false
        entry.transaction = "5Tx"
        entry.sends = 2
        entry.sentAt = now + .milliseconds(5)
        entry.endedAt = now + .seconds(1)
    }

    static let refused = payment(3, state: .refused) { entry in
        entry.purpose = .renewal
        entry.reason = "the server said \"no\""
        entry.amount = UInt64.max
    }

    private static func payment(
        _ number: Int64, state: LedgerEntry.State, _ change: (inout LedgerEntry) -> Void
    ) -> LedgerEntry {
        var entry = LedgerEntry(
            id: PaymentID(number), feed: "solana",
            resource: StreamResource(origin: "https://x402.example.net", version: "v2", stream: "wallet-balance"),
            purpose: .purchase, signedAt: now, network: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", asset: "EPjF",
            decimals: 6, amount: 30000, recipient: "Reci", payer: "Paye", sourceAccount: "Sour", memo: "00ff",
            blockhash: "Bloc", lastValidBlockHeight: nil, clientSignature: "SIGNATURE6",
            renewedToken: Secret("TOKEN9"), payload: Array(#"{"p":"PAYLOAD7"}"#.utf8),
            requirements: Array(#"{"r":"REQUIREMENTS8"}"#.utf8), state: state)
        change(&entry)
        return entry
    }

    static let payments = PaymentsStatus(
        wallet: "Paye", spentHour: amount("0.03"), spentDay: amount("1.5"), spentTotal: amount("12"),
        perPayment: amount("0.5"), perHour: nil, perDay: amount("50"), total: nil, unresolved: 1,
        ledger: [.settled: 3, .unknown: 1])

    static let slice = SliceStatus(
        state: "unpaid", reason: "perDay is reached", since: now, paidUntil: now + .seconds(300), sliceSeconds: 300,
        price: amount("0.03"))

    private static func amount(_ text: String) -> TokenAmount { TokenAmount(text) ?? .zero }
}
