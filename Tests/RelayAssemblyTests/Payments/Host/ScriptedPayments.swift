import EventRules
import Logging
import OutboxStorage
import RelayConfig
import RelayModel
import Synchronization
import WebhookDelivery
import X402Payments

@testable import RelayAssembly

/// A world around `StreamPayments` that a test scripts and looks at: everything happens at once, nothing leaves the process.
final class ScriptedWorld: Sendable {
    struct State {
        var questions: [HTTPClient.Question] = []
        var changes: [LedgerChange] = []
        var raised: [OwnEvent] = []
        var orders: [StreamOrder] = []
        /// Questions and changes in the order in which they came.
        var sequence: [String] = []
        var isDiskFull = false
    }

    let state = Mutex(State())
    private let answers: @Sendable (HTTPClient.Question) -> Result<HTTPClient.Answer, HTTPClient.Failure>
    private let (changed, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(_ answers: @escaping @Sendable (HTTPClient.Question) -> Result<HTTPClient.Answer, HTTPClient.Failure>) {
        self.answers = answers
    }

    var world: PaymentWorld {
        PaymentWorld(
            ask: { [self] question throws(HTTPClient.Failure) in
                state.withLock { state in
                    state.questions.append(question)
                    state.sequence.append(question.isPaid ? "paid" : "unpaid")
                }
                change.yield()
                return try answers(question).get()
            },
            chain: { _ in NoChain() },
            keep: { [self] change throws(OutboxError) in
                let isFull = state.withLock { state in
                    guard !state.isDiskFull else { return true }
                    state.changes.append(change)
                    state.sequence += change.entries.map(\.state.rawValue)
                    return false
                }
                self.change.yield()
                if isFull { throw OutboxError(kind: .full, reason: "the disk is full") }
            },
            raise: { [self] event in
                state.withLock { $0.raised.append(event) }
                change.yield()
            })
    }

    func take(_ order: StreamOrder) {
        state.withLock { $0.orders.append(order) }
        change.yield()
    }

    /// Waits until the fact is one; the test's time limit ends it otherwise.
    func wait(until fact: @Sendable (State) -> Bool) async {
        if state.withLock({ fact($0) }) { return }
        for await _ in changed where state.withLock({ fact($0) }) { return }
    }
}

extension HTTPClient.Question {
    var isPaid: Bool { headers.contains { $0.name.lowercased() == "payment-signature" } }
}

/// Knows nothing of any payment.
private struct NoChain: PaymentChain {
    func latestBlockhash() async -> Result<StreamAccess.Blockhash, StreamAccess.ChainFault> {
        .failure(StreamAccess.ChainFault("there is no chain here"))
    }

    func mint(_ address: SolanaAddress) async -> Result<SolanaMint, StreamAccess.ChainFault> {
        .failure(StreamAccess.ChainFault("there is no chain here"))
    }

    func landing(_ entry: LedgerEntry) async -> LandingVerdict { .undecided(reason: "there is no chain here") }
}

/// A vendor of one stream for 0.03 USDC, whose tokens are numbered.
enum ScriptedVendor {
    static let recipient = "GyGKxMyg1p9SsHfm15MkNUu1u9TN2JtTspcdmrtGUdse"
    private static let feePayer = "GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB"
    private static let blockhash = "EZ3rST5dvHmbanh75jc4PuLfV96vp9fEYBVeNk4FfM1k"

    static func answer(_ question: HTTPClient.Question) -> Result<HTTPClient.Answer, HTTPClient.Failure> {
        guard question.isPaid else { return .success(challenge(question)) }
        return .success(
            HTTPClient.Answer(
                status: 200, headers: [],
                body: Array(#"{"websocketEndpoint":"wss://elsewhere.example/v2/stream/slots?t=token-1"}"#.utf8)))
    }

    private static func challenge(_ question: HTTPClient.Question) -> HTTPClient.Answer {
        let json = """
            {"x402Version":2,"error":"","resource":{"url":"\(question.url.revealed)"},"accepts":[{"scheme":"exact",\
            "network":"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp","asset":"EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",\
            "amount":"30000","payTo":"\(recipient)","maxTimeoutSeconds":60,"extra":{"feePayer":"\(feePayer)",\
            "memo":"slice","recentBlockhash":"\(blockhash)"}}]}
            """
        return HTTPClient.Answer(
            status: 402, headers: [("payment-required", Base64.encode(Array(json.utf8)))], body: Array("{}".utf8))
    }
}
