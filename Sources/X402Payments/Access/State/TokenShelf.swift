import RelayModel

/// The tokens of a feed: the one in use, those to try after it, and those that the server refused.
struct TokenShelf: Sendable {
    struct InUse: Sendable {
        let token: Secret
        /// The payment that it came from, until a connection with it is greeted, and how many before that gave nothing.
        var bought: LedgerEntry?
        var unservedBefore = 0
    }

    struct Refused: Sendable {
        let token: Secret
        /// What was known of its slice.
        let slice: SliceTiming
        /// The payment that counts as unserved by this refusal, until the next one is signed.
        var unserved: LedgerEntry?
    }

    /// A configured token, the stored one and a few bought ones: what is older ran out long ago.
    private static let maxKept = 4

    private(set) var inUse: InUse?
    private var untried: [Secret]
    private var refused: [Refused] = []
    /// Those that a renewal took the place of; only so that they are not shown.
    private var former: [Secret] = []

    /// Candidates in the order in which they are tried.
    init(candidates: [Secret]) {
        untried = []
        for token in candidates where !untried.contains(token) { untried.append(token) }
    }

    /// All that must not be shown.
    var all: [Secret] { [inUse?.token].compactMap { $0 } + untried + refused.map(\.token) + former }

    func isRefused(_ token: Secret) -> Bool { refused.contains { $0.token == token } }

    /// Takes the next candidate into use, while none is.
    mutating func useNext() -> Secret? {
        guard inUse == nil, !untried.isEmpty else { return inUse?.token }
        let token = untried.removeFirst()
        inUse = InUse(token: token)
        return token
    }

    /// Takes a token into use; the one before it is tried again after it, unless it is `superseded`.
    mutating func use(_ token: Secret, bought: LedgerEntry?, unservedBefore: Int, superseding superseded: Secret?) {
        if let former = inUse?.token, former != superseded { untried.insert(former, at: 0) }
        untried.removeAll { $0 == token || $0 == superseded }
        if let superseded { former.append(superseded) }
        former.removeFirst(max(0, former.count - Self.maxKept))
        untried.removeLast(max(0, untried.count - Self.maxKept))
        refused.removeAll { $0.token == token }
        inUse = InUse(token: token, bought: bought, unservedBefore: unservedBefore)
    }

    /// Drops the token in use.
    mutating func refuse(slice: SliceTiming, unserved: LedgerEntry?) {
        guard let gone = inUse else { return }
        refused.append(Refused(token: gone.token, slice: slice, unserved: unserved))
        refused.removeFirst(max(0, refused.count - Self.maxKept))
        inUse = nil
    }

    /// A refused token was let in after all: in use again if none is, else the next one to be tried.
    mutating func takeBack(_ token: Secret) -> Refused? {
        guard let index = refused.firstIndex(where: { $0.token == token }) else { return nil }
        let refusal = refused.remove(at: index)
        untried.insert(token, at: 0)
        _ = useNext()
        return refusal
    }

    /// A payment is signed in the place of what was refused: those that count as unserved by then stay so.
    mutating func replace() {
        for index in refused.indices { refused[index].unserved = nil }
    }

    /// The token in use is worth its price.
    mutating func prove() {
        inUse?.bought = nil
    }

    /// Payments before it no longer count.
    mutating func forgive() {
        inUse?.unservedBefore = 0
    }

    /// Tries the refused ones once more.
    mutating func retry() {
        untried += refused.map(\.token)
        refused = []
    }

    /// One more candidate, before any is in use.
    mutating func add(_ token: Secret) {
        if !untried.contains(token) { untried.append(token) }
    }

    /// Forgets all, for another resource.
    mutating func replaceAll(with token: Secret?) {
        self = TokenShelf(candidates: [token].compactMap { $0 })
    }
}
