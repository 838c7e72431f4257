/// What a client asked to watch.
struct WatchLists: Equatable, Sendable {
    /// The vendor's bound is not known; this one keeps what a client can make the simulator hold small.
    static let maxEntries = 10_000

    var accounts: Set<String> = []
    var programs: Set<String> = []
    var mints: Set<String> = []

    var isEmpty: Bool { accounts.isEmpty && programs.isEmpty && mints.isEmpty }

    /// Whether an event that touches these is of interest: whatever is not narrowed down is.
    func touch(_ touched: WatchLists) -> Bool {
        isEmpty || !accounts.isDisjoint(with: touched.accounts) || !programs.isDisjoint(with: touched.programs)
            || !mints.isDisjoint(with: touched.mints)
    }
}

/// What all clients of a stream watch together, in an order that does not depend on who came first.
struct WatchedTogether: Equatable, Sendable {
    let accounts: [String]
    let programs: [String]
    let mints: [String]

    init(_ lists: [WatchLists] = []) {
        accounts = lists.reduce(into: Set()) { $0.formUnion($1.accounts) }.sorted()
        programs = lists.reduce(into: Set()) { $0.formUnion($1.programs) }.sorted()
        mints = lists.reduce(into: Set()) { $0.formUnion($1.mints) }.sorted()
    }
}
