import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel
import Testing

/// The same random history in memory and in SQLite: every answer is the same.
struct OutboxHistoryTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `memory and SQLite answer alike`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let disk = MemoryOutbox.Disk()
        let memory = try OutboxUnderTest(disk: disk)
        let sqlite = try OutboxUnderTest(path: folder.path("outbox.sqlite"))
        for round in 1...60 {
            let batch = randomBatch(round, deliveries: disk.deliveries, &random)
            let (one, other) = (try memory.outbox.commit(batch), try sqlite.outbox.commit(batch))
            try #require(one.readyIDs == other.readyIDs, "round \(round)")
            try #require(one.ready.map(Told.init) == other.ready.map(Told.init), "round \(round)")
            #expect(one.added == other.added)
            #expect(one.repeated == other.repeated)
            #expect(one.repeats == other.repeats)
            #expect(one.turns == other.turns, "round \(round)")
            if random.chance(500) {
                let action = randomAction(deliveries: disk.deliveries, &random)
                let now = Timestamp(milliseconds: Int64(round * 10))
                let (did, didToo) = (
                    try memory.outbox.perform(action, now: now), try sqlite.outbox.perform(action, now: now)
                )
                try #require(did.ready.map(Told.init) == didToo.ready.map(Told.init), "round \(round) \(action)")
                #expect(did.withdrawn == didToo.withdrawn)
                #expect(did.changed == didToo.changed)
                #expect(did.turns == didToo.turns)
                if case .replay(let filter, _, _) = action, did.next == nil, let next = didToo.next {
                    let rest = try sqlite.outbox.perform(.replay(filter, from: next, limit: 9), now: now)
                    #expect(rest.changed == 0)
                } else {
                    #expect((did.next == nil) == (didToo.next == nil))
                }
                #expect(did.refusal == didToo.refusal)
            }
            if random.chance(150) {
                let step = randomStep(round, &random)
                let (left, leftToo) = (try memory.outbox.prune(step), try sqlite.outbox.prune(step))
                try #require(left.removed == leftToo.removed, "round \(round) \(step)")
                #expect(left.hasMore == leftToo.hasMore)
                #expect(left.forgotten == leftToo.forgotten)
                #expect(left.forgottenEarly == leftToo.forgottenEarly)
            }
            if random.chance(100) {
                try memory.reopen()
                try sqlite.reopen()
                let now = Timestamp(milliseconds: Int64(round * 10) - .random(in: 0...100, using: &random))
                try memory.outbox.began(at: now)
                try sqlite.outbox.began(at: now)
            }
            let request = randomLoad(deliveries: disk.deliveries, &random)
            let now = Timestamp(milliseconds: Int64.random(in: 0...1000, using: &random))
            let (read, readToo) = (try memory.outbox.load(request, now: now), try sqlite.outbox.load(request, now: now))
            try #require(read.deliveries.map(Told.init) == readToo.deliveries.map(Told.init), "round \(round)")
            #expect(read.next == readToo.next)
            #expect(try memory.outbox.standings() == sqlite.outbox.standings())
            try compareJoin(memory.outbox, sqlite.outbox, &random)
            try compareReading(memory, sqlite, deliveries: disk.deliveries, &random)
        }
        #expect(disk.deliveries.contains { $0.state != .pending })
        #expect(disk.deliveries.contains { $0.state == .pending && !$0.isReady })
        #expect(disk.deliveries.contains { $0.isPruned })
    }

    private func compareJoin(
        _ memory: any Outbox, _ sqlite: any Outbox, _ random: inout SeededGenerator
    ) throws {
        #expect(try memory.memory() == sqlite.memory())
        #expect(try memory.nextWaitEnd() == sqlite.nextWaitEnd())
        let key = PaymentKey.sample(.random(in: 1...4, using: &random))
        let moment = Timestamp(milliseconds: Int64.random(in: 0...700, using: &random))
        let (limit, bytes) = (Int.random(in: 1...5, using: &random), Int.random(in: 1...40, using: &random))
        #expect(try memory.payment(key, since: moment) == sqlite.payment(key, since: moment))
        #expect(
            try memory.waits(for: key, limit: limit, byteLimit: bytes).map(\.id)
                == sqlite.waits(for: key, limit: limit, byteLimit: bytes).map(\.id))
        #expect(
            try memory.endedWaits(now: moment, limit: limit, byteLimit: bytes).map(\.id)
                == sqlite.endedWaits(now: moment, limit: limit, byteLimit: bytes).map(\.id))
    }

    private func compareReading(
        _ memory: OutboxUnderTest, _ sqlite: OutboxUnderTest, deliveries: [MemoryOutbox.Stored],
        _ random: inout SeededGenerator
    ) throws {
        let (one, other) = (try memory.reader, try sqlite.reader)
        #expect(try one.counts() == other.counts())
        let filter = randomFilter(deliveries: deliveries, &random)
        let order: ListingOrder = random.chance(500) ? .newestFirst : .oldestFirst
        let limit = Int.random(in: 1...20, using: &random)
        #expect(
            try memory.listed(filter, order: order, limit: limit) == sqlite.listed(filter, order: order, limit: limit),
            "\(filter)")
        let cursor = random.chance(300) ? deliveries.randomElement(using: &random)?.delivery.id : nil
        let (page, pageToo) = (
            try one.deliveries(DeliveryFilter(), order: order, cursor: cursor, limit: limit),
            try other.deliveries(DeliveryFilter(), order: order, cursor: cursor, limit: limit)
        )
        try #require(page == pageToo)
        guard let id = deliveries.randomElement(using: &random)?.delivery.id else { return }
        let (detail, detailToo) = (try one.delivery(id), try other.delivery(id))
        #expect(detail?.summary == detailToo?.summary)
        #expect(detail?.attempts == detailToo?.attempts)
        #expect(detail?.recordedAttempts == detailToo?.recordedAttempts)
        #expect(detail?.event.data == detailToo?.event.data)
    }

    private let destinations = ["a", "b", "c"]

    private func randomBatch(
        _ round: Int, deliveries: [MemoryOutbox.Stored], _ random: inout SeededGenerator
    ) -> OutboxBatch {
        let accepted = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let lanes = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int64.random(in: 1...4, using: &random) }
            let wanted = destinations.filter { _ in random.chance(600) }
            let (wallet, payment) = (WalletAddress("w\(round % 5)"), "p\(round % 7)")
            let sample = AcceptedEvent.sample(
                UInt64.random(in: 1...UInt64(round * 3), using: &random), at: Int64(round * 10),
                for: wanted.isEmpty ? ["a"] : wanted, lanes: lanes,
                data: #"{"round":\#(round),"paymentId":"\#(payment)","from":"\#(wallet)"}"#)
            return AcceptedEvent(
                event: sample.event, deliveries: sample.deliveries,
                marks: random.chance(100) ? .none : SearchMarks(wallets: [wallet], payment: payment))
        }
        let updates = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ -> DeliveryUpdate? in
            guard let stored = deliveries.randomElement(using: &random) else { return nil }
            let state = DeliveryState.allCases.randomElement(using: &random) ?? .pending
            // What queues is not attempted.
            if state == .pending, stored.state == .pending, !stored.isReady { return nil }
            return .sample(
                stored.delivery.id.number, state, attempt: stored.delivery.recordedAttempts + 1,
                notBefore: Int64.random(in: 0...1000, using: &random),
                outage: state == .pending && stored.isReady && random.chance(500), endedAt: Int64(round * 10))
        }
        let standing = DestinationStanding(stop: DestinationStanding.Stop.allCases.randomElement(using: &random))
        var batch = OutboxBatch(
            accepted: accepted, updates: updates, standings: random.chance(200) ? ["b": standing] : [:])
        let moment = Timestamp(milliseconds: Int64(round * 10))
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let number = UInt64.random(in: 1...4, using: &random)
            let data = Array("\(round)".utf8)
            batch.payments.append(.sample(number, at: Int64(round * 10) - .random(in: 0...50, using: &random), data))
            batch.waits.append(.sample(number, ends: Int64(round * 10) + .random(in: 0...100, using: &random), data))
        }
        batch.endedWaits = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            Int64.random(in: 1...Int64(round * 2), using: &random)
        }
        if random.chance(300) { batch.feedsSeen = [random.chance(500) ? "one" : "two": moment] }
        if random.chance(100) { batch.forgottenFeeds = ["one"] }
        if random.chance(200) { batch.ownEvents = Int64(round) }
        return batch
    }

    private func randomAction(
        deliveries: [MemoryOutbox.Stored], _ random: inout SeededGenerator
    ) -> OperatorAction {
        let id = deliveries.randomElement(using: &random)?.delivery.id ?? DeliveryID(1)
        return switch Int.random(in: 0...2, using: &random) {
        case 0: .retry(id)
        case 1: .discard(id)
        default:
            .replay(
                randomFilter(deliveries: deliveries, &random), from: random.chance(500) ? id : nil,
                limit: Int.random(in: 1...5, using: &random))
        }
    }

    private func randomFilter(deliveries: [MemoryOutbox.Stored], _ random: inout SeededGenerator) -> DeliveryFilter {
        let (stored, other) = (deliveries.randomElement(using: &random), deliveries.randomElement(using: &random))
        func moment() -> Timestamp { Timestamp(milliseconds: Int64.random(in: 0...700, using: &random)) }
        return DeliveryFilter(
            destination: random.chance(400) ? destinations.randomElement(using: &random) : nil,
            state: random.chance(400) ? DeliveryState.allCases.randomElement(using: &random) : nil,
            rule: random.chance(200) ? (random.chance(800) ? "rule" : "other") : nil,
            event: random.chance(200) ? stored?.delivery.event.id : nil,
            delivery: random.chance(100) ? (random.chance(500) ? stored : other)?.delivery.id : nil,
            wallet: random.chance(200) ? WalletAddress("w\(Int.random(in: 0...5, using: &random))") : nil,
            payment: random.chance(200) ? "p\(Int.random(in: 0...7, using: &random))" : nil,
            since: random.chance(200) ? moment() : nil,
            until: random.chance(200) ? moment() : nil)
    }

    /// By size all or nothing: the two have other sizes.
    private func randomStep(_ round: Int, _ random: inout SeededGenerator) -> PruneStep {
        func moment() -> Timestamp {
            Timestamp(milliseconds: Int64(round * 10) - Int64.random(in: 0...300, using: &random))
        }
        let recent = moment()
        return PruneStep(
            deliveredBefore: moment(), deadBefore: moment(), paymentsBefore: moment(),
            recentPayments: recent...recent + .milliseconds(150), maxSize: random.chance(200) ? 0 : .max,
            limit: Int.random(in: 1...8, using: &random))
    }

    private func randomLoad(deliveries: [MemoryOutbox.Stored], _ random: inout SeededGenerator) -> LoadRequest {
        let endedBefore = Timestamp(milliseconds: Int64.random(in: 0...600, using: &random))
        return LoadRequest(
            destination: destinations.randomElement(using: &random) ?? "a",
            kind: random.chance(500) ? .due : .outageFailures(endedBefore: endedBefore),
            limit: Int.random(in: 1...20, using: &random), byteLimit: Int.random(in: 1...200, using: &random),
            excluding: Set(deliveries.map(\.delivery.id).filter { _ in random.chance(200) }))
    }

    /// A delivery as it is compared.
    private struct Told: Equatable {
        let id: DeliveryID
        let event: EventID
        let data: [UInt8]
        let destination: String
        let counts: [Int]
        let notBefore: Timestamp
        let failedByOutage: Bool

        init(_ delivery: Delivery) {
            id = delivery.id
            event = delivery.event.id
            data = delivery.event.data
            destination = delivery.destination
            counts = [delivery.attempts, delivery.recordedAttempts]
            notBefore = delivery.notBefore
            failedByOutage = delivery.failedByOutage
        }
    }
}
