import RelayModel

/// The keys of an AtomicStream feed alone.
struct AtomicStreamKeys: KeyGroup {
    let stream = Key(
        "stream",
        optional: .text(
            "a stream's id such as \"wallet-balance\"", pattern: Pattern.whole("[A-Za-z0-9][A-Za-z0-9_.-]*"),
            showsValue: false
        ) { AtomicStreamCatalog.isID($0) ? $0 : nil },
        otherwise: "required", "atomicstream: the stream's id.")
    let version = Key(
        "version", .choice([("v2", "v2"), ("v1", "v1")]), default: "v2", "atomicstream: the version of x402.")
    let options = Key("options", optional: .object(StreamOptionKeys()), "atomicstream: what events hold (setOptions).")
    let accounts = Key(
        "accounts", .list("Solana addresses", of: .solanaAddress), default: [], "atomicstream: accounts to watch.")
    let programs = Key(
        "programs", .list("Solana addresses", of: .solanaAddress), default: [], "atomicstream: programs to watch.")
    let mints = Key(
        "mints", .list("Solana addresses", of: .solanaAddress), default: [], "atomicstream: mints to watch.")
    let encoding = Key(
        "encoding", optional: .choice([("base64", "base64"), ("hex", "hex")]), otherwise: "the stream's",
        "atomicstream: how account-data writes an account's data.")
    let token = Key("token", optional: .secret, "atomicstream: a token already bought.")
    let renew = Key(
        "renew", .choice([("http", "http"), ("inband", "inband")]), default: "http",
        "atomicstream: how a slice is renewed; inband only with v2.")

    /// Faults of keys that an AtomicStream feed must have are reported only where it is one.
    func value(of object: ObjectReader, isRequired: Bool) -> FeedConfiguration.AtomicStream? {
        let name = object[stream]
        let result = FeedConfiguration.AtomicStream(
            stream: name ?? "", version: object[version], options: object[options] ?? nil, accounts: object[accounts],
            programs: object[programs], mints: object[mints], encoding: object[encoding],
            token: object[token]?.value.orUnread, renew: object[renew])
        guard isRequired else { return nil }
        if !object.has(stream) { object.missing(stream.name, "name the stream, such as \"wallet-balance\"") }
        if result.version == "v1", result.renew == "inband" {
            object.site(renew.name)?.fault("must be \"http\": in-band renewal needs version v2")
        }
        guard let name else { return nil }
        reportWatchLists(result, of: name, in: object)
        return result
    }

    private func reportWatchLists(
        _ feed: FeedConfiguration.AtomicStream, of name: String, in object: ObjectReader
    ) {
        guard let need = AtomicStreamCatalog.needs[name] else {
            if let near = Suggestion.nearest(to: name, among: AtomicStreamCatalog.streams) {
                object.site(stream.name)?.warn("no stream of that name is known, did you mean \"\(near)\"?")
            }
            return
        }
        let site: (String) -> Site = { object.site($0) ?? object.site }
        switch need {
        case .nothing: break
        case .accounts where feed.accounts.isEmpty && !isFaulty(accounts, in: object):
            lacks("accounts", of: object, "the stream \"\(name)\" needs the accounts to watch")
        case .programIDs where feed.accounts.isEmpty && !isFaulty(accounts, in: object):
            lacks(
                "accounts", of: object,
                "the stream \"\(name)\" needs the ids of the programs to watch, under \"accounts\"")
        case .programs where feed.programs.isEmpty && !isFaulty(programs, in: object):
            lacks("programs", of: object, "the stream \"\(name)\" needs the programs to watch")
        case .accountsOrPrograms
        where feed.accounts.isEmpty && feed.programs.isEmpty && !isFaulty(accounts, in: object)
            && !isFaulty(programs, in: object):
            lacks("accounts", of: object, "the stream \"\(name)\" needs accounts or programs to watch")
        case .onePool where feed.accounts.count != 1 && !isFaulty(accounts, in: object):
            site("accounts").reading.fault(
                at: site("accounts").offset, object.site.path(to: "accounts"),
                "the stream \"\(name)\" needs exactly one pool in \"accounts\", not \(feed.accounts.count)")
        default: break
        }
    }

    /// The list holds something, though nothing that could be read.
    private func isFaulty(_ key: Key<[String]>, in object: ObjectReader) -> Bool {
        guard let site = object.site(key.name) else { return false }
        return site.kind != .array || !site.elements.isEmpty && object[key].isEmpty
    }

    private func lacks(_ name: String, of object: ObjectReader, _ reason: String) {
        if let site = object.site(name) {
            site.fault("must not be empty: \(reason)")
        } else {
            object.missing(name, reason)
        }
    }
}

/// `feeds.*.options`: the members of setOptions.
struct StreamOptionKeys: ObjectKeys {
    let eventFormat = Key(
        "eventFormat", optional: .choice([("raw", "raw"), ("enhanced", "enhanced")]), otherwise: "the stream's",
        "How transactions are written.")
    let includeAccounts = Key(
        "includeAccounts", optional: .flag, otherwise: "the stream's", "Whether events list accounts.")
    let includeTokenBalanceChanges = Key(
        "includeTokenBalanceChanges", optional: .flag, otherwise: "the stream's",
        "Whether events list changes of token balances.")
    let includeLogs = Key(
        "includeLogs", optional: .flag, otherwise: "the stream's", "Whether events hold the programs' logs.")
    let includeInstructions = Key(
        "includeInstructions", optional: .flag, otherwise: "the stream's", "Whether events list instructions.")
    let filterTokenBalances = Key(
        "filterTokenBalances", optional: .flag, otherwise: "the stream's",
        "Whether token balances are those of watched accounts only.")

    /// The members as JSON text without braces, as they stand in the file; nil where there are none.
    func value(of object: ObjectReader) -> String?? {
        _ = object[eventFormat]
        for flag in [
            includeAccounts, includeTokenBalanceChanges, includeLogs, includeInstructions, filterTokenBalances,
        ] {
            _ = object[flag]
        }
        let document = object.site.document
        let members = document.members(object.site.node).filter { document.string($0.key) != "$comment" }.map {
            [document.slice($0.key), document.slice($0.value)].map { String(decoding: $0, as: UTF8.self) }
                .joined(separator: ":")
        }
        return .some(members.isEmpty ? nil : members.joined(separator: ","))
    }
}
