import FeedSimulation
import RelayModel

/// What is printed of a simulated AtomicStream.
enum AtomicStreamText {
    /// A feed of a configuration, as a member of its `feeds`.
    static func feed(url: String) -> String {
        """
        "simulated": {
          "protocol": "atomicstream",
          "url": \(JSONEscapes.quoted(url)),
          "stream": "wallet-balance",
          "accounts": [\(SimulatedWallets.solana.prefix(2).map(JSONEscapes.quoted).joined(separator: ", "))]
        }
        """
    }

    /// The configuration's `payments`, with limits that pay for a day.
    static func payments(rpc: String, _ options: AtomicStreamOptions) -> String {
        let price = TokenAmount(atomic: options.price, decimals: 6) ?? .zero
        let slices = 86_400_000 / max(1, options.slice.wholeMilliseconds) + 1
        return """
            "payments": {
              "wallet": { "env": "X402_WALLET" },
              "rpcUrls": [\(JSONEscapes.quoted(rpc))],
              "limits": { "perPayment": "\(price)", "perDay": "\(price * UInt64(slices))" }
            }
            """
    }

    /// What came in, in one line.
    static func summary(_ totals: AtomicStreamTotals) -> String {
        "\(totals.settled) payment\(totals.settled == 1 ? "" : "s") of \(totals.income) USDC in all (simulated) for "
            + "\(totals.slices) slice\(totals.slices == 1 ? "" : "s"), \(totals.paidTwice) paid twice; "
            + "\(totals.refused) refused, \(totals.duplicates) sent again"
    }
}
