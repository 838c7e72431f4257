package import RelayModel

/// What happens between a simulated AtomicStream and its clients, events aside; connections are numbered from 1.
///
/// Tokens are named by their beginnings alone.
package enum AtomicStreamChange: Equatable, Sendable, CustomStringConvertible {
    case challenged(path: String, amount: TokenAmount, memo: String?)
    /// A payment came in; what came of it follows.
    case received(path: String, amount: TokenAmount, payer: String, memo: String)
    /// Where it did not even name what it pays.
    case unreadable(path: String, reason: String)
    case settled(amount: TokenAmount, payer: String, transaction: String)
    case refused(payer: String, reason: String, landed: Bool)
    case duplicate(payer: String, transaction: String)
    case answerLost(payer: String)
    case answeredAgain(payer: String)
    case sold(token: String, until: Timestamp)
    case renewed(token: String, inband: Bool, until: Timestamp)
    case turnedAway(token: String, status: Int)
    case connected(client: Int, stream: String, token: String)
    case watching(client: Int, accounts: Int, programs: Int, mints: Int)
    case complained(client: Int, about: String)
    case reminded(client: Int, milliseconds: Int64)
    case expired(client: Int)
    /// `sent` counts the events it got.
    case disconnected(client: Int, sent: Int)
    /// All of `AtomicStreamOptions.count` are sent.
    case finished(stream: String, sent: Int)

    package var description: String {
        switch self {
        case .challenged(let path, let amount, let memo):
            "402 for \(path): \(amount) USDC" + (memo.map { ", memo \($0)" } ?? "")
        case .received(let path, let amount, let payer, let memo):
            "payment of \(amount) USDC from \(payer), memo \(memo), for \(path)"
        case .unreadable(let path, let reason): "payment for \(path) not taken: \(reason)"
        case .settled(let amount, let payer, let transaction): "settled \(amount) USDC from \(payer): \(transaction)"
        case .refused(let payer, let reason, let landed):
            "payment from \(payer) refused: \(reason)" + (landed ? "; it landed all the same" : "")
        case .duplicate(let payer, let transaction): "payment from \(payer) had settled before: \(transaction)"
        case .answerLost(let payer): "the answer to the payment from \(payer) is lost"
        case .answeredAgain(let payer): "the payment from \(payer) is answered as the first time"
        case .sold(let token, let until): "token \(token) sold, good until \(until)"
        case .renewed(let token, let inband, let until):
            "token \(token) \(inband ? "extended in-band" : "sold as a renewal"), good until \(until)"
        case .turnedAway(let token, let status): "connection with token \(token) refused: \(status)"
        case .connected(let client, let stream, let token): "client \(client) connected to \(stream), token \(token)"
        case .watching(let client, let accounts, let programs, let mints):
            "client \(client) watches \(accounts) accounts, \(programs) programs, \(mints) mints"
        case .complained(let client, let about): "client \(client) was told: \(about)"
        case .reminded(let client, let milliseconds): "client \(client) reminded: \(milliseconds) ms are left"
        case .expired(let client): "client \(client) is not paid for any more"
        case .disconnected(let client, let sent): "client \(client) disconnected after \(sent) events"
        case .finished(let stream, let sent): "all \(sent) events of \(stream) sent, connections stay open"
        }
    }
}

/// A payment that settled on the simulated chain, and the slice that it gave.
package struct SimulatedSettlement: Equatable, Sendable {
    /// The id of the transaction.
    package let transaction: String
    package let payer: String
    package let stream: String
    package let amount: TokenAmount
    package let at: Timestamp
    /// The slice that was sold for it; nil where nothing was.
    package internal(set) var slice: Range<Timestamp>?
    /// Whether the answer left.
    package internal(set) var wasAnswered: Bool
}

/// What a simulated AtomicStream has counted since its start.
package struct AtomicStreamTotals: Equatable, Sendable {
    /// The latest settlements; older ones are in the counts alone.
    static let maxSettlements = 10_000

    package internal(set) var challenges = 0
    /// Requests with a payment, in-band ones and repeats included.
    package internal(set) var received = 0
    package internal(set) var settled = 0
    package internal(set) var refused = 0
    /// Payments that had settled before and came again.
    package internal(set) var duplicates = 0
    package internal(set) var answersLost = 0
    /// In USDC, of all that settled.
    package internal(set) var income = TokenAmount.zero
    /// Slices that were sold and whose answer left.
    package internal(set) var slices = 0
    /// Payments that settled for a slice that was paid for already, when the client could know.
    ///
    /// Clients are told apart by wallet and stream.
    package internal(set) var paidTwice = 0
    /// Payments that were signed while an earlier one, refused, could still land.
    package internal(set) var hasty = 0
    /// Tokens, dead ones included.
    package internal(set) var sold = 0
    package internal(set) var connections = 0
    package internal(set) var turnedAway = 0
    package internal(set) var events = 0
    /// Payments refused because that was asked for.
    var refusedAtWill = 0
    package internal(set) var settlements: [SimulatedSettlement] = []
}

/// Where a simulated AtomicStream tells what it does; both are called on its event loop and must not block.
package struct AtomicStreamObserver: Sendable {
    package var onChange: (@Sendable (AtomicStreamChange) -> Void)?
    /// For those who account for each event; costs a promise an event.
    package var onEvent: (@Sendable (SentEvent) -> Void)?

    package init(
        onChange: (@Sendable (AtomicStreamChange) -> Void)? = nil, onEvent: (@Sendable (SentEvent) -> Void)? = nil
    ) {
        self.onChange = onChange
        self.onEvent = onEvent
    }
}
