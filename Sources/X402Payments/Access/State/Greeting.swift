import RelayModel

/// How the connections with one token went since one was greeted last.
struct Greeting: Sendable {
    /// A connection was greeted, and none has failed since.
    private(set) var isLetIn = false
    /// Those in a row that ended before a greeting, and when the first of them did.
    private var failures = 0
    private var since: Timestamp?

    mutating func succeeded() {
        self = Greeting()
        isLetIn = true
    }

    mutating func failed(_ now: Timestamp) {
        isLetIn = false
        failures = min(failures + 1, StreamAccess.maxUngreeted)
        since = since ?? now
    }

    func isGivenUp(_ now: Timestamp) -> Bool {
        guard let since, failures >= StreamAccess.maxUngreeted else { return false }
        return now - since >= StreamAccess.ungreetedFor
    }
}
