import FeedProtocols
import RelayModel

/// Events as the feed's page shows them.
enum Samples {
    static let payer = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"
    static let payee = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"

    static let payment = """
        {"type":"payment","paymentId":"pay_1","signature":"sig_1","sender":"\(payer)","recipient":"\(payee)",\
        "amount":0.0010,"resource":"https://api.example.com/a","status":"confirmed","blockHeight":123456789,\
        "timestamp":1697234567890,"direction":"sent","metadata":{"description":"x"}}
        """
    static let verification = """
        {"type":"verification","paymentId":"pay_1","verified":true,"verifiedBy":"facilitator.x402.org",\
        "verificationTime":"45ms","timestamp":1697234567890,"recipient":"\(payee)","amount":0.002}
        """
    static let settlement = """
        {"type":"settlement","paymentId":"pay_1","signature":"sig_1","status":"settled","confirmations":32,\
        "blockHeight":123456789,"finalAmount":1e-3,"fees":0.00001,"timestamp":1697234567890}
        """

    static func document(_ text: String) throws -> JSONDocument {
        try JSONParser(limits: .message).parse(Array(text.utf8))
    }
}
