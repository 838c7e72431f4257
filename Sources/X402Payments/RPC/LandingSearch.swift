import RelayModel

/// What one RPC was asked about a payment so far, and what is to be asked next; see `LandingInquiry`.
struct LandingSearch: Sendable {
    /// The most pages of the history that have a transaction in which the payment could be: 20,000 of one token account
    /// within some days are an attack, not a history.
    static let maxPages = 20
    /// The most pages at all: what is newer than the payment can be is read over, and a server whose history has no end must not
    /// be asked without end.
    static let maxPagesAtAll = 500
    /// How far the chain must be past the signature as a server sees it, where no last valid height is known: a server that lags
    /// behind knows neither the blockhash nor the payment, and would deny both.
    ///
    /// The blocks' times are estimates that are some seconds off.
    static let chainLead: Duration = .seconds(30)
    /// JSON-RPC's code for a transaction of a later version than 0, which no payment is.
    private static let unsupportedVersion = -32015

    private enum Stage: Sendable {
        case epoch
        case blockhash(minSlot: UInt64?)
        case time(slot: UInt64)
        case history(slot: UInt64, before: String?)
        case look(String, then: ArraySlice<String>)
    }

    private let server: RPCServer
    private let memo: String
    private let source: SolanaAddress
    private let blockhash: SolanaAddress
    private let clientSignature: [UInt8]
    private let signedAt: Timestamp
    private let lastValidHeight: UInt64?
    private var window: LandingWindow
    private var candidates = LandingCandidates()
    private var stage: Stage
    /// Why it cannot be said that the payment did not land, whatever the history has.
    private var doubt: String?
    private var pages = 0
    private var pagesAtAll = 0

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
        lastValidHeight = entry.lastValidBlockHeight
        window = LandingWindow(signedAt: entry.signedAt)
        stage = entry.lastValidBlockHeight == nil ? .blockhash(minSlot: nil) : .epoch
    }

    func request(id: Int) -> RPCRequest {
        switch stage {
        case .epoch: .epoch(id: id)
        case .blockhash(let slot): .isBlockhashValid(blockhash, minContextSlot: slot, id: id)
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
        case .epoch: try takeEpoch(server.result(of: answer, to: request))
        case .blockhash(let slot): try takeBlockhash(server.result(of: answer, to: request), from: slot)
        case .time(let slot): try takeTime(server.result(of: answer, to: request), slot: slot)
        case .history(let slot, _): return try takeHistory(server.result(of: answer, to: request), slot: slot)
        case .look(let signature, let rest): return try takeTransaction(answer, to: request, signature, rest)
        }
        return nil
    }

    /// Only for a payment of which the last valid height is known: past it no block can have it, whatever this machine's clock
    /// was at the signature.
    private mutating func takeEpoch(_ read: RPCResult) throws(StreamAccess.ChainFault) {
        guard let last = lastValidHeight, let slot = read.place(read.member(read.result, "absoluteSlot")),
            let height = read.place(read.member(read.result, "blockHeight"))
        else { throw read.fault("answered without a slot and a block height") }
        guard height <= slot else { throw read.fault("answered a block height above its slot") }
        window.narrow(slot: slot, height: height, last: last)
        if height > last {
            stage = .blockhash(minSlot: slot)
        } else {
            doubt = "it is at block height \(height), and the blockhash is valid up to \(last)"
            stage = .history(slot: slot, before: nil)
        }
    }

    private mutating func takeBlockhash(
        _ read: RPCResult, from first: UInt64?
    ) throws(StreamAccess.ChainFault) {
        guard let slot = read.count(read.member(read.member(read.result, "context"), "slot")),
            let value = read.member(read.result, "value")
        else { throw read.fault("answered without a slot and a value") }
        if let first, slot < first { throw read.fault("answered for a slot before \(first), which it was asked for") }
        switch read.document.kind(value) {
        case .true:
            doubt = "the blockhash is still valid"
            stage = .history(slot: slot, before: nil)
        case .false: stage = first == nil ? .time(slot: slot) : .history(slot: slot, before: nil)
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
        var oldest: String?
        var isPast = false
        var isPageOfPayment = false
        for element in read.document.elements(read.result) {
            guard let signature = read.string(read.member(element, "signature")),
                Base58.decode(signature)?.count == SolanaTransaction.signatureLength
            else { throw read.fault("answered an entry without a signature") }
            oldest = signature
            let slot = read.count(read.member(element, "slot"))
            let place = window.place(slot: slot, time: read.time(read.member(element, "blockTime")))
            isPast = place == .past
            if isPast { break }
            if place == .yetToCome { continue }
            if place == .inside { isPageOfPayment = true }
            // What failed moved nothing, whosever it was.
            guard read.isNull(read.member(element, "err")) else { continue }
            switch memo(read, read.member(element, "memo")) {
            case .another: continue
            case .same: candidates.add(signature, isMemoTold: true)
            case .untold: candidates.add(signature, isMemoTold: false)
            }
        }
        pagesAtAll += 1
        if isPageOfPayment { pages += 1 }
        // Only an empty page or an entry that is too old tells the end: a server may give fewer than were asked for.
        guard let oldest, !isPast else { return lookAtFirst() }
        guard pages < Self.maxPages, pagesAtAll < Self.maxPagesAtAll else {
            let count = pages < Self.maxPages ? Self.maxPagesAtAll : Self.maxPages
            doubt = "\(source) has more than \(count) pages of history since the payment was signed"
            return lookAtFirst()
        }
        stage = .history(slot: slot, before: oldest)
        return nil
    }

    private enum Memo {
        case same, another, untold
    }

    /// Whether an entry's memo, `[length] text` of each joined by `; `, has the payment's in it; `null` says that it has none.
    ///
    /// Compared byte for byte: as characters, a memo that begins with a combining one would melt into what is before it.
    private func memo(_ read: RPCResult, _ told: JSONNode?) -> Memo {
        guard let told else { return .untold }
        if read.isNull(told) { return .another }
        guard let text = read.string(told) else { return .untold }
        return Array(text.utf8).firstRange(of: Array(memo.utf8)) != nil ? .same : .another
    }

    /// To what was found, once the history is read.
    private mutating func lookAtFirst() -> LandingVerdict? {
        if candidates.areTooMany {
            doubt = "more than \(LandingCandidates.maxLooks) transactions of \(source) could be the payment"
        }
        return lookAt(candidates.inOrder()[...])
    }

    private mutating func takeTransaction(
        _ answer: StreamAccess.HTTPAnswer, to request: RPCRequest, _ signature: String, _ rest: ArraySlice<String>
    ) throws(StreamAccess.ChainFault) -> LandingVerdict? {
        let read: RPCResult
        do {
            read = try server.resultOrError(of: answer, to: request)
        } catch {
            guard error.code == Self.unsupportedVersion else { throw error.fault }
            return lookAt(rest)
        }
        guard
            let signatures = read.base64(read.member(read.result, "transaction")).flatMap(SolanaTransaction.signatures)
        else { throw read.fault("answered without the bytes of \(signature)") }
        guard signatures.first.map(Base58.encode) == signature else {
            throw read.fault("answered another transaction than \(signature)")
        }
        guard signatures.dropFirst().contains(clientSignature) else { return lookAt(rest) }
        guard let meta = read.member(read.result, "meta"), read.document.kind(meta) == .object,
            let error = read.member(meta, "err")
        else { throw read.fault("does not say whether \(signature) failed") }
        // It is on the chain, and failed: it moved nothing, and the same message is not taken a second time.
        guard read.isNull(error) else { return lookAt(rest) }
        return .landed(transaction: signature)
    }

    /// To the next transaction, or the end.
    private mutating func lookAt(_ rest: ArraySlice<String>) -> LandingVerdict? {
        guard let signature = rest.first else { return doubt.map(undecided) ?? .notLanded }
        stage = .look(signature, then: rest.dropFirst())
        return nil
    }

    private func undecided(_ reason: String) -> LandingVerdict { .undecided(reason: "\(server.name): \(reason)") }
}
