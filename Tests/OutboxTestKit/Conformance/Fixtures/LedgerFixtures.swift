package import OutboxStorage
package import RelayModel

extension LedgerEntry {
    /// Payment `number`, signed at `at` (milliseconds).
    package static func sample(
        _ number: Int64, at: Int64 = 0, feed: String = "solana", stream: String = "ticker", amount: UInt64 = 30_000,
        decimals: UInt8 = 6, recipient: String = "vendor", _ state: State = .signed
    ) -> LedgerEntry {
        LedgerEntry(
            id: PaymentID(number), feed: feed, resource: .sample(stream), purpose: .purchase,
            signedAt: Timestamp(milliseconds: at), network: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", asset: "mint",
            decimals: decimals, amount: amount, recipient: recipient, payer: "wallet", sourceAccount: "account",
            memo: "memo \(number)", blockhash: "blockhash", lastValidBlockHeight: nil,
            clientSignature: "signature \(number)", renewedToken: nil, payload: state.isFinal ? [] : [1, 2],
            requirements: state.isFinal ? [] : [3], state: state)
    }
}

extension StreamResource {
    package static func sample(_ stream: String = "ticker") -> StreamResource {
        StreamResource(origin: "https://stream.example", version: "v2", stream: stream)
    }
}

extension OutboxUnderTest {
    @discardableResult
    package func keep(_ entries: LedgerEntry..., standings: [StreamStanding] = []) throws -> OutboxCommit {
        try outbox.keep(LedgerChange(entries: entries, standings: standings), judged: OutboxBatch())
    }

    package func ledger(at now: Int64 = 0) throws -> LedgerMemory {
        try outbox.ledger(now: Timestamp(milliseconds: now))
    }

    /// The numbers of all payments that a filter takes, page by page.
    ///
    /// Every page but the last is full.
    package func paid(
        _ filter: LedgerFilter = LedgerFilter(), order: ListingOrder = .oldestFirst, limit: Int = 100
    ) throws -> [Int64] {
        var numbers: [Int64] = []
        var cursor: PaymentID?
        repeat {
            let page = try reader.payments(filter, order: order, cursor: cursor, limit: limit)
            numbers += page.payments.map(\.id.number)
            guard page.cursor == nil || page.payments.count == limit else { return numbers + [-1] }
            cursor = page.cursor
        } while cursor != nil
        return numbers
    }
}
