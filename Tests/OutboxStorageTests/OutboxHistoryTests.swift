import DeliveryPlanning
import OutboxStorage
import RelayModel
import OutboxTestKit
import Testing

/// The same random history in memory and in SQLite: every answer is the same.
struct OutboxHistoryTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `memory and SQLite answer alike`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let disk = MemoryOutbox.Disk()
        let memory = try OutboxUnderTest { MemoryOutbox(disk: disk) }
        let sqlite = try OutboxUnderTest { try SQLiteOutbox(path: folder.path("outbox.sqlite")) }
        for round in 1...60 {
            let batch = randomBatch(round, deliveries: disk.deliveries, &random)
            let (one, other) = (try memory.outbox.commit(batch), try sqlite.outbox.commit(batch))
            try #require(one.readyIDs == other.readyIDs, "round \(round)")
            try #require(one.ready.map(Told.init) == other.ready.map(Told.init), "round \(round)")
            #expect(one.added == other.added)
            #expect(one.repeated == other.repeated)
            if random.chance(100) {
                try memory.reopen()
                try sqlite.reopen()
            }
            let request = randomLoad(deliveries: disk.deliveries, &random)
            let now = Timestamp(milliseconds: Int64.random(in: 0...1000, using: &random))
            let (read, readToo) = (try memory.outbox.load(request, now: now), try sqlite.outbox.load(request, now: now))
            try #require(read.deliveries.map(Told.init) == readToo.deliveries.map(Told.init), "round \(round)")
            #expect(read.next == readToo.next)
            #expect(try memory.outbox.standings() == sqlite.outbox.standings())
        }
        #expect(disk.deliveries.contains { $0.state != .pending })
        #expect(disk.deliveries.contains { $0.state == .pending && !$0.isReady })
    }

    private let destinations = ["a", "b", "c"]

    private func randomBatch(
        _ round: Int, deliveries: [MemoryOutbox.Stored], _ random: inout SeededGenerator
    ) -> OutboxBatch {
        let accepted = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let lanes = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int64.random(in: 1...4, using: &random) }
            let wanted = destinations.filter { _ in random.chance(600) }
            return AcceptedEvent.sample(
                UInt64.random(in: 1...UInt64(round * 3), using: &random), at: Int64(round * 10),
                for: wanted.isEmpty ? ["a"] : wanted, lanes: lanes, data: "round \(round)")
        }
        let updates = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ -> DeliveryUpdate? in
            guard let stored = deliveries.randomElement(using: &random) else { return nil }
            let state = DeliveryState.allCases.randomElement(using: &random) ?? .pending
            return .sample(
                stored.delivery.id.number, state, attempt: stored.delivery.recordedAttempts + 1,
                notBefore: Int64.random(in: 0...1000, using: &random),
                outage: state == .pending && stored.isReady && random.chance(500), endedAt: Int64(round * 10))
        }
        let standing = DestinationStanding(stop: DestinationStanding.Stop.allCases.randomElement(using: &random))
        return OutboxBatch(
            accepted: accepted, updates: updates, standings: random.chance(200) ? ["b": standing] : [:])
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
