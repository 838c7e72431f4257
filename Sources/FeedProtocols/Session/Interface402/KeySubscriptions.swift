import RelayModel

/// How far the subscribing of one connection has come: what waits, what is in flight, what was confirmed or refused.
///
/// One message is in flight at a time, since the feed's error names no key: it can only be about that one. Keys that are no
/// longer wanted are given up when all wanted ones are answered, so that nothing falls between.
struct KeySubscriptions: Sendable {
    /// Keys in one message: a few KB, and few messages even for thousands of wallets.
    static let keysInMessage = 100

    enum Request: Hashable, Sendable {
        case subscribe([String])
        case unsubscribe([String])
    }

    /// What a refusal, or the lack of an answer, came to.
    enum Failure: Equatable {
        /// Nothing was in flight.
        case nothing
        /// The message held several keys, which now go one by one.
        case split
        /// It held this key alone.
        case key(String)
        /// The keys of the message are wanted no longer, whatever the feed thinks of them.
        case unwanted
    }

    /// The message that has no answer yet, by what is still missing of it.
    private(set) var inFlight: Request?
    private(set) var refused: [String] = []
    /// In the form in which keys compare, since the feed may answer with another spelling of an EVM address; with the
    /// spelling in which they were asked for.
    private var confirmed: [WalletAddress: String] = [:]
    private var wanted: Set<WalletAddress>
    /// Keys that go in messages of their own, so that they cost the others nothing.
    private var suspects: Set<String>
    /// The last goes next.
    private var waiting: [[String]] = []

    /// Keys in `suspects` go last and alone.
    init(keys: [String], suspects: Set<String>) {
        wanted = Set(keys.map(WalletAddress.init))
        self.suspects = suspects
        waiting = messages(keys)
    }

    /// Whether every wanted key is answered.
    var isComplete: Bool { !isSubscribing && waiting.isEmpty }
    /// Wanted keys that the feed brings.
    var confirmedCount: Int { confirmed.keys.count { wanted.contains($0) } }
    /// Whether the feed brings any key at all, be it one that is to be given up.
    var hasConfirmed: Bool { !confirmed.isEmpty }
    /// Whether all that is left to do is to give up keys.
    var isLeaving: Bool { waiting.isEmpty && inFlight == nil && confirmed.keys.contains { !wanted.contains($0) } }
    /// The keys that the message in flight asks for.
    var asked: [String] { if case .subscribe(let keys) = inFlight { keys } else { [] } }

    private var isSubscribing: Bool { if case .subscribe = inFlight { true } else { false } }

    /// Wants other keys from here on; false when they are the same.
    ///
    /// What is in flight stays so. Refused keys that are still wanted stay refused.
    mutating func change(to keys: [String]) -> Bool {
        let changed = Set(keys.map(WalletAddress.init))
        guard changed != wanted else { return false }
        wanted = changed
        refused.removeAll { !changed.contains(WalletAddress($0)) }
        let settled = Set((asked + refused).map(WalletAddress.init))
        waiting = messages(
            keys.filter { key in
                let address = WalletAddress(key)
                return confirmed[address] == nil && !settled.contains(address)
            })
        return true
    }

    private func messages(_ keys: [String]) -> [[String]] {
        let trusted = keys.filter { !suspects.contains($0) }
        return (Self.batches(trusted) + keys.filter(suspects.contains).map { [$0] }).reversed()
    }

    private static func batches(_ keys: [String]) -> [[String]] {
        stride(from: 0, to: keys.count, by: keysInMessage).map { start in
            Array(keys[start..<min(start + keysInMessage, keys.count)])
        }
    }

    /// Puts the next message in flight; nil when one is in flight or none is left.
    mutating func takeNext() -> Request? {
        guard inFlight == nil else { return nil }
        while let next = waiting.popLast() {
            // A late answer may have confirmed some of them by now.
            let keys = next.filter { confirmed[WalletAddress($0)] == nil }
            guard !keys.isEmpty else { continue }
            inFlight = .subscribe(keys)
            return inFlight
        }
        let leaving = confirmed.filter { !wanted.contains($0.key) }.values.sorted()
        guard let first = Self.batches(leaving).first else { return nil }
        // Should they be wanted again before the answer, they have to be asked for anew.
        for key in first { confirmed[WalletAddress(key)] = nil }
        inFlight = .unsubscribe(first)
        return inFlight
    }

    /// Takes a confirmation of the feed; returns how many of its keys nobody had asked for.
    ///
    /// `keys` nil stands for an answer that names none, which can only mean the message in flight. A key that was refused
    /// and is confirmed after all counts as confirmed.
    mutating func confirm(_ keys: [String]?) -> Int {
        let answered = Dictionary((keys ?? asked).map { (WalletAddress($0), $0) }) { first, _ in first }
        let asked = Dictionary(asked.map { (WalletAddress($0), $0) }) { first, _ in first }
        // One that was given up while it was in flight is to be given up again.
        let known = answered.filter { wanted.contains($0.key) || asked[$0.key] != nil }
        for (address, key) in known where confirmed[address] == nil { confirmed[address] = asked[address] ?? key }
        if isSubscribing {
            let missing = self.asked.filter { known[WalletAddress($0)] == nil }
            inFlight = missing.isEmpty ? nil : .subscribe(missing)
        }
        refused.removeAll { known[WalletAddress($0)] != nil }
        return answered.count - known.count
    }

    /// Takes the feed's word that it no longer brings `keys`, nil for all in flight; false when nobody had asked for that.
    mutating func confirmLeft(_ keys: [String]?) -> Bool {
        guard case .unsubscribe(let asked) = inFlight else { return false }
        let left = keys.map { Set($0.map(WalletAddress.init)) }
        let missing = asked.filter { left?.contains(WalletAddress($0)) == false }
        inFlight = missing.isEmpty ? nil : .unsubscribe(missing)
        return missing.count < asked.count
    }

    /// The message in flight was refused, or is not answered.
    mutating func fail() -> Failure {
        defer { inFlight = nil }
        switch inFlight {
        case nil: return .nothing
        case .unsubscribe: return .unwanted
        case .subscribe(let asked):
            let keys = asked.filter { wanted.contains(WalletAddress($0)) }
            guard let first = keys.first else { return .unwanted }
            if asked.count == 1 {
                refused.append(first)
                return .key(first)
            }
            suspects.formUnion(keys)
            waiting += keys.reversed().map { [$0] }
            return .split
        }
    }

    /// The message in flight is to be sent again, as far as it is still wanted.
    mutating func putBack() {
        defer { inFlight = nil }
        switch inFlight {
        case .subscribe(let asked):
            let keys = asked.filter { wanted.contains(WalletAddress($0)) }
            if !keys.isEmpty { waiting.append(keys) }
        case .unsubscribe(let keys):
            for key in keys { confirmed[WalletAddress(key)] = key }
        case nil: break
        }
    }
}
