import DeliveryPlanning
import OutboxTestKit
import RelayModel
import Testing

@testable import OutboxStorage

/// The writer over its real file: what one relay left, the next goes on with.
struct WriterRestartTests {
    private let log = ReportLog()
    private let lines = LogLines()

    private func start(_ folder: TemporaryFolder, at moment: Int64) throws -> OutboxWriter {
        let path = folder.path("outbox.sqlite")
        return try OutboxWriter.start(
            retention: .sample, logger: lines.logger, clock: { Timestamp(milliseconds: moment) },
            judge: { ScriptedJudge(own: ["ops"]) }, reports: log.reports,
            open: { () throws(OutboxError) in try SQLiteOutbox(path: path) })
    }

    private func waiting(_ folder: TemporaryFolder, for destination: String) throws -> [String] {
        let request = LoadRequest(destination: destination, kind: .due, limit: 100, byteLimit: .max, excluding: [])
        return try SQLiteOutbox(path: folder.path("outbox.sqlite")).load(request, now: Timestamp(milliseconds: .max))
            .deliveries.map { delivery in
                AcceptedEvent(
                    event: delivery.event,
                    deliveries: [NewDelivery(destination: destination, rules: [], format: .standard, lanes: [])]
                ).words
            }
    }

    @Test func `payments, waits, own numbers and what is known of feeds outlive the relay`() async throws {
        let folder = try TemporaryFolder()
        let first = try start(folder, at: 1000)
        first.accept([
            .payment(1, at: 1000, for: "a"), try .settlement(7, of: 2, at: 1000, with: ["a"], without: ["b"]),
            try .settlement(8, of: 3, at: 1000, atOnce: ["a"], with: ["a", "b"], without: ["a"]),
        ])
        first.raise(own: [.sample(1)], feedsSeen: ["f": Timestamp(milliseconds: 900)])
        #expect(await first.stop(within: .seconds(60)) == OutboxWriter.Remainder())

        let second = try start(folder, at: 5000)
        #expect(second.memory.ownEvents == 1)
        #expect(second.memory.feedsSeen == ["f": Timestamp(milliseconds: 900)])
        #expect(second.memory.nextWaitEnd == Timestamp(milliseconds: 11_000))
        second.accept([
            try .settlement(9, of: 1, at: 5000, with: ["a"]), .payment(3, at: 5000), .event(10, at: 5000, for: "a"),
        ])
        #expect(await second.stop(within: .seconds(60)) == OutboxWriter.Remainder())

        // The other wait ended while no relay ran: it goes on at once, before what comes.
        let third = try start(folder, at: 60_000)
        third.accept([.event(11, at: 60_000, for: "b")])
        try await third.settled()
        #expect(await third.stop(within: .seconds(60)) == OutboxWriter.Remainder())
        #expect(try waiting(folder, for: "a") == ["1001 to a", "8 to a", "9 to a with 1", "10 to a"])
        #expect(try waiting(folder, for: "b") == ["8 to b with 1", "7 to b", "11 to b"])
        #expect(try waiting(folder, for: "ops").count == 1)
    }
}
