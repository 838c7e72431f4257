import RelayModel
import X402Payments

/// The endless run of a stream's events.
///
/// The seed and what is watched fix everything but times and slots, which are the caller's. No two transactions share a
/// signature, though one can come as `processed` and once more as `confirmed`.
struct StreamSequence: Sendable {
    private let stream: String
    private let kind: StreamCatalog.Kind
    private let others: [String]
    private var random: SplitMix64
    private var drawn: UInt64 = 0
    /// A transaction that was told as processed and is confirmed next.
    private var unconfirmed: SimulatedTransaction?
    private var lastBoard = Timestamp(milliseconds: 0)

    init(seed: UInt64, stream: String) {
        self.stream = stream
        kind = StreamCatalog.kind(of: stream)
        // FNV-1a of the id, so that streams of one seed differ.
        let mixed = stream.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        random = SplitMix64(seed: mixed)
        others = SimulatedWallets.solana
    }

    mutating func next(at now: Timestamp, slot: UInt64, watched: WatchedTogether) -> StreamEvent {
        drawn += 1
        let content: StreamEvent.Content
        switch kind {
        case .transactions: content = transaction(at: now, slot, watched)
        case .accounts: content = .account(account(slot, watched))
        case .slots: content = .fixed(pulse(slot))
        case .tickers: content = .fixed(ticker(slot))
        case .leaderboards: content = .fixed(leaderboard(at: now))
        }
        return StreamEvent(stream: stream, content: content)
    }

    // MARK: Transactions

    private mutating func transaction(
        at now: Timestamp, _ slot: UInt64, _ watched: WatchedTogether
    ) -> StreamEvent.Content {
        if let processed = unconfirmed {
            unconfirmed = nil
            return .transaction(processed, commitment: "confirmed")
        }
        let made = makeTransaction(at: now, slot, watched)
        guard random.below(6) == 0 else { return .transaction(made, commitment: "confirmed") }
        unconfirmed = made
        return .transaction(made, commitment: "processed")
    }

    private mutating func makeTransaction(
        at now: Timestamp, _ slot: UInt64, _ watched: WatchedTogether
    ) -> SimulatedTransaction {
        let subject = watched.accounts.isEmpty ? random.pick(others) : random.pick(watched.accounts)
        let strangers = others.filter { $0 != subject }
        let stranger = random.pick(strangers)
        let isIncoming = random.below(3) > 0
        let (from, to) = isIncoming ? (stranger, subject) : (subject, stranger)
        var made = SimulatedTransaction(
            signature: Base58.encode(random.bytes(64)), slot: slot, index: random.below(1500),
            timestamp: random.below(20) == 0 ? nil : now.seconds, feePayer: from,
            fee: 5_000 + UInt64(random.below(3)) * 1_000, error: nil, parties: [from, to],
            programs: [Self.systemProgram],
            computeUnits: 300 + random.below(200_000))
        if !watched.programs.isEmpty { made.programs.append(random.pick(watched.programs)) }
        guard stream != "program-errors", random.below(16) > 0 else {
            made.error = #"{"InstructionError":[\#(random.below(4)),{"Custom":6001}]}"#
            return made
        }
        switch random.below(6) {
        case 0:
            made.natives = [transfer(from, to)]
        case 1, 2, 3:
            made.tokens = [transfer(wantedToken(watched), from, to)]
        case 4:
            // A worthless token beside a cent of USDC, as those send who hope that somebody looks at the amount alone.
            made.tokens = [
                transfer(Self.worthless, from, to),
                transfer(Self.usdc, from, random.pick(strangers.filter { $0 != from }), raw: 10_000),
            ]
        default:
            // A swap: one pays lamports, the other tokens.
            made.natives = [transfer(from, to)]
            made.tokens = [transfer(wantedToken(watched), to, from)]
        }
        if !made.tokens.isEmpty { made.programs.append(SolanaProgram.token.description) }
        return made
    }

    private mutating func wantedToken(_ watched: WatchedTogether) -> SimulatedTransaction.Token {
        guard watched.mints.isEmpty else { return .init(mint: random.pick(watched.mints), decimals: 6) }
        return random.pick([Self.usdc, Self.usdc, Self.usdc, Self.usdc, Self.bonk, Self.worthless])
    }

    private mutating func transfer(_ from: String, _ to: String) -> SimulatedTransaction.NativeTransfer {
        .init(
            from: from, to: to,
            lamports: 1 + UInt64(random.below(random.pick([10_000, 1_000_000_000, 50_000_000_000]))))
    }

    private mutating func transfer(
        _ token: SimulatedTransaction.Token, _ from: String, _ to: String, raw: UInt64? = nil
    ) -> SimulatedTransaction.TokenTransfer {
        // Of the worthless token more than Int64 holds: whoever reads it as one goes wrong here.
        let size = token == Self.worthless ? UInt64(Int64.max) + 1 : 0
        let raw = raw ?? size + 1 + UInt64(random.below(random.pick([1_000, 1_000_000, 250_000_000, 90_000_000_000])))
        return SimulatedTransaction.TokenTransfer(
            token: token, fromUser: from, toUser: to, fromAccount: tokenAccount(of: from, token),
            toAccount: tokenAccount(of: to, token), raw: raw,
            fromBefore: raw + UInt64(random.below(1_000_000_000)), toBefore: UInt64(random.below(1_000_000_000)))
    }

    /// One for each owner and token, always the same; not the one that Solana derives, which would cost more than the
    /// event.
    private func tokenAccount(of owner: String, _ token: SimulatedTransaction.Token) -> String {
        let mixed = (owner + token.mint).utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var random = SplitMix64(seed: mixed)
        return Base58.encode(random.bytes(32))
    }

    // MARK: Others

    private mutating func account(_ slot: UInt64, _ watched: WatchedTogether) -> StreamEvent.Account {
        // A stream of accounts is not served without a list.
        let address = watched.accounts.isEmpty ? random.pick(others) : random.pick(watched.accounts)
        return StreamEvent.Account(
            address: address, owner: SolanaProgram.token.description, lamports: 2_039_280, data: random.bytes(165),
            slot: slot, writeVersion: UInt64(Int64.max) + drawn, signature: Base58.encode(random.bytes(64)))
    }

    private mutating func pulse(_ slot: UInt64) -> [UInt8] {
        // Three events for each slot, in slots of their own: a clock's would repeat at a high rate and skip at a low
        // one.
        let number = 380_000_000 + (drawn - 1) / 3
        let status = ["SLOT_PROCESSED", "SLOT_CONFIRMED", "SLOT_FINALIZED"][Int((drawn - 1) % 3)]
        var object = JSONObjectWriter()
        object.string("type", "slot")
        object.string("stream", stream)
        object.value("slot", number)
        object.value("parent", number - 1)
        object.string("status", status)
        object.value("tps", 2_500 + random.below(2_000))
        object.value("samplePeriodSeconds", 60)
        object.value("sampleTransactions", 150_000 + random.below(120_000))
        object.value("sampleSlots", 140 + random.below(15))
        return object.bytes
    }

    private mutating func ticker(_ slot: UInt64) -> [UInt8] {
        var object = JSONObjectWriter()
        object.string("type", "ticker")
        object.string("baseMint", Self.wrappedSOL)
        object.string("quoteMint", Self.usdc.mint)
        object.value("price", "\(140 + random.below(20)).\(1_000_001 + random.below(8_999_999))")
        object.string("dex", random.pick(["raydium", "orca", "meteora"]))
        object.value("slot", slot)
        object.string("signature", Base58.encode(random.bytes(64)))
        return object.bytes
    }

    private mutating func leaderboard(at now: Timestamp) -> [UInt8] {
        // No two have one time: it is what tells them apart.
        lastBoard = max(now, Timestamp(milliseconds: lastBoard.milliseconds + 1))
        var items = [Self.usdc.mint, Self.bonk.mint, Self.wrappedSOL].map { ($0, random.below(50_000_000)) }
        items.sort { $0.1 > $1.1 }
        var object = JSONObjectWriter()
        object.string("type", "leaderboard")
        object.string("stream", stream)
        object.value("windowSeconds", 60)
        object.value("intervalSeconds", 5)
        object.string("asOf", lastBoard.description)
        object.objects("items", items) { item, entry in
            entry.string("mint", item.0)
            entry.value("volumeUsd", "\(item.1).5")
        }
        return object.bytes
    }

    private static let systemProgram = "11111111111111111111111111111111"
    private static let wrappedSOL = "So11111111111111111111111111111111111111112"
    private static let usdc = SimulatedTransaction.Token(mint: SolanaMint.usdc.address.description, decimals: 6)
    private static let bonk = SimulatedTransaction.Token(
        mint: "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263", decimals: 5)
    /// Nobody's: anyone can mint any number of such.
    private static let worthless = SimulatedTransaction.Token(
        mint: "FREEairdrop11111111111111111111111111111111", decimals: 0)
}
