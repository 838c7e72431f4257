import RelayModel

/// How far the subscribing of one connection has come: what waits, what is in flight, what was confirmed or refused.
///
/// One message is in flight at a time, since the feed's error names no key: it can only be about that one.
struct KeySubscriptions: Sendable {
    /// Keys in one message: a few KB, and few messages even for thousands of wallets.
    static let keysInMessage = 100

    /// What a refusal, or the lack of an answer, came to.
    enum Failure: Equatable {
        /// Nothing was in flight.
        case nothing
        /// The message held several keys, which now go one by one.
        case split
        /// It held this key alone.
        case key(String)
    }

    /// The message that has no answer yet, by what is still missing of it.
    private(set) var inFlight: [String] = []
    private(set) var refused: [String] = []
    /// In the form in which keys compare: the feed may answer with another spelling of an EVM address.
    private var confirmed: Set<WalletAddress> = []
    private let wanted: Set<WalletAddress>
    /// The last goes next.
    private var waiting: [[String]]

    /// Keys in `suspects` go last and alone, so that they cost the others nothing.
    init(keys: [String], suspects: Set<String>) {
        wanted = Set(keys.map(WalletAddress.init))
        let trusted = keys.filter { !suspects.contains($0) }
        let messages = stride(from: 0, to: trusted.count, by: Self.keysInMessage).map { start in
            Array(trusted[start..<min(start + Self.keysInMessage, trusted.count)])
        }
        waiting = (messages + keys.filter(suspects.contains).map { [$0] }).reversed()
    }

    var isComplete: Bool { inFlight.isEmpty && waiting.isEmpty }
    var confirmedCount: Int { confirmed.count }

    /// Puts the next message's keys in flight; empty when one is in flight or none is left.
    mutating func takeNext() -> [String] {
        while inFlight.isEmpty, let next = waiting.popLast() {
            // A late answer may have confirmed some of them by now.
            inFlight = next.filter { !confirmed.contains(WalletAddress($0)) }
            if !inFlight.isEmpty { return inFlight }
        }
        return []
    }

    /// Takes an answer of the feed; returns how many of its keys nobody had asked for.
    ///
    /// `keys` nil stands for an answer that names none, which can only mean the message in flight. A key that was refused
    /// and is confirmed after all counts as confirmed.
    mutating func confirm(_ keys: [String]?) -> Int {
        let answered = Set((keys ?? inFlight).map(WalletAddress.init))
        let known = answered.intersection(wanted)
        confirmed.formUnion(known)
        inFlight.removeAll { known.contains(WalletAddress($0)) }
        refused.removeAll { known.contains(WalletAddress($0)) }
        return answered.count - known.count
    }

    /// The message in flight was refused.
    mutating func fail() -> Failure {
        guard let first = inFlight.first else { return .nothing }
        defer { inFlight = [] }
        if inFlight.count == 1 {
            refused.append(first)
            return .key(first)
        }
        waiting += inFlight.reversed().map { [$0] }
        return .split
    }

    /// The message in flight is to be sent again as it is.
    mutating func putBack() {
        guard !inFlight.isEmpty else { return }
        waiting.append(inFlight)
        inFlight = []
    }
}
