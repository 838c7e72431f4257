import RelayModel

/// Which connection may be opened with which token.
///
/// A token that no connection was greeted with yet is tried by one connection alone: several that are refused tell no more than
/// one, and a server that allows few connections must not make a good token look refused.
struct TokenUse: Sendable {
    /// A server's word about a slice that would be longer than this is not used.
    private static let longestSlice = Duration.seconds(86_400)

    /// The one in use; nil while there is none.
    private(set) var token: Secret?
    /// The one that a connection was greeted with last.
    private var proven: Secret?
    /// The connection that tries a token which is not proven.
    private var prober: Int?
    /// The token in use was refused, and nobody said since to use it.
    private(set) var isRefused = false
    /// When a token has surely run out: the latest that anything told of it allows.
    private var ends: (token: Secret, at: Timestamp)?
    private var slice: Duration?

    // MARK: Orders

    /// Another token, or the same again: false where it is one that was just refused, which is to wait before it is tried.
    mutating func use(_ token: Secret) -> Bool {
        let isAgain = isRefused && token == self.token
        self.token = token
        isRefused = false
        return !isAgain
    }

    mutating func hold() {
        token = nil
        isRefused = false
    }

    /// The token in use is tried anew, as if it had never been accepted or refused.
    mutating func restart() {
        proven = nil
        isRefused = false
    }

    // MARK: Connections

    /// The token to open connection `number` with; nil while it has to wait.
    mutating func open(_ number: Int) -> Secret? {
        guard let token, !isRefused else { return nil }
        guard proven != token else { return token }
        guard prober == nil || prober == number else { return nil }
        prober = number
        return token
    }

    /// Connection `number`, opened with `token`, was greeted.
    mutating func greeted(_ number: Int, with token: Secret, sliceSeconds: Int?, now: Timestamp) {
        proven = token
        if prober == number { prober = nil }
        slice = sliceSeconds.map { min(.seconds($0), Self.longestSlice) }
        if let ends, ends.token == token, ends.at > now { return }
        ends = slice.map { (token, now + $0) }
    }

    /// The slice of `token` ends in so many milliseconds, as the server says: never sooner than it said before.
    mutating func reminded(of token: Secret, msUntilExpiry: Int64?, now: Timestamp) {
        guard let left = msUntilExpiry, left >= 0, .milliseconds(left) <= Self.longestSlice else { return }
        let end = now + .milliseconds(left)
        if let ends, ends.token == token, ends.at >= end { return }
        ends = (token, end)
    }

    /// The slice goes on, from here on with `token`.
    mutating func renewed(with token: Secret, now: Timestamp) {
        let from = max(ends?.at ?? now, now)
        ends = slice.map { (token, from + $0) }
    }

    /// Whether the slice of `token` is surely over.
    func hasRunOut(_ token: Secret, now: Timestamp) -> Bool {
        ends.map { $0.token == token && $0.at <= now } ?? false
    }

    /// The token was refused; false where it is not the one in use any more.
    mutating func refused(_ token: Secret) -> Bool {
        if proven == token { proven = nil }
        guard token == self.token else { return false }
        isRefused = true
        return true
    }

    /// Connection `number` is gone.
    mutating func ended(_ number: Int) {
        if prober == number { prober = nil }
    }
}
