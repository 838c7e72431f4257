import RelayModel

/// Judges from the vendor's side whether a client pays for what it has paid for already.
///
/// It tells clients apart by their wallet and the stream: two feeds of one wallet for one stream look like one to it.
struct PaymentReferee: Sendable {
    /// Who pays for what.
    struct Account: Hashable, Sendable {
        var payer: String
        var stream: String
    }

    /// A payment that the client was not told the good end of.
    private struct Untold: Sendable {
        let signature: String
        let blockhash: String
        var hasSettled: Bool
        /// The client was told that it settled, and so need not wait to know.
        var isTold = false
    }

    /// How many payments settled for a slice that was paid for already.
    private(set) var paidTwice = 0
    /// How many payments were signed while an earlier one, refused or unanswered, could still land.
    private(set) var hasty = 0

    /// For each client the end of what it has paid for and can use.
    private var paidUntil: [Account: Timestamp] = [:]
    private var untold: [Account: [Untold]] = [:]

    /// Another payment came in, by its client's signature, for the first time.
    mutating func received(_ signature: String, of account: Account, hasExpired: (String) -> Bool) {
        let open = untold[account, default: []]
        if open.contains(where: { !$0.hasSettled && !hasExpired($0.blockhash) }) { hasty += 1 }
    }

    /// It was refused, or its answer was lost.
    mutating func left(
        _ signature: String, blockhash: String, hasSettled: Bool, of account: Account, at now: Timestamp,
        lead: Duration, hasExpired: (String) -> Bool
    ) {
        if hasSettled { judge(signature, of: account, at: now, lead: lead, hasExpired: hasExpired) }
        guard !untold[account, default: []].contains(where: { $0.signature == signature }) else {
            change(signature, of: account) { $0.hasSettled = $0.hasSettled || hasSettled }
            return
        }
        untold[account, default: []].append(
            Untold(signature: signature, blockhash: blockhash, hasSettled: hasSettled))
    }

    /// The client was told that the payment settled before, and gave nothing.
    mutating func told(_ signature: String, of account: Account) {
        change(signature, of: account) { $0.isTold = true }
    }

    /// It settled and gave what it was for, up to `until`; `wasLeft` for one that settled earlier and is answered
    /// only now.
    mutating func served(
        _ signature: String, of account: Account, until: Timestamp, at now: Timestamp, lead: Duration,
        wasLeft: Bool = false, hasExpired: (String) -> Bool
    ) {
        if !wasLeft { judge(signature, of: account, at: now, lead: lead, hasExpired: hasExpired) }
        untold[account]?.removeAll { $0.signature == signature }
        paidUntil[account] = max(paidUntil[account] ?? until, until)
    }

    /// What was paid for cannot be used any more, and that is the vendor's doing.
    mutating func voided(_ account: Account) {
        paidUntil[account] = nil
    }

    /// Judges a payment that settled: whether there was one for this slice already.
    private mutating func judge(
        _ signature: String, of account: Account, at now: Timestamp, lead: Duration, hasExpired: (String) -> Bool
    ) {
        let others = untold[account, default: []].filter { $0.signature != signature }
        let isSecond = others.contains { $0.hasSettled && !$0.isTold && !hasExpired($0.blockhash) }
        // A slice is renewed when it is about to end: what is paid sooner pays for one that is paid for.
        let isEarly = paidUntil[account].map { $0 - now > lead } ?? false
        if isSecond || isEarly { paidTwice += 1 }
        untold[account] = others.filter { !$0.hasSettled && !hasExpired($0.blockhash) }
    }

    private mutating func change(_ signature: String, of account: Account, _ body: (inout Untold) -> Void) {
        guard let place = untold[account]?.firstIndex(where: { $0.signature == signature }) else { return }
        body(&untold[account, default: []][place])
    }
}
