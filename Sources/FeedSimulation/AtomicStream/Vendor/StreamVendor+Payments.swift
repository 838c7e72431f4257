import RelayModel
import X402Payments

extension StreamVendor {
    /// What came of a payment.
    private enum Outcome {
        case refused(reason: String, payer: String?)
        case conflict
        case duplicate(PresentedPayment, PaymentBook.Record)
        case settled(PresentedPayment, transaction: String)
    }

    /// A payment over HTTP, or the challenge that asks for one.
    mutating func sell(
        _ path: VendorPath, _ request: VendorRequest, renewing old: SliceToken?, at now: Timestamp
    ) -> VendorAnswer {
        let name = PaymentPayload.headerName(path.version)
        guard let header = request.header(name) else {
            return challenge(path, "\(name) header is required", at: now)
        }
        let json = Base64.decode(header.utf8, .canonical) ?? []
        switch take(json, for: path, at: now) {
        case .conflict:
            return .error(409, "payment-identifier: this id came with another payment")
        case .refused(let reason, let payer):
            let receipt = receipt(path.version, success: false, reason: reason, payer: payer, transaction: nil)
            return challenge(path, reason, at: now, receipt: [receipt])
        case .duplicate(let payment, let record):
            return answerAgain(path, payment, record, at: now)
        case .settled(let payment, let transaction):
            return serve(path, payment, transaction, renewing: old, at: now)
        }
    }

    /// What came of a payment over a stream's own connection.
    enum InbandOutcome: Equatable {
        case renewed(until: Timestamp)
        case refused(String)
        /// It settled, and the connection ends without a word.
        case lost
    }

    mutating func renewInband(_ text: String, _ path: VendorPath, _ payload: [UInt8], at now: Timestamp)
        -> InbandOutcome
    {
        let renewal = VendorPath(.renew, path.version, path.stream)
        guard let token = known(text, path) else { return .refused("unknown token") }
        switch take(payload, for: renewal, at: now) {
        case .conflict: return .refused("payment-identifier: this id came with another payment")
        case .refused(let reason, _): return .refused("payment refused: \(reason)")
        case .duplicate(let payment, _):
            guard options.remembersPayments else {
                referee.told(payment.signature, of: account(payment, path))
                return .refused("payment refused: duplicate_settlement")
            }
            return .renewed(until: token.expiresAt)
        case .settled(let payment, let transaction):
            let slice = nextSlice(after: token, at: now)
            tokens.change(text) { $0.expiresAt = slice.upperBound }
            book.enter(payment.signature, PaymentBook.Record(account: account(payment, path), transaction: transaction))
            let isLost = losesAnswer
            changes.append(.renewed(token: token.short, inband: true, until: slice.upperBound))
            // The token is good for longer whether the client hears so or not.
            close(payment, path, transaction, slice, isServed: true, isAnswered: !isLost, at: now)
            guard isLost else { return .renewed(until: slice.upperBound) }
            return .lost
        }
    }

    // MARK: Taking

    private func account(_ payment: PresentedPayment, _ path: VendorPath) -> PaymentReferee.Account {
        PaymentReferee.Account(payer: payment.payer, stream: path.stream)
    }

    private mutating func take(_ payload: [UInt8], for path: VendorPath, at now: Timestamp) -> Outcome {
        totals.received += 1
        let payment: PresentedPayment
        do {
            payment = try PresentedPayment(payload)
        } catch {
            totals.refused += 1
            changes.append(.unreadable(path: path.text, reason: error.reason))
            return .refused(reason: error.reason, payer: nil)
        }
        changes.append(
            .received(
                path: path.text, amount: Self.units(payment.amount), payer: payment.payer, memo: payment.memo))
        if options.remembersPayments, let identifier = payment.identifier,
            !book.claim(identifier, for: payment.signature)
        {
            return .conflict
        }
        if let record = book[payment.signature], let transaction = record.transaction {
            totals.duplicates += 1
            changes.append(.duplicate(payer: payment.payer, transaction: transaction))
            return .duplicate(payment, record)
        }
        let chain = chain
        let hasExpired = { chain.hasExpired($0, at: now) }
        if book[payment.signature] == nil {
            referee.received(payment.signature, of: account(payment, path), hasExpired: hasExpired)
        }
        if let reason = objection(to: payment, for: path, at: now) {
            return refuse(payment, reason)
        }
        if totals.refusedAtWill < options.faults.refusePayments {
            totals.refusedAtWill += 1
            return refuseAtWill(payment, path, at: now)
        }
        let transaction = settle(payment, at: now)
        return .settled(payment, transaction: transaction)
    }

    /// Why a payment cannot be taken; nil where it can.
    private func objection(to payment: PresentedPayment, for path: VendorPath, at now: Timestamp) -> String? {
        guard let offer = offers.match(path, payment, at: now) else {
            return "invalid_exact_svm_payload: no offer of this path has its amount and memo"
        }
        if let reason = payment.objection(offer, Self.mint) { return reason }
        guard chain.isValid(payment.blockhash, .processed, at: now) else {
            return "transaction_simulation_failed: Blockhash not found"
        }
        return nil
    }

    private mutating func refuse(_ payment: PresentedPayment, _ reason: String) -> Outcome {
        totals.refused += 1
        changes.append(.refused(payer: payment.payer, reason: reason, landed: false))
        return .refused(reason: reason, payer: payment.payer)
    }

    /// Nothing is wrong with the payment, so that it can still land; with `settlesRefused` it does at once.
    private mutating func refuseAtWill(_ payment: PresentedPayment, _ path: VendorPath, at now: Timestamp) -> Outcome {
        let reason = "simulated_refusal"
        let lands = options.faults.settlesRefused
        totals.refused += 1
        let account = account(payment, path)
        var record = PaymentBook.Record(account: account)
        if lands { record.transaction = settle(payment, at: now) }
        changes.append(.refused(payer: payment.payer, reason: reason, landed: lands))
        book.enter(payment.signature, record)
        if let transaction = record.transaction {
            close(payment, path, transaction, nil, isServed: false, isAnswered: false, at: now)
        } else {
            let chain = chain
            referee.left(
                payment.signature, blockhash: payment.blockhash, hasSettled: false, of: account, at: now,
                lead: options.reminderLead, hasExpired: { chain.hasExpired($0, at: now) })
        }
        return .refused(reason: reason, payer: payment.payer)
    }

    /// The fee payer signs and the transaction lands; returns its id.
    private mutating func settle(_ payment: PresentedPayment, at now: Timestamp) -> String {
        let signed = payment.transaction.cosigned(by: feePayer) ?? payment.transaction
        let id = signed.id ?? ""
        chain.land(
            id, memo: payment.memo, wire: signed.bytes, accounts: Set(signed.message.accounts.map(\.description)),
            at: now)
        totals.settled += 1
        totals.income = totals.income + Self.units(payment.amount)
        changes.append(
            .settled(amount: Self.units(payment.amount), payer: payment.payer, transaction: id))
        return id
    }

    // MARK: Serving

    private var losesAnswer: Bool {
        options.faults.loseAnswerEvery.map { totals.settled % max($0, 1) == 0 } ?? false
    }

    /// What a payment of this moment gives a token: a slice after the one that it has.
    private func nextSlice(after token: SliceToken?, at now: Timestamp) -> Range<Timestamp> {
        let from = max(token?.expiresAt ?? now, now)
        return from..<from + options.slice
    }

    private mutating func serve(
        _ path: VendorPath, _ payment: PresentedPayment, _ transaction: String, renewing old: SliceToken?,
        at now: Timestamp
    ) -> VendorAnswer {
        let slice = nextSlice(after: old, at: now)
        let token = SliceToken(
            text: "tok_" + random.text(40, of: Self.tokenCharacters), version: path.version, stream: path.stream,
            payer: payment.payer, payment: payment.signature, expiresAt: slice.upperBound,
            isDead: totals.sold < options.faults.deadTokens)
        totals.sold += 1
        tokens.add(token)
        changes.append(
            old == nil
                ? .sold(token: token.short, until: token.expiresAt)
                : .renewed(token: token.short, inband: false, until: token.expiresAt))
        let receipt = receipt(path.version, success: true, payer: payment.payer, transaction: transaction)
        let body: [UInt8]
        if old == nil {
            body = schema(path, token, paid: payment.amount)
        } else {
            var object = JSONObjectWriter()
            object.string("token", token.text)
            object.string("expiresAt", token.expiresAt.description)
            object.value("sliceSeconds", sliceSeconds)
            body = object.bytes
        }
        let answer = VendorAnswer.json(200, body, [receipt])
        let isLost = losesAnswer
        let isServed = !isLost && !token.isDead
        book.enter(
            payment.signature,
            PaymentBook.Record(
                account: account(payment, path), transaction: transaction,
                answer: options.remembersPayments ? answer : nil, undelivered: isLost ? slice.upperBound : nil))
        close(payment, path, transaction, slice, isServed: isServed, isAnswered: !isLost, at: now)
        guard isLost else { return answer }
        return VendorAnswer(status: 0, isLost: true)
    }

    /// Counts a payment that settled, and has the referee judge it.
    private mutating func close(
        _ payment: PresentedPayment, _ path: VendorPath, _ transaction: String, _ slice: Range<Timestamp>?,
        isServed: Bool, isAnswered: Bool, at now: Timestamp
    ) {
        let account = account(payment, path)
        let chain = chain
        let hasExpired = { chain.hasExpired($0, at: now) }
        if let slice, isServed {
            referee.served(
                payment.signature, of: account, until: slice.upperBound, at: now, lead: options.reminderLead,
                hasExpired: hasExpired)
        } else {
            referee.left(
                payment.signature, blockhash: payment.blockhash, hasSettled: true, of: account, at: now,
                lead: options.reminderLead, hasExpired: hasExpired)
        }
        if slice != nil, isAnswered { totals.slices += 1 }
        if slice != nil, !isAnswered {
            totals.answersLost += 1
            changes.append(.answerLost(payer: payment.payer))
        }
        if totals.settlements.count == AtomicStreamTotals.maxSettlements {
            totals.settlements.removeFirst(AtomicStreamTotals.maxSettlements / 10)
        }
        totals.settlements.append(
            SimulatedSettlement(
                transaction: transaction, payer: payment.payer, stream: path.stream,
                amount: Self.units(payment.amount), at: now, slice: slice, wasAnswered: isAnswered))
    }

    private mutating func answerAgain(
        _ path: VendorPath, _ payment: PresentedPayment, _ record: PaymentBook.Record, at now: Timestamp
    ) -> VendorAnswer {
        guard let answer = record.answer else {
            referee.told(payment.signature, of: record.account)
            let receipt = receipt(
                path.version, success: false, reason: "duplicate_settlement", payer: payment.payer,
                transaction: record.transaction)
            return .json(402, Array("{}".utf8), [receipt])
        }
        changes.append(.answeredAgain(payer: payment.payer))
        if let until = record.undelivered {
            let chain = chain
            referee.served(
                payment.signature, of: record.account, until: until, at: now, lead: options.reminderLead,
                wasLeft: true, hasExpired: { chain.hasExpired($0, at: now) })
            totals.slices += 1
            var delivered = record
            delivered.undelivered = nil
            book.enter(payment.signature, delivered)
        }
        return answer
    }

    private static let tokenCharacters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
}
