import RelayModel

/// Plans one batch: goes through what arrived, in its order, and ends waits where their end falls in between.
struct JoinStep {
    /// A wait that begins with this batch, if its payment or its end does not come within it.
    private struct Begun {
        let event: JoiningEvent
        let endsAt: Timestamp
        let judge: any ArrivalJudge
        var isOver = false
    }

    private let join: PaymentJoin
    private let outbox: any Outbox
    /// The current rules; an arrival brings those of its own.
    private let judge: any ArrivalJudge
    private var plan = JoinPlan()
    /// The last of each key in this batch.
    private var payments: [PaymentKey: RememberedPayment] = [:]
    private var begun: [Begun] = []
    private var begunOf: [PaymentKey: [Int]] = [:]
    private var firstBegun = 0
    /// Waits on disk that end with this batch.
    private var ended: Set<Int64> = []
    /// Waits on disk that end by the input's horizon, in the order in which they began, and whether there are more.
    private var ending: ArraySlice<JoinWait> = []
    private var isEndingCut = false

    init(_ join: PaymentJoin, outbox: any Outbox, judge: any ArrivalJudge) {
        self.join = join
        self.outbox = outbox
        self.judge = judge
    }

    mutating func run(_ input: JoinInput) throws(OutboxError) -> JoinPlan {
        takeRecords(of: input)
        if let key = join.releasing { try goOnReleasing(key, horizon: input.horizon) }
        if plan.releasing == nil, try goThrough(input) { _ = try endWaits(upTo: input.horizon) }
        plan.batch.waits = begun.lazy.filter { !$0.isOver }.map(\.event.wait)
        plan.batch.endedWaits = ended.sorted()
        plan.foundWaits = !ended.isEmpty
        if plan.foundWaits { plan.sawWaits = true }
        return plan
    }

    mutating func run(own: [OwnEvent]) -> JoinPlan {
        number(own)
        // What a batch before began to release goes on.
        plan.releasing = join.releasing
        return plan
    }

    private mutating func takeRecords(of input: JoinInput) {
        plan.batch.updates = input.updates
        plan.batch.standings = input.standings
        number(input.own)
    }

    private mutating func number(_ events: [OwnEvent]) {
        for own in events {
            let number = (plan.batch.ownEvents ?? join.ownEvents) + 1
            plan.batch.ownEvents = number
            accept(judge.judge(own, data: own.data(number: number)))
        }
    }

    private mutating func take(_ notice: FeedNotice) {
        number(notice.own)
        for feed in notice.forgotten { plan.batch.feedsSeen[feed] = nil }
        plan.batch.forgottenFeeds.formUnion(notice.forgotten)
        // The outbox forgets before it takes what was seen.
        plan.batch.forgottenFeeds.subtract(notice.seen.keys)
        plan.batch.feedsSeen.merge(notice.seen) { _, newer in newer }
    }

    /// Takes the arrivals; false when the batch is full before their end.
    private mutating func goThrough(_ input: JoinInput) throws(OutboxError) -> Bool {
        if let end = join.nextWaitEnd, end <= input.horizon {
            ending = try outbox.endedWaits(
                now: input.horizon, limit: join.limits.waits, byteLimit: join.limits.bytes)[...]
            isEndingCut = isCut(ending)
            plan.sawWaits = true
        }
        for arrival in input.arrivals {
            guard try endWaits(upTo: min(arrival.receivedAt, input.horizon)), ended.count < join.limits.waits else {
                return false
            }
            try take(arrival)
            plan.arrivals += 1
            if plan.releasing != nil { return false }
        }
        return true
    }

    private mutating func take(_ arrival: Arrival) throws(OutboxError) {
        switch arrival {
        case .accepted(let accepted):
            accept(accepted)
        case .payment(let payment, let accepted):
            accept(accepted)
            payments[payment.key] = payment
            plan.batch.payments.append(payment)
            try release(payment.key, payment.data)
        case .joining(let event, let unjoined, let judge):
            if let payment = try payment(of: event) {
                accept(judge.judge(event, payment: .found(payment)).accepted)
            } else {
                accept(unjoined.accepted)
                if unjoined.isUndecided { begin(event, judge) }
            }
        case .notice(let notice): take(notice)
        }
    }

    private mutating func accept(_ accepted: AcceptedEvent?) {
        if let accepted { plan.batch.accepted.append(accepted) }
    }

    // MARK: Waits

    private mutating func begin(_ event: JoiningEvent, _ judge: any ArrivalJudge) {
        begunOf[event.key, default: []].append(begun.count)
        begun.append(Begun(event: event, endsAt: event.receivedAt + JoinWait.limit, judge: judge))
    }

    /// Judges what waits for a payment that came: what is on disk, and then what this batch began.
    private mutating func release(_ key: PaymentKey, _ data: [UInt8]) throws(OutboxError) {
        // Without a wait anywhere nothing is read: the usual case.
        guard join.nextWaitEnd != nil || begunOf[key] != nil, let payment = Self.document(data) else { return }
        if join.nextWaitEnd != nil {
            try releaseWaits(of: key, payment)
            guard plan.releasing == nil else { return }
        }
        for index in begunOf.removeValue(forKey: key) ?? [] where !begun[index].isOver {
            begun[index].isOver = true
            accept(begun[index].judge.judge(begun[index].event, payment: .found(payment)).accepted)
        }
    }

    private mutating func releaseWaits(of key: PaymentKey, _ payment: JSONDocument) throws(OutboxError) {
        let waits = try outbox.waits(for: key, limit: join.limits.waits, byteLimit: join.limits.bytes)
        for wait in waits { end(wait, payment: .found(payment)) }
        if isCut(waits[...]) { plan.releasing = key }
    }

    /// The batch before had the payment of this key, and more waited for it than it could take.
    private mutating func goOnReleasing(_ key: PaymentKey, horizon: Timestamp) throws(OutboxError) {
        let since = horizon - RememberedPayment.lifetime
        // Forgotten meanwhile: its waits end by their time.
        guard let data = try outbox.payment(key, since: since), let payment = Self.document(data) else { return }
        try releaseWaits(of: key, payment)
    }

    /// Ends what waits until `moment` at the latest; false when there is more of it than the batch takes.
    private mutating func endWaits(upTo moment: Timestamp) throws(OutboxError) -> Bool {
        while let wait = ending.first, wait.endsAt <= moment {
            ending.removeFirst()
            guard !ended.contains(wait.id), let event = read(wait) else { continue }
            // It is there where it came with more waiting events than one batch took, and the relay stopped between.
            let payment = try payment(of: event)
            accept(judge.judge(event, payment: payment.map { .found($0) } ?? .absent).accepted)
        }
        if ending.isEmpty, isEndingCut { return false }
        while firstBegun < begun.count, begun[firstBegun].isOver || begun[firstBegun].endsAt <= moment {
            let one = begun[firstBegun]
            if !one.isOver { accept(one.judge.judge(one.event, payment: .absent).accepted) }
            begun[firstBegun].isOver = true
            firstBegun += 1
        }
        return true
    }

    private mutating func end(_ wait: JoinWait, payment: JoinedPayment) {
        guard !ended.contains(wait.id), let event = read(wait) else { return }
        accept(judge.judge(event, payment: payment).accepted)
    }

    /// The event of a wait that ends; nil where its bytes cannot be read, which ends it too.
    private mutating func read(_ wait: JoinWait) -> JoiningEvent? {
        ended.insert(wait.id)
        do throws(JSONFault) {
            return try JoiningEvent(wait)
        } catch {
            plan.faults.append(JoinPlan.Fault(feed: wait.feed, wait: wait.id, reason: error.reason))
            return nil
        }
    }

    private func isCut(_ waits: ArraySlice<JoinWait>) -> Bool {
        waits.count >= join.limits.waits || waits.reduce(0) { $0 + $1.data.count } >= join.limits.bytes
    }

    // MARK: Payments

    /// The payment of an event, if the feed brought it within the 24 h before.
    private func payment(of event: JoiningEvent) throws(OutboxError) -> JSONDocument? {
        let since = event.receivedAt - RememberedPayment.lifetime
        if let payment = payments[event.key], payment.receivedAt >= since { return Self.document(payment.data) }
        return try outbox.payment(event.key, since: since).flatMap(Self.document)
    }

    /// Nil for bytes that are damaged: the payment is not known then.
    private static func document(_ data: [UInt8]) -> JSONDocument? {
        try? JSONParser(limits: .message).parse(data)
    }
}
