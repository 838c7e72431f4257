import RelayModel

extension JSONObjectWriter {
    /// What was signed, for whom, and what came of it.
    ///
    /// Not what could be used: the payload, the entry of the challenge that it answers, and the token that is renewed stay in
    /// the outbox. Amounts are strings: JavaScript would round a large one.
    mutating func write(_ entry: LedgerEntry) {
        string("id", entry.id.description)
        time("at", entry.signedAt)
        string("feed", entry.feed)
        string("stream", entry.resource.description)
        string("purpose", entry.purpose.rawValue)
        string("amount", entry.units.description)
        string("atomic", String(entry.amount))
        string("asset", entry.asset)
        string("network", entry.network)
        string("recipient", entry.recipient)
        string("payer", entry.payer)
        string("memo", entry.memo)
        string("blockhash", entry.blockhash)
        string("transaction", orNull: entry.transaction)
        string("state", entry.state.rawValue)
        value("served", entry.served.map(String.init) ?? "null")
        string("reason", orNull: entry.reason)
        value("sends", entry.sends)
        time("sentAt", entry.sentAt)
        time("endedAt", entry.endedAt)
    }

    mutating func write(_ page: LedgerPage) {
        objects("payments", page.payments) { $1.write($0) }
        string("cursor", orNull: page.cursor?.description)
    }

    /// Amounts in the asset's units; a limit that is not set is `null`.
    mutating func write(_ payments: PaymentsStatus) {
        string("wallet", orNull: payments.wallet)
        object("spent") {
            $0.string("hour", payments.spentHour.description)
            $0.string("day", payments.spentDay.description)
            $0.string("total", payments.spentTotal.description)
        }
        object("limits") {
            $0.string("perPayment", orNull: payments.perPayment?.description)
            $0.string("perHour", orNull: payments.perHour?.description)
            $0.string("perDay", orNull: payments.perDay?.description)
            $0.string("total", orNull: payments.total?.description)
        }
        value("unresolved", payments.unresolved)
        object("ledger") {
            for state in LedgerEntry.State.allCases { $0.value(state.rawValue, payments.ledger[state] ?? 0) }
        }
    }

    mutating func write(_ slice: SliceStatus) {
        string("state", slice.state)
        string("reason", orNull: slice.reason)
        time("since", slice.since)
        time("paidUntil", slice.paidUntil)
        value("sliceSeconds", slice.sliceSeconds.map(String.init) ?? "null")
        string("price", orNull: slice.price?.description)
    }
}
