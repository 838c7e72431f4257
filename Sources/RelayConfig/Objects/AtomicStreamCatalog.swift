import RelayModel

/// What is known of AtomicStream's streams.
enum AtomicStreamCatalog {
    /// What a stream must be told to watch.
    enum Need: Sendable {
        case nothing, accounts, programs, accountsOrPrograms
        /// Exactly one pool, in `accounts`.
        case onePool
        /// Ids of programs, in `accounts`.
        case programIDs
    }

    static let needs: [String: Need] = [
        "mempool-sniff": .accountsOrPrograms, "sniper-feed": .nothing, "rug-detection": .nothing,
        "new-mints": .nothing, "smart-money": .accounts, "whale-alert": .nothing, "liquidity-changes": .onePool,
        "market-depth": .accounts, "token2022-extensions": .nothing, "wallet-balance": .accounts,
        "token-ticker": .nothing, "trending-leaderboard": .nothing, "program-logs": .programIDs,
        "program-errors": .programs, "account-data": .accounts, "infrastructure-pulse": .nothing,
    ]

    /// How long a slice lasts, and so how many make up an hour and a day.
    static let sliceMinutes: UInt64 = 5
    static let slicesPerHour = 60 / sliceMinutes
    static let slicesPerDay = 24 * slicesPerHour

    /// What a slice costs, in USDC.
    ///
    /// As the vendor's stream catalogue had them when they were written down here, 2026-11-22. The price that is paid is that
    /// of the server's challenge; these are for a warning of limits that cannot last.
    static let slicePrices: [String: TokenAmount] = {
        let streams: [String: [String]] = [
            "3": ["mempool-sniff", "sniper-feed", "rug-detection"], "1.5": ["new-mints"],
            "0.6": ["smart-money", "whale-alert", "liquidity-changes", "market-depth", "token2022-extensions"],
            "0.15": [
                "wallet-balance", "token-ticker", "trending-leaderboard", "program-logs", "program-errors",
                "account-data",
            ],
            "0.03": ["infrastructure-pulse"],
        ]
        return streams.reduce(into: [:]) { prices, entry in
            for stream in entry.value { prices[stream] = TokenAmount(entry.key) }
        }
    }()

    /// In alphabetical order.
    static let streams = needs.keys.sorted()

    /// A segment of a URL's path that cannot climb out of it.
    static func isID(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") < 26
        }
        return text.utf8.first.map(isAlphanumeric) ?? false
            && text.utf8.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }
}
