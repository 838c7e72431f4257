import RelayModel

/// The keys that a feed refuses at present, over all its connections.
struct RefusedKeys: Sendable {
    /// As they were asked for, by the form in which they compare.
    private var spellings: [WalletAddress: String] = [:]

    var keys: [String] { spellings.values.sorted() }

    /// True when it is new.
    mutating func add(_ key: String) -> Bool {
        spellings.updateValue(key, forKey: WalletAddress(key)) == nil
    }

    /// A connection was asked for every key, and only these were refused there.
    mutating func accepted(allBut refused: [String]) {
        guard !spellings.isEmpty else { return }
        keepOnly(refused)
    }

    /// Others are neither refused nor accepted any longer.
    mutating func keepOnly(_ keys: [String]) {
        let kept = Set(keys.map(WalletAddress.init))
        spellings = spellings.filter { kept.contains($0.key) }
    }
}
