package import RelayModel

/// One paid feed's way to its slices: which token it uses, when it pays, and what came of each payment.
///
/// A value without a clock, I/O or randomness of its own: each call takes what happened, the time and randomness, and returns
/// what to do. Everything that moves money is decided here; this module's README tells the states and their rules.
///
/// Why nothing is paid twice: a payment is signed in one place only (`sign`), which only the phase `pricing` reaches; from there
/// on the phase is `paying`, and what leads out of it is the end of the payment, on disk (`conclude`). Bytes leave in one place
/// only (`handOver`), and they are those of the entry that is on disk.
package struct StreamAccess: Sendable {
    /// An answer that has not come after so long counts as lost; HTTP and RPC clients give up sooner by themselves.
    static let answerTimeout: Duration = .seconds(60)
    static let chainTimeout: Duration = .seconds(120)
    /// How long the stream may take to confirm a renewal.
    static let renewedTimeout: Duration = .seconds(10)
    /// How long a connection may take that is to show whether a token is let in, before it is opened once more.
    static let greetingTimeout: Duration = .seconds(120)
    /// How long after the end of its slice a token that the server does not greet counts as refused: clocks differ.
    static let overdueAfter: Duration = .seconds(5)
    /// The same for a token of which the end is not known for sure: after so many connections in a row without a greeting, over at
    /// least so long, so that several that a restart of the server ends at once are not enough.
    static let maxUngreeted = 3
    static let ungreetedFor: Duration = .seconds(10)
    /// How long after the end of its slice a token that no connection was greeted with is not shown as paid any more.
    static let shownPaidFor: Duration = .seconds(30)
    /// A token that was let in for this long was worth its price: waits between looks start over.
    static let provenAfter: Duration = .seconds(5)
    /// Payments in a row that gave nothing, after which an operator has to agree.
    static let maxUnserved = 2
    /// Mints that were asked for, and payments that ended, are remembered up to so many; an allow-list has a few, and answers
    /// that come late are minutes late.
    static let maxMints = 16
    static let maxEnded = 4

    package private(set) var standing: Standing

    var settings: Settings
    var isStarted = false
    var phase: Phase
    var tokens: TokenShelf
    var slice: SliceTiming
    var journal: Journal
    var announced = Announced()
    var mints: [SolanaAddress: SolanaMint] = [:]
    var ended: [EndedPayment] = []
    /// The last price that a challenge named.
    var price: TokenAmount?
    /// Between two looks at a price.
    var lookWaits: Waits
    /// Not before this moment is a price asked for again.
    var earliestLook: Timestamp
    /// When the token in use was let in first, or its renewal confirmed.
    var provenAt: Timestamp?
    /// How the connections with the token in use went since the last greeting.
    var greeting = Greeting()
    /// Its renewal was refused after its slice was over, so that connections may still be open with it: they change over to the
    /// next token that comes.
    var abandoned: Secret?
    /// While the open connections are to change over to the token in use: when that is given up.
    var switchUntil: Timestamp?
    var lastRequest: RequestID = 0
    var lastNote = ""

    /// `memory` is the ledger's, of all feeds; what is of this one is taken from it.
    package init(_ settings: Settings, memory: LedgerMemory, now: Timestamp) {
        self.settings = settings
        let stored = memory.standings.first { $0.feed == settings.feed }
        var standing = StreamStanding(feed: settings.feed, resource: settings.resource)
        if let stored, stored.resource == settings.resource { standing = stored }
        slice = SliceTiming(standing, now: now)
        standing.paidUntil = slice.paidUntil
        standing.sliceSeconds = slice.sliceSeconds
        tokens = TokenShelf(candidates: [standing.token, settings.token].compactMap { $0 })
        lookWaits = Waits(settings)
        journal = Journal(standing, onDisk: stored, waits: Waits(settings))
        earliestLook = now
        let open = memory.open.filter { $0.feed == settings.feed }
        phase = open.isEmpty ? .idle : .paying(open.map { OpenPayment(found: $0, waits: Waits(settings)) })
        self.standing = Standing(
            state: .unpaid, reason: "the feed has not started", since: now, paidUntil: standing.paidUntil,
            sliceSeconds: standing.sliceSeconds, price: nil)
    }

    /// When `tick` has something to do next; nil when it never has.
    package var nextDeadline: Timestamp? {
        guard isStarted else { return nil }
        var moments = [switchUntil].compactMap { $0 }
        if let work = journal.nextAttempt { moments.append(work) }
        switch phase {
        case .idle:
            if let due = slice.due, tokens.inUse != nil { moments.append(due) }
            if let doubted = paidInDoubtFrom, standing.state == .paid { moments.append(doubted) }
        case .pricing(let pricing): if let deadline = pricing.deadline { moments.append(deadline) }
        case .paying(let open):
            for payment in open {
                guard let deadline = payment.deadline else { continue }
                if case .keeping = payment.step, journal.isWriting { continue }
                moments.append(deadline)
            }
        case .accepting(let gift):
            if case .due(let at) = gift.write, !journal.isWriting { moments.append(at) }
        case .stopped: break
        }
        return moments.min()
    }

    /// Takes what happened; `purse` is nil where `payments` is not configured.
    ///
    /// Several accesses share one purse: calls come one at a time.
    package mutating func take(
        _ input: Input, now: Timestamp, purse: inout Purse?, using random: inout some RandomNumberGenerator
    ) -> [Action] {
        var turn = Turn(now: now, purse: purse.take(), random: random)
        switch input {
        case .start: start(&turn)
        case .stream(let news): if isStarted { hear(news, &turn) }
        case .answered(let id, let answer): answered(id, answer, &turn)
        case .mint(let id, let result): learned(id, mint: result, &turn)
        case .blockhash(let id, let result): learned(id, blockhash: result, &turn)
        case .landing(let id, let verdict): learned(id, landing: verdict, &turn)
        case .written(let id): written(id, &turn)
        case .notWritten(let id, let reason): notWritten(id, reason: reason, &turn)
        case .reloaded(let settings): reload(settings, &turn)
        case .tick: break
        }
        if isStarted { advance(&turn) }
        standing = currentStanding(now: now)
        purse = turn.purse
        random = turn.random
        return turn.actions
    }

    /// Does what is due.
    private mutating func advance(_ turn: inout Turn<some RandomNumberGenerator>) {
        if let until = switchUntil, until <= turn.now {
            switchUntil = nil
            reconnect("the stream did not confirm the renewal in time", &turn)
        }
        attendPayments(&turn)
        beginWhatIsDue(&turn)
        pursuePrice(&turn)
        keep(&turn)
    }

    mutating func nextRequest() -> RequestID {
        lastRequest += 1
        return lastRequest
    }
}

/// One call of `take`: what it was given, and what it decided so far.
struct Turn<Random: RandomNumberGenerator> {
    let now: Timestamp
    var purse: Purse?
    var random: Random
    var actions: [StreamAccess.Action] = []
}
