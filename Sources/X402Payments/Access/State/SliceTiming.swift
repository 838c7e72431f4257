import RelayModel

/// What is known of the running slice, and when it has to be renewed; messages that come late or twice renew nothing.
struct SliceTiming: Sendable {
    /// What a message means for the renewal.
    enum Verdict: Hashable, Sendable {
        /// Believed; `due` says when.
        case believed
        /// Not believed, and worth opening the connections again to see whether the token is still let in.
        case doubtful
        /// Ignored, because of this.
        case ignored(String)
    }

    /// How long before the end a renewal begins.
    static let lead: Duration = .seconds(30)
    /// A slice whose length nobody told: shorter than any on sale, so that a renewal is believed rather early than late.
    static let assumedSeconds = 60
    /// Slices and reminders beyond a day are nonsense; those on sale last five minutes.
    static let longestSeconds = 86_400
    /// How many ends that were renewed for are remembered: a late reminder is at most a few slices late.
    private static let maxRenewedFor = 8
    /// A longer text is no moment in time.
    private static let maxText = 128

    /// Nil where it is not known.
    private(set) var sliceSeconds: Int?
    /// When the running slice was paid for; nil where that is not known.
    private var servedAt: Timestamp?
    /// The end that a believed reminder claims.
    private var claimedEnd: Timestamp?
    /// When the renewal begins; nil where nothing says so yet.
    private(set) var due: Timestamp?
    /// The end in the words of the last reminder that was believed.
    private var reminded: String?
    /// The end in the words of the last greeting or renewal.
    private(set) var expiry: String?
    /// The end in the words of the last `renewed`.
    private var confirmedEnd: String?
    private var renewedFor: [String] = []
    /// Whether the end is known from what was seen since the start, and not from the disk alone.
    private var isWitnessed = false
    /// Whether the stream said that it is to be paid, and was believed.
    private var isOwed = false
    private var didReconnect = false
    /// Whether a connection was greeted after that.
    private var isGreetedAgain = false

    /// As it was kept; a moment further ahead than a slice comes from a clock that was set back since.
    init(_ standing: StreamStanding, now: Timestamp) {
        sliceSeconds = Self.plausible(standing.sliceSeconds)
        guard let paidUntil = standing.paidUntil else { return }
        let end = min(paidUntil, now + length)
        claimedEnd = end
        servedAt = end - length
    }

    private var length: Duration { .seconds(sliceSeconds ?? Self.assumedSeconds) }

    /// The earliest end that is known; nil where nothing is.
    var paidUntil: Timestamp? { claimedEnd ?? servedAt.map { $0 + length } }

    /// What the stream calls the end of the running slice.
    var names: [String] { [reminded, expiry].compactMap { $0 } }

    static func plausible(_ seconds: Int?) -> Int? {
        guard let seconds, (1...longestSeconds).contains(seconds) else { return nil }
        return seconds
    }

    private static func bounded(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= maxText else { return nil }
        return text
    }

    mutating func reminder(expiresAt: String?, milliseconds: Int64?, now: Timestamp) -> Verdict {
        let text = Self.bounded(expiresAt)
        if let text, renewedFor.contains(text) { return .ignored("that slice is renewed already") }
        var end: Timestamp
        if let milliseconds, (0...Int64(Self.longestSeconds) * 1000).contains(milliseconds) {
            end = now + .milliseconds(milliseconds)
        } else if let known = paidUntil {
            end = known
        } else {
            return .ignored("it does not say when")
        }
        if let servedAt, end < servedAt + length / 2 { return .ignored("it is about a slice that is over") }
        // The second of two about one slice was delayed: the first is nearer to the truth.
        if let text, text == reminded, let claimedEnd { end = min(end, claimedEnd) }
        claimedEnd = end
        reminded = text
        due = max(end - Self.lead, now)
        isWitnessed = true
        return .believed
    }

    /// Where nothing was seen of the slice since the start, it is believed once a new connection was greeted and told so again.
    mutating func paymentRequired(now: Timestamp) -> Verdict {
        let isOver = paidUntil.map { $0 <= now + length / 4 } ?? true
        if isOver, isWitnessed || isGreetedAgain {
            due = now
            isOwed = true
            return .believed
        }
        guard didReconnect else { return .doubtful }
        return .ignored(
            isOver
                ? "the connections are being opened again"
                : "the slice is paid until \(paidUntil?.description ?? "later")")
    }

    /// Whether the slice has ended for all that was seen of it since the start; the disk alone does not tell, since the clock may
    /// have been set meanwhile.
    func isOver(now: Timestamp) -> Bool {
        isOwed || isWitnessed && paidUntil.map { $0 <= now } ?? false
    }

    /// The connections are opened again over a doubtful message: once in a slice.
    mutating func reconnected() { didReconnect = true }

    /// A payment that did not serve leaves the slice to be renewed.
    mutating func stillDue(now: Timestamp) { due = now }

    /// A payment served: a slice begins.
    ///
    /// `names` are those of the slice before it.
    mutating func served(at moment: Timestamp, _ grant: Grant, after names: [String]) {
        let end = Self.bounded(grant.expiresAt)
        sliceSeconds = Self.plausible(grant.sliceSeconds) ?? sliceSeconds
        for name in names where name != end && !renewedFor.contains(name) { renewedFor.append(name) }
        renewedFor.removeFirst(max(0, renewedFor.count - Self.maxRenewedFor))
        forgetSlice()
        servedAt = moment
        isWitnessed = true
        expiry = end ?? expiry
    }

    /// Another token, whose slice nothing is known of.
    mutating func forgetSlice() {
        (servedAt, claimedEnd, due, reminded) = (nil, nil, nil, nil)
        (isWitnessed, isOwed, didReconnect, isGreetedAgain) = (false, false, false, false)
    }

    /// The slice of a token that is in use again, as it was known before its refusal.
    mutating func resume(_ before: SliceTiming) {
        (servedAt, claimedEnd, due, reminded) = (before.servedAt, before.claimedEnd, before.due, before.reminded)
        (isWitnessed, isOwed, didReconnect) = (before.isWitnessed, before.isOwed, before.didReconnect)
        isGreetedAgain = false
    }

    mutating func greeted(sliceSeconds: Int?, expiresAt: String?) {
        self.sliceSeconds = Self.plausible(sliceSeconds) ?? self.sliceSeconds
        expiry = Self.bounded(expiresAt) ?? expiry
        isGreetedAgain = didReconnect
    }

    /// Whether a `renewed` is the one before it once more, as each connection gets it.
    func isRepeated(_ expiresAt: String?) -> Bool {
        Self.bounded(expiresAt).map { $0 == confirmedEnd } ?? false
    }

    /// What a `renewed` calls the end, for the next one to be told from it.
    mutating func confirmed(_ expiresAt: String?) {
        confirmedEnd = Self.bounded(expiresAt)
    }

    /// The slice of a token that is paid already was confirmed.
    mutating func renewed(expiresAt: String?) {
        confirmed(expiresAt)
        expiry = confirmedEnd ?? expiry
    }

    /// Whether a greeting names another slice than `before` did: a later end by half a slice or more, where both are moments.
    func isLater(_ expiresAt: String?, than before: String?) -> Bool {
        guard let text = Self.bounded(expiresAt), let before, text != before else { return false }
        guard let end = Timestamp(iso: text), let endBefore = Timestamp(iso: before) else { return true }
        return end >= endBefore + length / 2
    }
}
