/// What the vendor's streams carry and which watch-list each needs; an id that is not among them carries transactions.
enum StreamCatalog {
    enum Kind: Equatable, Sendable {
        case transactions, accounts, slots, tickers, leaderboards
    }

    static func kind(of stream: String) -> Kind {
        switch stream {
        case "account-data": .accounts
        case "infrastructure-pulse": .slots
        case "token-ticker": .tickers
        case "trending-leaderboard": .leaderboards
        default: .transactions
        }
    }

    /// Whether the stream has anything to send to a client with these lists.
    static func isServed(_ stream: String, by lists: WatchLists) -> Bool {
        switch stream {
        case "smart-money", "wallet-balance", "market-depth", "account-data", "program-logs": !lists.accounts.isEmpty
        case "liquidity-changes": lists.accounts.count == 1
        case "program-errors": !lists.programs.isEmpty
        case "mempool-sniff": !lists.accounts.isEmpty || !lists.programs.isEmpty
        default: true
        }
    }

    /// Ids as the vendor's: letters, digits, hyphens, points and low lines, at most 64.
    static func isID(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
                    || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_")].contains(byte)
            }
    }
}
