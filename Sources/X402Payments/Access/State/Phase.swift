import RelayModel

/// Where an access stands in coming to its next slice: in exactly one of these at any time.
enum Phase: Sendable {
    /// Nothing is being bought.
    case idle
    /// A slice is wanted, and nothing is signed. The only phase from which something is.
    case pricing(Pricing)
    /// Payments that were signed and are not final: one, or several that a fault left behind; never none. Nothing further is
    /// signed.
    case paying([OpenPayment])
    /// A token came without a payment being open; it is used once it is on disk.
    case accepting(Gift)
    /// Too many payments in a row gave nothing: nothing is bought before a reload.
    case stopped
}

/// A slice that is wanted, and how far the way to its price is.
struct Pricing: Sendable {
    enum Need: Hashable, Sendable {
        /// No token works.
        case purchase
        /// The slice of this token, which is in use, ends.
        case renewal(of: Secret)
    }

    enum Step: Sendable {
        case waiting(until: Timestamp)
        /// The unpaid request is out.
        case asking(StreamAccess.RequestID, until: Timestamp)
        case readingMint(StreamAccess.RequestID, of: SolanaAddress, Tender, until: Timestamp)
        case readingBlockhash(StreamAccess.RequestID, Bid, SolanaMint, Tender, until: Timestamp)
        /// All is known, and a write is in flight: signed as soon as the payment itself can be written, so that nothing signed is
        /// ever in memory alone for longer than its own write takes.
        case ready(Bid, SolanaMint, StreamAccess.Blockhash, Tender)
    }

    var need: Need
    var step: Step
    /// Why the last look led to nothing; nil before the first has ended.
    var trouble: String?
    /// When the connections were opened again to see whether the token is still let in: once, until a greeting long after that.
    var reconnectedAt: Timestamp?

    /// Nil while only a write is waited for.
    var deadline: Timestamp? {
        switch step {
        case .waiting(let until), .asking(_, let until): until
        case .readingMint(_, _, _, let until), .readingBlockhash(_, _, _, _, let until): until
        case .ready: nil
        }
    }
}

/// A challenge whose offers are judged one after the other.
struct Tender: Sendable {
    let challenge: PaymentChallenge
    /// Those not judged yet.
    var bids: [Bid]
    /// Why each other one may not be paid.
    var refusals: [String]
    /// The first limit that one of them would pass.
    var breach: LimitBreach?
}

/// A payment that is signed and not final.
struct OpenPayment: Sendable {
    /// What is to be written, and so what follows once it is on disk.
    enum Keep: Sendable {
        /// The payment itself: the next write says that it is sent.
        case signed
        /// That it is sent, once more perhaps: its bytes leave.
        case send
        /// Its end.
        case end(Ending)
    }

    enum Write: Hashable, Sendable {
        case due(Timestamp)
        case inFlight(StreamAccess.RequestID)
    }

    enum Step: Sendable {
        case keeping(Keep, Write)
        /// Until the next look: the same bytes once more, or a question to the chain.
        case waiting(until: Timestamp)
        /// The bytes are out by HTTP.
        case awaitingAnswer(StreamAccess.RequestID, until: Timestamp)
        /// The bytes are out over the WebSocket.
        case awaitingRenewed(until: Timestamp)
        case askingChain(StreamAccess.RequestID, until: Timestamp)
        /// In-band: it landed with this transaction, and whether it served is to be seen from whether its token is let in.
        case awaitingGreeting(landed: String, until: Timestamp)
    }

    /// How long a blockhash is good for at most; until then only the same bytes are sent again.
    static let blockhashLife: Duration = .seconds(120)
    /// How many sends may still be answered; older ones are forgotten.
    private static let maxQuestions = 8

    /// As it is on disk, or as the write in flight puts it there.
    var entry: LedgerEntry
    var step: Step
    /// From here on the chain is asked; nil until the start for what was found then.
    var chainFrom: Timestamp?
    var waits: Waits
    /// Why the chain's last word decided nothing.
    var doubt: String?
    /// Looks at the chain so far.
    var looks = 0
    /// The sends that may still be answered, the latest last.
    private(set) var questions: [StreamAccess.RequestID] = []
    /// An earlier process signed it, so it may have left long ago.
    let isFound: Bool
    /// In-band: no connection is open as far as is known, so the bytes wait for a `hello`.
    var needsGreeting: Bool
    /// What the stream called the ends of the slice that this payment follows; at most a reminder's and a greeting's.
    let paidFor: [String]
    /// What the stream called the end of the slice when it greeted last before the payment.
    let expiryBefore: String?
    var isRefusalTold: Bool

    /// A new one, to be written.
    init(signed entry: LedgerEntry, slice: SliceTiming, waits: Waits, now: Timestamp) {
        self.entry = entry
        step = .keeping(.signed, .due(now))
        chainFrom = entry.signedAt + Self.blockhashLife
        self.waits = waits
        isFound = false
        needsGreeting = false
        paidFor = slice.names
        expiryBefore = slice.expiry
        isRefusalTold = false
    }

    /// One that an earlier process left.
    init(found entry: LedgerEntry, waits: Waits) {
        self.entry = entry
        step = .waiting(until: entry.signedAt)
        self.waits = waits
        isFound = true
        needsGreeting = true
        paidFor = []
        expiryBefore = nil
        isRefusalTold = entry.state == .refused
    }

    /// Whether its bytes can be sent now.
    var canBeSent: Bool { !entry.payload.isEmpty && !(entry.purpose == .inband && needsGreeting) }

    /// Nil while a write is in flight.
    var deadline: Timestamp? {
        switch step {
        case .keeping(_, .due(let at)): at
        case .keeping(_, .inFlight): nil
        case .waiting(let until), .awaitingAnswer(_, let until), .awaitingRenewed(let until): until
        case .askingChain(_, let until), .awaitingGreeting(_, let until): until
        }
    }

    /// The transaction that landed, while a greeting can still tell that it served.
    var landedUnconfirmed: String? {
        switch step {
        case .awaitingGreeting(let transaction, _): transaction
        case .keeping(.end(let ending), _):
            if case .unserved = ending.effect { ending.entry.transaction } else { nil }
        default: nil
        }
    }

    /// Whether what it waits for is the outcome of this write.
    func isKeeping(_ id: StreamAccess.RequestID) -> Keep? {
        guard case .keeping(let keep, .inFlight(id)) = step else { return nil }
        return keep
    }

    mutating func asked(_ id: StreamAccess.RequestID) {
        questions.append(id)
        questions.removeFirst(max(0, questions.count - Self.maxQuestions))
    }
}

/// A token that came without a payment being open: given away, or the late answer to a payment that seemed to have given nothing.
struct Gift: Sendable {
    let token: Secret
    let grant: Grant
    let at: Timestamp
    /// The payment that it came from after all, and what is told of it.
    let bought: LedgerEntry?
    let own: OwnEvent?
    /// What the stream called the end of the slice before.
    let after: [String]
    /// The token that it renews.
    let superseded: Secret?
    var write: OpenPayment.Write
}

/// How a payment ended: what is written of it, and what follows once that is on disk.
struct Ending: Sendable {
    enum Effect: Sendable {
        /// It gave what was paid for; without a token the one in use goes on.
        case served(Grant, at: Timestamp)
        /// It landed, and gave nothing.
        case unserved
        /// It never landed and never will.
        case expired
    }

    /// Final, and without the payload.
    let entry: LedgerEntry
    let effect: Effect
    let own: OwnEvent?
}

/// A payment that is final, for answers that come late.
struct EndedPayment: Sendable {
    var entry: LedgerEntry
    let questions: [StreamAccess.RequestID]
}
