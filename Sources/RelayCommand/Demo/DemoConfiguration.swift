import FeedSimulation
import RelayModel

/// The configuration of a demonstration: both feeds, one destination, rules for each, and a wallet that holds nothing.
struct DemoConfiguration {
    /// The names of the two feeds.
    static let payments = "payments"
    static let solana = "solana"
    /// The account that the stream watches.
    static let account = SimulatedWallets.solana[0]

    /// The URLs of the two simulated feeds.
    let interface402: String
    let atomicStream: String
    let rpc: String
    /// Of a slice, in USDC.
    let price: TokenAmount
    let receiver: String
    let secret: Secret
    let wallet: Secret
    /// Of the dashboard, on loopback; nil for none.
    let adminPort: Int?

    /// A wallet of this process alone: 32 random bytes in hexadecimal digits.
    ///
    /// Nothing is on it, and nothing ever will be.
    static func throwAwayWallet() -> Secret {
        var random = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        return Secret(
            String(decoding: (0..<64).map { _ in digits[Int.random(in: 0..<16, using: &random)] }, as: UTF8.self))
    }

    /// As a file.
    var text: String {
        """
        {
          "feeds": {
            "\(Self.payments)": { "protocol": "interface402", "url": \(JSONEscapes.quoted(interface402)) },
            "\(Self.solana)": {
              "protocol": "atomicstream",
              "url": \(JSONEscapes.quoted(atomicStream)),
              "stream": "wallet-balance",
              "accounts": [\(JSONEscapes.quoted(Self.account))]
            }
          },
          "destinations": {
            "receiver": {
              "url": \(JSONEscapes.quoted(receiver)),
              "secrets": [\(JSONEscapes.quoted(secret.revealed))]
            }
          },
          "rules": {
            "payments-from-a-cent": {
              "feeds": ["\(Self.payments)"],
              "match": { "type": ["payment"], "amount": [{ "numeric": [">=", 0.01] }] },
              "deliverTo": ["receiver"]
            },
            "settlements": {
              "feeds": ["\(Self.payments)"],
              "match": { "type": ["settlement"], "status": ["settled"] },
              "deliverTo": ["receiver"]
            },
            "our-account": {
              "feeds": ["\(Self.solana)"],
              "match": { "type": ["transaction"], "wallet": [\(JSONEscapes.quoted(Self.account))] },
              "deliverTo": ["receiver"]
            },
            "usdc-to-us": {
              "feeds": ["\(Self.solana)"],
              "match": {
                "type": ["transaction"],
                "recipient": [\(JSONEscapes.quoted(Self.account))],
                "mint": ["EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"],
                "amount": [{ "numeric": [">", 0] }]
              },
              "deliverTo": ["receiver"]
            },
            "what-it-costs": {
              "match": { "type": [{ "prefix": "relay.payment." }] },
              "deliverTo": ["receiver"]
            }
          },
          "payments": {
            "wallet": \(JSONEscapes.quoted(wallet.revealed)),
            "rpcUrls": [\(JSONEscapes.quoted(rpc))],
            "limits": { "perPayment": "\(price)", "perDay": "\(price * 50_000)" }
          },
          "outbox": { "path": "outbox.sqlite" }\(adminPort.map { ",\n  \"admin\": { \"listen\": \"127.0.0.1:\($0)\" }" } ?? "")
        }

        """
    }
}
