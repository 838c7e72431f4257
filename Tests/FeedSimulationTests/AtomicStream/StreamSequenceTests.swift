import RelayModel
import Testing
import X402Payments

@testable import FeedSimulation

@Suite struct StreamSequenceTests {
    private static let time = Timestamp(milliseconds: 1_697_234_567_890)
    private static let account = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"
    private static let lists = WatchLists(accounts: [account])

    private func events(_ stream: String, _ count: Int, seed: UInt64 = 3, lists: WatchLists = Self.lists)
        -> [StreamEvent]
    {
        var sequence = StreamSequence(seed: seed, stream: stream)
        let watched = WatchedTogether([lists])
        return (0..<count).map { index in
            sequence.next(
                at: Timestamp(milliseconds: Self.time.milliseconds + Int64(index)), slot: 1000 + UInt64(index),
                watched: watched)
        }
    }

    private func facts(_ event: StreamEvent, _ options: EventOptions = EventOptions()) throws -> JSONFacts {
        let bytes = try #require(event.bytes(options, Self.lists))
        let document = try JSONParser(limits: .message).parse(bytes)
        #expect(document.firstRepeatedKey(in: document.root) == nil)
        return JSONFacts(document)
    }

    private func transactions(_ count: Int) -> [SimulatedTransaction] {
        events("wallet-balance", count).compactMap {
            if case .transaction(let transaction, _) = $0.content { transaction } else { nil }
        }
    }

    @Test func `a seed gives the same events again, another seed and another stream others`() {
        let events = events("wallet-balance", 50)
        #expect(events == self.events("wallet-balance", 50))
        #expect(events != self.events("wallet-balance", 50, seed: 4))
        #expect(events.map(\.content) != self.events("whale-alert", 50).map(\.content))
    }

    @Test func `every transaction touches what is watched, and none comes twice but as processed and confirmed`() throws
    {
        var seen: [String: [String]] = [:]
        for event in events("wallet-balance", 500) {
            guard case .transaction(let transaction, let commitment) = event.content else { continue }
            #expect(transaction.accounts.contains(Self.account))
            seen[transaction.signature, default: []].append(commitment)
        }
        #expect(seen.values.allSatisfy { $0 == ["confirmed"] || $0 == ["processed", "confirmed"] })
        #expect(Set(seen.values) == [["confirmed"], ["processed", "confirmed"]])
    }

    @Test func `what moves in a transaction comes out of one account and into another, and the fee out of its payer`() {
        for transaction in transactions(500) {
            let native = transaction.accounts.reduce(Int64(0)) { $0 + transaction.nativeChange(of: $1) }
            #expect(native == -Int64(transaction.fee))
            let changes = transaction.balanceChanges
            #expect(Set(changes.map(\.account)).count == changes.count)
            for transfer in transaction.tokens {
                #expect(
                    changes.contains {
                        $0.account == transfer.toAccount && $0.owner == transfer.toUser
                            && $0.delta == "\(transfer.raw)"
                    })
                #expect(
                    changes.contains {
                        $0.account == transfer.fromAccount && $0.owner == transfer.fromUser
                            && $0.delta == "-\(transfer.raw)"
                    })
            }
            if transaction.error != nil { #expect(transaction.natives.isEmpty && transaction.tokens.isEmpty) }
        }
    }

    @Test func `there are transfers of every sort, among them one beyond Int64 and a worthless one beside a cent`() {
        let transactions = transactions(500)
        #expect(transactions.contains { $0.error != nil })
        #expect(transactions.contains { $0.timestamp == nil })
        #expect(transactions.contains { $0.natives.count == 1 && $0.tokens.isEmpty })
        #expect(transactions.contains { $0.natives.count == 1 && $0.tokens.count == 1 })
        #expect(transactions.contains { $0.tokens.contains { $0.raw > UInt64(Int64.max) } })
        #expect(
            transactions.contains {
                $0.tokens.count == 2 && $0.tokens[1].units == "0.01" && $0.tokens[0].toUser == Self.account
            })
    }

    @Test func `all addresses are addresses`() {
        for transaction in transactions(100) {
            #expect(transaction.accounts.allSatisfy { SolanaAddress($0) != nil }, "\(transaction.accounts)")
            #expect(Base58.decode(transaction.signature)?.count == 64)
        }
    }

    @Test func `an enhanced transaction's fields stand in the order of the vendor's pages`() throws {
        let transaction = try #require(transactions(500).first { $0.tokens.count == 1 && $0.natives.isEmpty })
        var options = EventOptions()
        options.includeLogs = true
        options.includeInstructions = true
        let text = String(decoding: transaction.bytes("confirmed", options, Self.lists), as: UTF8.self)
        let keys = [
            "type", "commitment", "slot", "signature", "timestamp", "isVote", "index", "err", "fee", "feePayer",
            "accounts",
            "nativeTransfers", "tokenTransfers", "accountData", "instructions", "logs", "computeUnitsConsumed",
        ]
        let document = try JSONParser(limits: .message).parse(Array(text.utf8))
        #expect(document.members(document.root).map { document.string($0.key) ?? "" } == keys)
        let facts = JSONFacts(document)
        let transfer = try #require(facts["tokenTransfers"]?.elements.first)
        #expect(transfer["tokenAmount"].map { String(decoding: $0.json, as: UTF8.self) } == transaction.tokens[0].units)
        #expect(facts["timestamp"]?.isString != true)
        let raw = try #require(facts["accountData"]).elements.flatMap { $0["tokenBalanceChanges"]?.elements ?? [] }
        #expect(raw.count == 2)
        #expect(raw.allSatisfy { $0["rawTokenAmount"]?["tokenAmount"]?.isString == true })
    }

    @Test func `a raw transaction has balance changes and no transfers`() throws {
        let transaction = try #require(transactions(500).first { $0.tokens.count == 1 })
        var options = EventOptions()
        options.format = .raw
        let facts = JSONFacts(
            try JSONParser(limits: .message).parse(transaction.bytes("confirmed", options, Self.lists)))
        #expect(facts["nativeTransfers"] == nil)
        #expect(facts["timestamp"] == nil)
        let changes = try #require(facts["tokenBalanceChanges"]?.elements)
        #expect(changes.count == 2)
        for change in changes {
            let pre = try #require(change.string("preAmount").flatMap { UInt64($0) })
            let post = try #require(change.string("postAmount").flatMap { UInt64($0) })
            #expect(change.string("delta") == (post >= pre ? "\(post - pre)" : "-\(pre - post)"))
        }
    }

    @Test func `options leave out what is not wanted, and balance changes of others when filtered`() throws {
        let transaction = try #require(transactions(500).first { $0.tokens.count == 1 && $0.natives.isEmpty })
        var options = EventOptions()
        options.format = .raw
        options.includeAccounts = false
        options.filterTokenBalances = true
        var facts = JSONFacts(
            try JSONParser(limits: .message).parse(transaction.bytes("confirmed", options, Self.lists)))
        #expect(facts["accounts"] == nil)
        #expect(facts["tokenBalanceChanges"]?.elements.map { $0.string("owner") } == [Self.account])
        options.includeTokenBalanceChanges = false
        facts = JSONFacts(
            try JSONParser(limits: .message).parse(transaction.bytes("confirmed", options, Self.lists)))
        #expect(facts["tokenBalanceChanges"] == nil)
    }

    @Test func `who does not watch what an event touches does not get it`() {
        let stranger = WatchLists(accounts: [SimulatedWallets.evm[0]])
        #expect(events("wallet-balance", 50).allSatisfy { $0.bytes(EventOptions(), stranger) == nil })
    }

    @Test(arguments: [
        ("wallet-balance", "transaction"), ("account-data", "account"), ("infrastructure-pulse", "slot"),
        ("token-ticker", "ticker"), ("trending-leaderboard", "leaderboard"), ("a-new-one", "transaction"),
    ])
    func `each stream brings its kind of event, every one another`(_ stream: String, _ type: String) throws {
        var seen: Set<[UInt8]> = []
        for event in events(stream, 100) {
            #expect(try facts(event).string("type") == type)
            #expect(seen.insert(try #require(event.bytes(EventOptions(), Self.lists))).inserted)
        }
    }

    @Test func `an account's numbers pass Int64, and its data is in the encoding that was asked for`() throws {
        let event = try #require(events("account-data", 1).first)
        var options = EventOptions()
        let base64 = try facts(event, options)
        options.encoding = .hex
        let hex = try facts(event, options)
        #expect(base64.string("rentEpoch") == "18446744073709551615")
        #expect(base64.string("writeVersion").flatMap { UInt64($0) } ?? 0 > UInt64(Int64.max))
        #expect(base64.string("dataEncoding") == "base64")
        #expect(hex.string("dataEncoding") == "hex")
        let data = try #require(base64.string("data").flatMap { Base64.decode($0.utf8, .canonical) })
        #expect(hex.string("data")?.utf8.count == 2 * data.count)
    }

    @Test func `slots follow each other`() throws {
        let slots = try events("infrastructure-pulse", 9).map { try facts($0) }
        #expect(slots.allSatisfy { $0.integer("slot") == $0.integer("parent").map { $0 + 1 } })
        #expect(
            slots.prefix(3).map { $0.string("status") } == ["SLOT_PROCESSED", "SLOT_CONFIRMED", "SLOT_FINALIZED"])
        #expect(slots[8].integer("slot") == slots[0].integer("slot").map { $0 + 2 })
    }

    @Test(arguments: [
        ("wallet-balance", WatchLists(), false), ("wallet-balance", WatchLists(accounts: ["a"]), true),
        ("wallet-balance", WatchLists(programs: ["a"]), false), ("mempool-sniff", WatchLists(programs: ["a"]), true),
        ("program-errors", WatchLists(accounts: ["a"]), false),
        ("liquidity-changes", WatchLists(accounts: ["a", "b"]), false),
        ("liquidity-changes", WatchLists(accounts: ["a"]), true), ("new-mints", WatchLists(), true),
        ("anything", WatchLists(), true),
    ])
    func `a stream is served to those with the watch-list that it needs`(
        _ stream: String, _ lists: WatchLists, _ isServed: Bool
    ) {
        #expect(StreamCatalog.isServed(stream, by: lists) == isServed)
    }
}
