import RelayModel

/// What one RPC was asked about a payment so far, and what is to be asked next; see `LandingInquiry`.
struct LandingSearch: Sendable {
    /// The most pages of the history: 20,000 transactions of one token account within minutes are an attack, not a history.
    static let maxPages = 20
    /// The most transactions that are looked into, each by a request of its own: those with the payment's memo or without any.
    static let maxLooks = 256
    /// How far back from its signature the history is read.
    ///
    /// The blocks' times are the chain's, the signature's is this machine's,
    /// which may be ahead; a wallet that pays every minute has 1,440 entries in it.
    static let clockSlack: Duration = .seconds(86_400)
    /// How far the chain must be past the signature as a server sees it: a server that lags behind knows neither the blockhash
    /// nor the payment, and would deny both.
    ///
    /// The blocks' times are estimates that are some seconds off.
    static let chainLead: Duration = .seconds(30)
    /// JSON-RPC's code for a transaction of a later version than 0, which no payment is.
    private static let unsupportedVersion = -32015

    private enum Stage: Sendable {
        case blockhash
        case time(slot: UInt64)
        case history(slot: UInt64, before: String?)
        case look(String, then: Page)
    }

    /// What is left of a page of the history, and where the next one begins; nil after the last.
    private struct Page: Hashable, Sendable {
        var slot: UInt64
        var candidates: [String]
        var before: String?
        var isLast: Bool
    }

    /// What the payment is known by.
    private struct Subject: Sendable {
        let memo: String
        let source: SolanaAddress
        let blockhash: SolanaAddress
        let clientSignature: [UInt8]
        let signedAt: Timestamp
    }

    private let server: RPCServer
    private let memo: String
    private let source: SolanaAddress
    private let blockhash: SolanaAddress
    private let clientSignature: [UInt8]
    private let signedAt: Timestamp
    private var stage = Stage.blockhash
    /// Why it cannot be said that the payment did not land, whatever the history has.
    private var doubt: String?
    private var pages = 0
    private var looks = 0

    /// Nil for an entry whose addresses or signature cannot be read.
    init?(_ entry: LedgerEntry, server: RPCServer) {
        guard let source = SolanaAddress(entry.sourceAccount), let blockhash = SolanaAddress(entry.blockhash),
            let signature = Base58.decode(entry.clientSignature), signature.count == SolanaTransaction.signatureLength
        else { return nil }
        self.server = server
        memo = entry.memo
        self.source = source
        self.blockhash = blockhash
        clientSignature = signature
        signedAt = entry.signedAt
    }

    func request(id: Int) -> RPCRequest {
        switch stage {
        case .blockhash: .isBlockhashValid(blockhash, id: id)
        case .time(let slot): .blockTime(slot, id: id)
        case .history(let slot, let before): .history(of: source, before: before, minContextSlot: slot, id: id)
        case .look(let signature, _): .transaction(signature, id: id)
        }
    }

    /// Takes the answer to the last request; nil while there is more to ask.
    mutating func take(
        _ answer: StreamAccess.HTTPAnswer, to request: RPCRequest
    ) throws(StreamAccess.ChainFault) -> LandingVerdict? {
        switch stage {
        case .blockhash: try takeBlockhash(server.result(of: answer, to: request))
        case .time(let slot): try takeTime(server.result(of: answer, to: request), slot: slot)
        case .history(let slot, _): return try takeHistory(server.result(of: answer, to: request), slot: slot)
        case .look(let signature, let page): return try takeTransaction(answer, to: request, signature, page)
        }
        return nil
    }

    private mutating func takeBlockhash(_ read: RPCResult) throws(StreamAccess.ChainFault) {
        guard let slot = read.count(read.member(read.member(read.result, "context"), "slot")),
            let value = read.member(read.result, "value")
        else { throw read.fault("answered without a slot and a value") }
        switch read.document.kind(value) {
        case .true:
            doubt = "the blockhash is still valid"
            stage = .history(slot: slot, before: nil)
        case .false: stage = .time(slot: slot)
        default: throw read.fault("answered a value that is neither true nor false")
        }
    }

    private mutating func takeTime(_ read: RPCResult, slot: UInt64) throws(StreamAccess.ChainFault) {
        guard let reached = read.time(read.result) else { throw read.fault("answered without a time for slot \(slot)") }
        if reached < signedAt + Self.chainLead {
            doubt = "it is at a block of \(reached), which is not past the signature of \(signedAt)"
        }
        stage = .history(slot: slot, before: nil)
    }

    private mutating func takeHistory(_ read: RPCResult, slot: UInt64) throws(StreamAccess.ChainFault)
        -> LandingVerdict?
    {
        guard read.document.kind(read.result) == .array else { throw read.fault("answered no array") }
        pages += 1
        var page = Page(slot: slot, candidates: [], before: nil, isLast: true)
        for element in read.document.elements(read.result) {
            guard let signature = read.string(read.member(element, "signature")),
                Base58.decode(signature)?.count == SolanaTransaction.signatureLength
            else { throw read.fault("answered an entry without a signature") }
            page.before = signature
            // Only an empty page or an entry that is too old tells the end: a server may give fewer than were asked for.
            page.isLast = false
            if let time = read.time(read.member(element, "blockTime")), time < signedAt - Self.clockSlack {
                page.isLast = true
                break
            }
            // What failed moved nothing, whosever it was.
            guard read.isNull(read.member(element, "err")) else { continue }
            if mayHaveMemo(read, read.member(element, "memo")) { page.candidates.append(signature) }
        }
        return goOn(page)
    }

    /// Whether an entry's memo, `[length] text` of each joined by `; `, has the payment's in it; one that is not told may have.
    ///
    /// Compared byte for byte: as characters, a memo that begins with a combining one would melt into what is before it.
    private func mayHaveMemo(_ read: RPCResult, _ told: JSONNode?) -> Bool {
        guard let text = read.string(told) else { return true }
        return Array(text.utf8).firstRange(of: Array(memo.utf8)) != nil
    }

    private mutating func takeTransaction(
        _ answer: StreamAccess.HTTPAnswer, to request: RPCRequest, _ signature: String, _ page: Page
    ) throws(StreamAccess.ChainFault) -> LandingVerdict? {
        looks += 1
        let read: RPCResult
        do {
            read = try server.resultOrError(of: answer, to: request)
        } catch {
            guard error.code == Self.unsupportedVersion else { throw error.fault }
            return goOn(page)
        }
        guard
            let signatures = read.base64(read.member(read.result, "transaction")).flatMap(SolanaTransaction.signatures)
        else { throw read.fault("answered without the bytes of \(signature)") }
        guard signatures.first.map(Base58.encode) == signature else {
            throw read.fault("answered another transaction than \(signature)")
        }
        guard signatures.dropFirst().contains(clientSignature) else { return goOn(page) }
        guard let meta = read.member(read.result, "meta"), read.document.kind(meta) == .object,
            let error = read.member(meta, "err")
        else { throw read.fault("does not say whether \(signature) failed") }
        // It is on the chain, and failed: it moved nothing, and the same message is not taken a second time.
        guard read.isNull(error) else { return goOn(page) }
        return .landed(transaction: signature)
    }

    /// To the next transaction, the next page or the end.
    private mutating func goOn(_ page: Page) -> LandingVerdict? {
        var page = page
        if !page.candidates.isEmpty {
            guard looks < Self.maxLooks else {
                return undecided("more than \(Self.maxLooks) transactions of \(source) could be the payment")
            }
            let signature = page.candidates.removeFirst()
            stage = .look(signature, then: page)
        } else if page.isLast {
            return doubt.map(undecided) ?? .notLanded
        } else if pages == Self.maxPages {
            return undecided("\(source) has more than \(Self.maxPages) pages of history since the payment was signed")
        } else {
            stage = .history(slot: page.slot, before: page.before)
        }
        return nil
    }

    private func undecided(_ reason: String) -> LandingVerdict { .undecided(reason: "\(server.name): \(reason)") }
}
