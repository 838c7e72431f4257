import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    private static let day: Int64 = 86_400_000

    static let ledger = [
        OutboxConformance("a ledger that holds nothing remembers nothing") { test throws in
            #expect(try test.ledger() == LedgerMemory())
            #expect(try test.reader.payment(PaymentID(1)) == nil)
            #expect(try test.paid().isEmpty)
        },
        OutboxConformance("a payment is read back as it was kept, to the last field, and replaced as a whole") {
            test throws in
            let entry = LedgerEntry(
                id: PaymentID(7), feed: "solana", resource: .sample("a b\u{0}c"), purpose: .renewal,
                signedAt: Timestamp(milliseconds: 1_697_234_567_890), network: "solana", asset: "mint", decimals: 18,
                amount: .max, recipient: "vendor", payer: "wallet", sourceAccount: "account",
                memo: "\u{0}m\u{1F4B8}'\"", blockhash: "hash", lastValidBlockHeight: .max, clientSignature: "signature",
                renewedToken: Secret("to\u{0}ken"), payload: Array(0...255), requirements: [0, 1], state: .unknown,
                served: false, reason: "HTTP \u{0} 500", sends: 3, sentAt: Timestamp(milliseconds: -5),
                endedAt: Timestamp(milliseconds: 6), transaction: "tx\u{0}tx")
            try test.keep(entry)
            try test.reopen()
            #expect(try test.reader.payment(PaymentID(7)) == entry)
            #expect(try test.ledger().open == [entry])
            try test.keep(.sample(7, at: 5, .settled))
            try test.reopen()
            #expect(try test.reader.payment(PaymentID(7)) == .sample(7, at: 5, .settled))
            #expect(try test.paid() == [7])
        },
        OutboxConformance("every state and every purpose is kept, and what is not final is open") { test throws in
            let all = LedgerEntry.State.allCases.flatMap { state in
                LedgerEntry.Purpose.allCases.map { purpose in (state, purpose) }
            }
            for (number, (state, purpose)) in all.enumerated() {
                var entry = LedgerEntry.sample(Int64(number), state)
                entry.purpose = purpose
                entry.served = [nil, true, false][number % 3]
                try test.keep(entry)
                #expect(try test.reader.payment(entry.id) == entry)
            }
            let open = try test.ledger().open
            #expect(open.map(\.state) == [.signed, .sent, .refused, .unknown].flatMap { [$0, $0, $0] })
            #expect(open.map(\.id) == open.map(\.id).sorted())
        },
        OutboxConformance("what counts as spent is told by itself for a day, in its order, and then as a sum") {
            test throws in
            try test.keep(
                .sample(1, at: 0, .settled), .sample(2, at: 1, amount: 2, .refused), .sample(3, at: 900, .expired),
                .sample(4, at: 800, amount: 4, .unknown), .sample(5, at: 700, amount: 5, .sent))
            try test.keep(.sample(6, at: 700, amount: 6), .sample(7, at: 9 * day, amount: 7, .settled))
            let memory = try test.ledger(at: day)
            #expect(memory.before.description == "0.03")
            #expect(memory.recent.map(\.id.number) == [2, 5, 6, 4, 7])
            #expect(memory.recent.map(\.at.milliseconds) == [1, 700, 700, 800, 9 * day])
            #expect(memory.recent.map(\.units.description).prefix(2) == ["0.000002", "0.000005"])
            #expect(try test.ledger(at: day + 1).recent.map(\.id.number) == [5, 6, 4, 7])
            #expect(try test.ledger(at: day + 1).before.description == "0.030002")
            #expect(try test.ledger(at: 20 * day).recent.isEmpty)
            #expect(try test.ledger(at: 20 * day).before.description == "0.030024")
        },
        OutboxConformance("a proof that it did not land takes a payment out of the sums, wherever it counted") {
            test throws in
            try test.keep(.sample(1, at: 0, .unknown), .sample(2, at: day, .unknown))
            #expect(try test.ledger(at: day).before.description == "0.03")
            try test.keep(.sample(1, at: 0, .expired), .sample(2, at: day, .expired))
            let memory = try test.ledger(at: day)
            #expect(memory.before == .zero && memory.recent.isEmpty && memory.open.isEmpty)
            #expect(memory.prices.isEmpty && memory.firstRecipients.isEmpty)
            #expect(memory.lastID == PaymentID(2))
        },
        OutboxConformance("sums are exact for the largest amounts and for all decimals") {
            test throws in
            for number in 1...5 { try test.keep(.sample(Int64(number), amount: .max, decimals: 18, .settled)) }
            try test.keep(
                .sample(6, amount: .max, decimals: 0, .settled), .sample(7, amount: 1, decimals: 18, .settled))
            try test.keep(.sample(8, amount: 1 << 63, decimals: 9, .settled), .sample(9, amount: 0, .settled))
            // 5 (2⁶⁴-1) + 1 + (2⁶⁴-1) 10¹⁸ + 2⁶³ 10⁹, in 10⁻¹⁸.
            #expect(try test.ledger(at: day).before.description == "18446744082932923744.088496176547758076")
        },
        OutboxConformance("the last price of each stream of each feed, and each feed's first recipient") {
            test throws in
            try test.keep(
                .sample(1, recipient: "none", .expired), .sample(2, amount: 2, recipient: "first", .settled),
                .sample(3, amount: 3, .settled), .sample(4, amount: 4, .expired),
                .sample(5, feed: "b", stream: "slots", amount: 5, recipient: "theirs", .refused),
                .sample(6, stream: "slots", amount: 6, .unknown), .sample(7, feed: "c", .expired))
            let memory = try test.ledger()
            #expect(memory.prices.map(\.feed) == ["b", "solana", "solana"])
            #expect(memory.prices.map(\.resource) == [.sample("slots"), .sample("slots"), .sample("ticker")])
            #expect(memory.prices.map(\.units.description) == ["0.000005", "0.000006", "0.000003"])
            #expect(memory.prices.allSatisfy { $0.asset == "mint" })
            #expect(memory.firstRecipients == ["solana": "first", "b": "theirs"])
            try test.keep(.sample(2, amount: 2, recipient: "first", .expired))
            #expect(try test.ledger().firstRecipients["solana"] == "vendor")
        },
        OutboxConformance("what is known of a feed is kept field by field, and replaced") { test throws in
            let standing = StreamStanding(
                feed: "b", resource: .sample("s\u{0}"), token: Secret("tok\u{0}en"), sliceSeconds: 60,
                paidUntil: Timestamp(milliseconds: 9), unservedInRow: 2)
            let bare = StreamStanding(feed: "a", resource: .sample())
            try test.keep(standings: [standing, bare])
            try test.reopen()
            #expect(try test.ledger().standings == [bare, standing])
            let later = StreamStanding(feed: "b", resource: .sample("other"))
            try test.keep(standings: [later])
            #expect(try test.ledger().standings == [bare, later])
        },
        OutboxConformance("own events about a payment are written with it, and become ready") { test throws in
            try test.accept(1, for: "a", lanes: [1])
            let judged = OutboxBatch(
                accepted: [.sample(2, for: ["a"], lanes: [1]), .sample(3, for: ["a", "b"])], ownEvents: 4)
            let commit = try test.outbox.keep(LedgerChange(entries: [.sample(1)]), judged: judged)
            #expect(commit.readyIDs == [3, 4])
            #expect(commit.added == 3)
            try test.reopen()
            #expect(try test.outbox.memory().ownEvents == 4)
            #expect(try test.due() == DueNumbers([1, 3]))
            #expect(try test.ledger().open == [.sample(1)])
            #expect(try test.outbox.keep(LedgerChange(), judged: OutboxBatch(ownEvents: 5)).added == 0)
            #expect(try test.outbox.memory().ownEvents == 5)
        },
        OutboxConformance("a payment that cannot be is refused, and nothing that came with it is written") {
            test throws in
            let change = LedgerChange(
                entries: [.sample(1), .sample(2, decimals: 19)],
                standings: [StreamStanding(feed: "a", resource: .sample())])
            let error = #expect(throws: OutboxError.self) {
                try test.outbox.keep(change, judged: OutboxBatch(accepted: [.sample(1, for: ["a"])], ownEvents: 1))
            }
            #expect(error?.kind == .refused)
            #expect(try test.ledger() == LedgerMemory())
            #expect(try test.due() == DueNumbers([]))
            #expect(try test.outbox.memory().ownEvents == 0)
        },
        OutboxConformance("the ledger is never removed, and counts in the size and in what is kept") { test throws in
            let empty = try test.prunedToNothing()
            var entry = LedgerEntry.sample(1)
            entry.payload = Array(repeating: 1, count: 200_000)
            try test.keep(entry)
            try test.accept(1, for: "a")
            try test.end(1)
            try test.commit(OutboxBatch(payments: [.sample(1, at: 0)]))
            let outcome = try test.prunedToNothing()
            #expect(outcome.removed == 1)
            #expect(!outcome.hasMore)
            #expect(outcome.size >= empty.size + 190_000)
            #expect(outcome.keptSize >= 190_000)
            #expect(outcome.keptSize <= outcome.size)
            #expect(try test.reader.size() == outcome.size)
            #expect(try test.reader.payment(PaymentID(1)) == entry)
        },
    ]

    static let ledgerListings = [
        OutboxConformance("payments are counted by their state, as they stand now") { test throws in
            #expect(try test.reader.ledgerCounts() == [:])
            for number in 1...5 { try test.keep(.sample(Int64(number), number < 3 ? .sent : .settled)) }
            #expect(try test.reader.ledgerCounts() == [.sent: 2, .settled: 3])
            try test.keep(.sample(2, .expired))
            try test.reopen()
            #expect(try test.reader.ledgerCounts() == [.sent: 1, .settled: 3, .expired: 1])
        },
        OutboxConformance("payments are listed in both orders, page by page, from any cursor") { test throws in
            for number in [3, 1, 2, 9, 5] as [Int64] { try test.keep(.sample(number)) }
            for limit in 1...6 {
                #expect(try test.paid(order: .oldestFirst, limit: limit) == [1, 2, 3, 5, 9])
                #expect(try test.paid(order: .newestFirst, limit: limit) == [9, 5, 3, 2, 1])
            }
            func page(_ order: ListingOrder, _ cursor: Int64) throws -> [Int64] {
                try test.reader.payments(LedgerFilter(), order: order, cursor: PaymentID(cursor), limit: 2)
                    .payments.map(\.id.number)
            }
            #expect(try page(.newestFirst, 4) == [3, 2])
            #expect(try page(.oldestFirst, 4) == [5, 9])
            #expect(try page(.newestFirst, 1) == [] && page(.oldestFirst, 9) == [])
            #expect(try page(.newestFirst, .min) == [] && page(.oldestFirst, .max) == [])
            let all = try test.reader.payments(LedgerFilter(), order: .newestFirst, cursor: nil, limit: .max)
            #expect(all.payments.count == 5 && all.cursor == nil)
            let least = try test.reader.payments(LedgerFilter(), order: .newestFirst, cursor: nil, limit: 0)
            #expect(least.payments.map(\.id.number) == [9])
        },
        OutboxConformance("payments are found by feed, state and time, also when the clock was set back between") {
            test throws in
            let moments: [Int64] = [100, 200, 300, 50, 150, 250, 350]
            for (index, moment) in moments.enumerated() {
                try test.keep(
                    .sample(
                        Int64(index), at: moment, feed: index % 2 == 0 ? "even" : "odd",
                        index % 3 == 0 ? .settled : .expired))
            }
            func found(_ feed: String? = nil, _ state: LedgerEntry.State? = nil, _ since: Int64?, _ until: Int64?)
                throws
                -> [Int64]
            {
                let filter = LedgerFilter(
                    feed: feed, state: state, since: since.map(Timestamp.init), until: until.map(Timestamp.init))
                let up = try test.paid(filter, order: .oldestFirst, limit: 2)
                #expect(try test.paid(filter, order: .newestFirst, limit: 2) == up.reversed())
                return up
            }
            #expect(try found("even", nil, nil, nil) == [0, 2, 4, 6])
            #expect(try found("none", nil, nil, nil) == [])
            #expect(try found(nil, .settled, nil, nil) == [0, 3, 6])
            #expect(try found(nil, .unknown, nil, nil) == [])
            #expect(try found("even", .settled, nil, nil) == [0, 6])
            #expect(try found(nil, nil, 150, nil) == [1, 2, 4, 5, 6])
            #expect(try found(nil, nil, nil, 150) == [0, 3])
            #expect(try found(nil, nil, 100, 300) == [0, 1, 4, 5])
            #expect(try found("odd", .expired, 100, 300) == [1, 5])
            #expect(try found(nil, nil, 400, nil) == [])
            #expect(try found(nil, nil, 300, 100) == [])
        },
    ]
}

extension OutboxUnderTest {
    /// Prunes whatever may go.
    fileprivate func prunedToNothing() throws -> PruneOutcome {
        let late = Timestamp(milliseconds: .max)
        return try outbox.prune(
            PruneStep(
                deliveredBefore: late, deadBefore: late, paymentsBefore: late, recentPayments: late...late, maxSize: 0,
                limit: 100))
    }
}
