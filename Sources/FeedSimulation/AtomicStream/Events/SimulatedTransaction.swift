import RelayModel

/// A transaction on the simulated chain as both formats tell it: what moved, and what that did to each balance.
struct SimulatedTransaction: Equatable, Sendable {
    struct NativeTransfer: Equatable, Sendable {
        var from: String
        var to: String
        var lamports: UInt64
    }

    struct Token: Equatable, Sendable {
        var mint: String
        var decimals: UInt8
    }

    struct TokenTransfer: Equatable, Sendable {
        var token: Token
        var fromUser: String
        var toUser: String
        var fromAccount: String
        var toAccount: String
        /// In the token's smallest units.
        var raw: UInt64
        /// What the two token accounts held before.
        var fromBefore: UInt64
        var toBefore: UInt64

        /// In the token's units, as a decimal text.
        var units: String { TokenAmount(atomic: raw, decimals: token.decimals)?.description ?? "0" }
    }

    /// How a token account's balance changed.
    struct BalanceChange: Equatable, Sendable {
        var token: Token
        var account: String
        var owner: String
        var before: UInt64
        var after: UInt64

        /// Signed, in the smallest units.
        var delta: String { after >= before ? "\(after - before)" : "-\(before - after)" }
        /// The same in the token's units.
        var deltaUnits: String {
            let size = after >= before ? after - before : before - after
            return (after >= before ? "" : "-") + Self.units(size, token)
        }

        static func units(_ raw: UInt64, _ token: Token) -> String {
            TokenAmount(atomic: raw, decimals: token.decimals)?.description ?? "0"
        }
    }

    var signature: String
    var slot: UInt64
    var index: Int
    /// Unix seconds; nil where the block has no time yet.
    var timestamp: Int64?
    var feePayer: String
    var fee: UInt64
    /// The error as JSON; nil where it succeeded.
    ///
    /// One that failed moved nothing but the fee.
    var error: String?
    var natives: [NativeTransfer] = []
    var tokens: [TokenTransfer] = []
    /// The two parties, who are named also where nothing moved.
    var parties: [String]
    var programs: [String]
    var computeUnits: Int

    /// Every account, the fee payer first and the programs last, each once.
    var accounts: [String] {
        var seen: Set<String> = []
        let all =
            [feePayer] + parties + natives.flatMap { [$0.from, $0.to] }
            + tokens.flatMap { [$0.fromUser, $0.toUser, $0.fromAccount, $0.toAccount, $0.token.mint] } + programs
        return all.filter { seen.insert($0).inserted }
    }

    /// Each token account's change; no account is in two transfers of one transaction.
    var balanceChanges: [BalanceChange] {
        tokens.flatMap { move in
            [
                BalanceChange(
                    token: move.token, account: move.fromAccount, owner: move.fromUser, before: move.fromBefore,
                    after: move.fromBefore - move.raw),
                BalanceChange(
                    token: move.token, account: move.toAccount, owner: move.toUser, before: move.toBefore,
                    after: move.toBefore + move.raw),
            ]
        }
    }

    /// What came to an account in lamports, or left it, the fee included.
    func nativeChange(of account: String) -> Int64 {
        var change: Int64 = account == feePayer ? -Int64(fee) : 0
        for transfer in natives {
            if transfer.from == account { change -= Int64(transfer.lamports) }
            if transfer.to == account { change += Int64(transfer.lamports) }
        }
        return change
    }

    var touched: WatchLists {
        WatchLists(accounts: Set(accounts), programs: Set(programs), mints: Set(tokens.map(\.token.mint)))
    }
}
