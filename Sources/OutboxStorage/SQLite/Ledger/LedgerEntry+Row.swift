import GRDB
import RelayModel

extension LedgerEntry {
    /// From the columns of `Queries.entry`.
    init(_ row: Row) throws {
        self.init(
            id: PaymentID(try row.decode(atIndex: 0)), feed: try row.decode(atIndex: 1),
            resource: try StreamResource(row, from: 2), purpose: try row.purpose(5), signedAt: try row.timestamp(6),
            network: try row.decode(atIndex: 7), asset: try row.decode(atIndex: 8),
            decimals: try row.decode(atIndex: 9), amount: try row.number(10), recipient: try row.decode(atIndex: 11),
            payer: try row.decode(atIndex: 12), sourceAccount: try row.decode(atIndex: 13),
            memo: try row.text(14) ?? "", blockhash: try row.decode(atIndex: 15),
            lastValidBlockHeight: try row.optionalNumber(16), clientSignature: try row.decode(atIndex: 17),
            renewedToken: try row.text(18).map(Secret.init), payload: try row.bytes(19),
            requirements: try row.bytes(20), state: try row.ledgerState(21), served: try row.decode(atIndex: 22),
            reason: try row.text(23), sends: try row.decode(atIndex: 24), sentAt: try row.optionalTimestamp(25),
            endedAt: try row.optionalTimestamp(26), transaction: try row.text(27))
    }
}

extension StreamStanding {
    /// From the columns of `Queries.streams`.
    init(_ row: Row) throws {
        self.init(
            feed: try row.decode(atIndex: 0), resource: try StreamResource(row, from: 1),
            token: try row.text(4).map(Secret.init), sliceSeconds: try row.decode(atIndex: 5),
            paidUntil: try row.optionalTimestamp(6), unservedInRow: try row.decode(atIndex: 7))
    }
}

extension StreamResource {
    /// From three columns: origin, version, stream.
    init(_ row: Row, from first: Int) throws {
        self.init(
            origin: try row.decode(atIndex: first), version: try row.decode(atIndex: first + 1),
            stream: try row.text(first + 2) ?? "")
    }
}

extension Row {
    /// A number of 64 bits without a sign, as digits.
    fileprivate func number(_ index: Int) throws -> UInt64 {
        guard let number = try optionalNumber(index) else { throw OutboxDamage.number }
        return number
    }

    func ledgerState(_ index: Int) throws -> LedgerEntry.State {
        guard let state = LedgerEntry.State(rawValue: try decode(atIndex: index)) else {
            throw OutboxDamage.ledgerState
        }
        return state
    }

    /// The amount of two columns, decimals and amount, in the token's units.
    func units(_ decimals: Int) throws -> TokenAmount {
        guard
            let units = TokenAmount(atomic: try number(decimals + 1), decimals: try decode(atIndex: decimals))
        else { throw OutboxDamage.number }
        return units
    }

    fileprivate func optionalNumber(_ index: Int) throws -> UInt64? {
        guard let digits = try decode(String?.self, atIndex: index) else { return nil }
        guard let number = UInt64(digits) else { throw OutboxDamage.number }
        return number
    }

    fileprivate func optionalTimestamp(_ index: Int) throws -> Timestamp? {
        try decode(Int64?.self, atIndex: index).map(Timestamp.init(milliseconds:))
    }

    fileprivate func purpose(_ index: Int) throws -> LedgerEntry.Purpose {
        guard let purpose = LedgerEntry.Purpose(rawValue: try decode(atIndex: index)) else {
            throw OutboxDamage.purpose
        }
        return purpose
    }
}
