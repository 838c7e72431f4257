/// What a stream is asked for: the configured options and watch-lists.
package struct StreamWatch: Hashable, Sendable {
    /// The members of setOptions as JSON text without braces; nil for none.
    package let options: String?
    /// Without repeats, in the order of the configuration.
    package let accounts: [String]
    package let programs: [String]
    package let mints: [String]

    package init(options: String?, accounts: [String], programs: [String], mints: [String]) {
        self.options = options
        self.accounts = Self.distinct(accounts)
        self.programs = Self.distinct(programs)
        self.mints = Self.distinct(mints)
    }

    private static func distinct(_ addresses: [String]) -> [String] {
        var seen: Set<String> = []
        return addresses.filter { seen.insert($0).inserted }
    }

    /// How many addresses are watched in all.
    package var count: Int { accounts.count + programs.count + mints.count }

    /// Asks for nothing: what a new connection was asked for before its first message.
    static let nothing = StreamWatch(options: nil, accounts: [], programs: [], mints: [])

    /// What a connection that was asked for `old` sends, in the order that the protocol asks for.
    ///
    /// Only what changed; an emptied list goes as an empty one.
    func messages(after old: StreamWatch) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        if let options, options != old.options { messages.append(AtomicStreamMessage.setOptions(options)) }
        if accounts != old.accounts { messages.append(AtomicStreamMessage.setAccounts(accounts)) }
        if programs != old.programs { messages.append(AtomicStreamMessage.setPrograms(programs)) }
        if mints != old.mints { messages.append(AtomicStreamMessage.setMints(mints)) }
        return messages
    }
}
