import OutboxStorage
import RelayModel

/// A ledger as a relay left it: a served payment, one that gave nothing, and one that a server refused in words of its own.
struct PaymentFixture {
    /// What must not be told.
    static let hidden = ["PAYLOAD7", "REQUIREMENTS8", "TOKEN9"]
    static let usdc = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
    static let recipient = "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"

    let control: ControlFixture

    init() throws {
        control = try ControlFixture()
        let outbox = try control.reopen()
        let settled = Self.entry(1, .settled) { $0.served = true }
        let unserved = Self.entry(2, .settled) { entry in
            entry.served = false
            entry.transaction = "5TxOfTheSecond"
        }
        let refused = Self.entry(3, .refused) { entry in
            entry.feed = "other"
            entry.purpose = .renewal
            entry.asset = "So11111111111111111111111111111111111111112"
            entry.memo = "=HYPERLINK(\"http://evil.example\",\"a\nb\")"
            entry.reason = "the server said: \u{1B}[2J\"no\", and no more"
            entry.renewedToken = Secret("TOKEN9")
            entry.payload = Array(#"{"p":"PAYLOAD7"}"#.utf8)
            entry.requirements = Array(#"{"r":"REQUIREMENTS8"}"#.utf8)
            entry.sends = 2
            entry.sentAt = ControlFixture.now
        }
        for entry in [settled, unserved, refused] {
            _ = try outbox.keep(LedgerChange(entries: [entry]), judged: OutboxBatch())
        }
    }

    private static func entry(
        _ number: Int64, _ state: LedgerEntry.State, _ change: (inout LedgerEntry) -> Void
    ) -> LedgerEntry {
        var entry = LedgerEntry(
            id: PaymentID(number), feed: "solana",
            resource: StreamResource(origin: "https://x402.example.net", version: "v2", stream: "slot"),
            purpose: .purchase, signedAt: ControlFixture.now + .seconds(number),
            network: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", asset: usdc, decimals: 6, amount: 30000,
            recipient: recipient, payer: recipient, sourceAccount: recipient, memo: "00ff", blockhash: recipient,
            lastValidBlockHeight: nil, clientSignature: recipient, renewedToken: nil, payload: [], requirements: [],
            state: state, sends: 1, sentAt: ControlFixture.now + .seconds(number))
        change(&entry)
        return entry
    }
}
