/// How much one walk may still look at.
///
/// What matches nothing among millions costs no more than that; the next walk goes on behind it.
struct WalkBudget {
    /// Rows, of an index or of deliveries.
    private(set) var rows: Int
    /// Bytes of events that are read whole, because their marks do not rule out what is searched for.
    private(set) var bytes: Int

    init(rows: Int, bytes: Int) {
        self.rows = rows
        self.bytes = bytes
    }

    /// For one page of a listing: a fifth to a third of a second of CPU.
    ///
    /// So a million deliveries of which none matches are one page, or two where their rows are looked up behind an index.
    static let page = WalkBudget(rows: 1_100_000, bytes: 32 << 20)
    /// For one step of a replay, which holds up the writer: some milliseconds of CPU.
    static let replay = WalkBudget(rows: 10_000, bytes: 1 << 20)

    var isSpent: Bool { rows <= 0 || bytes <= 0 }

    /// What is looked at for one row.
    enum Look: Int {
        /// The row itself, in its table or in an index that holds all that is asked for.
        case row = 1
        /// The row behind an entry of an index.
        case lookup = 2
        /// The row's event too.
        case event = 4
    }

    /// A query that looks at so many rows.
    mutating func query(rows count: Int, _ look: Look) {
        rows -= Self.queryCost + count * look.rawValue
    }

    /// An event was read whole.
    mutating func read(bytes count: Int) {
        bytes -= count + Self.bytesPerEvent
    }

    /// Rows that could be looked at while a query is begun.
    private static let queryCost = 16
    /// Bytes that could be read while a small event is found.
    private static let bytesPerEvent = 2048
}
