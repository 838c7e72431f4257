import AdminAPI
import Foundation
import Glibc
import OutboxStorage
import RelayAssembly
import RelayModel
import Testing

/// An outbox looked at and changed while its relay is down.
@Suite struct ControlOfflineTests {
    private func ids(_ page: DeliveryPage) -> [Int64] { page.deliveries.map(\.id.number) }

    @Test func `listings and shown deliveries are the outbox's`() async throws {
        let fixture = try ControlFixture()
        defer { withExtendedLifetime(fixture) {} }
        let control = fixture.control
        let all = try await control.deliveries(DeliveryFilter(), isNewestFirst: true, cursor: nil, limit: 4)
        #expect(ids(all) == [6, 5, 4, 3] && all.cursor != nil)
        let rest = try await control.deliveries(DeliveryFilter(), isNewestFirst: true, cursor: all.cursor, limit: 4)
        #expect(ids(rest) == [2, 1])
        let dead = try await control.deliveries(
            DeliveryFilter(state: .dead), isNewestFirst: false, cursor: nil, limit: 10)
        #expect(ids(dead) == [4])
        let gone = try await control.deliveries(
            DeliveryFilter(destination: "gone"), isNewestFirst: false, cursor: nil, limit: 10)
        #expect(ids(gone) == [3])
        let shown = try await control.delivery(DeliveryID(4))
        #expect(shown.attempts.map(\.status) == [500] && shown.event.id == EventID(high: 7, low: 2))
        await #expect(throws: ControlError.unknownDelivery(DeliveryID(7))) { try await control.delivery(DeliveryID(7)) }
    }

    @Test func `its status says that no relay runs, and how each destination stands`() async throws {
        let fixture = try ControlFixture()
        defer { withExtendedLifetime(fixture) {} }
        let status = try await fixture.control.status()
        #expect(!status.isRunning && status.feeds.isEmpty)
        #expect(status.reasonsNotReady == ["the relay is not running"])
        let maxSize: Int64 = 1 << 30
        #expect(status.outbox.size > 0 && status.outbox.maxSize == maxSize)
        #expect(status.destinations.map(\.name) == ["billing", "audit", "gone"])
        #expect(status.destinations.map(\.state) == [.active, .active, .removed])
        let counts = status.destinations[0].counts
        let expected = DeliveryCounts(
            pending: 1, delivered: 1, dead: 1, discarded: 1, oldestPending: ControlFixture.now - .seconds(3600))
        #expect(counts == expected)
    }

    @Test func `a destination that is not configured and has nothing is not there, whatever was remembered of it`()
        async throws
    {
        // It gets its row, and has no delivery.
        let standing = DestinationStanding(stop: .paused, reason: "by an operator", since: ControlFixture.now)
        let fixture = try ControlFixture(standings: ["former": standing])
        #expect(try await fixture.control.status().destinations.map(\.name) == ["billing", "audit", "gone"])
        let unknown = ControlError.unknownDestination("former", known: ["billing", "audit", "gone"])
        await #expect(throws: unknown) {
            try await fixture.control.deliveries(
                DeliveryFilter(destination: "former"), isNewestFirst: true, cursor: nil, limit: 1)
        }
    }

    @Test func `retry brings back what has ended, discard gives up what has not`() async throws {
        let fixture = try ControlFixture()
        defer { withExtendedLifetime(fixture) {} }
        let control = fixture.control
        for id in [1, 4, 5] as [Int64] {
            #expect(try await control.retry(DeliveryID(id)).state == .pending)
        }
        #expect(try await control.discard(DeliveryID(1)).state == .discarded)
        await #expect(throws: ControlError.conflict("delivery 1 is discarded already")) {
            try await control.discard(DeliveryID(1))
        }
        await #expect(throws: ControlError.unknownDelivery(DeliveryID(7))) { try await control.retry(DeliveryID(7)) }
    }

    @Test func `replay brings back delivered and dead ones that fit, and says how many`() async throws {
        let fixture = try ControlFixture()
        defer { withExtendedLifetime(fixture) {} }
        let control = fixture.control
        #expect(try await control.replay(DeliveryFilter(rule: "rule2")) == 1)
        #expect(try await control.replay(DeliveryFilter(rule: "rule2")) == 0)
        #expect(try await control.replay(DeliveryFilter(destination: "billing")) == 1)
        let (delivery, event) = (DeliveryID(7), EventID(high: 7, low: 7))
        await #expect(throws: ControlError.unknownDelivery(delivery)) {
            try await control.replay(DeliveryFilter(delivery: delivery))
        }
        await #expect(throws: ControlError.unknownEvent(event)) {
            try await control.replay(DeliveryFilter(event: event))
        }
        #expect(try await control.replay(DeliveryFilter(event: EventID(high: 7, low: 2))) == 0)
        let pending = try await control.deliveries(
            DeliveryFilter(state: .pending), isNewestFirst: false, cursor: nil, limit: 10)
        #expect(ids(pending) == [1, 2, 3, 4, 6])
        await #expect(throws: ControlError.unknownDestination("nobody", known: ["billing", "audit", "gone"])) {
            try await control.replay(DeliveryFilter(destination: "nobody"))
        }
    }

    @Test func `a destination that is stopped keeps why and since when, one that is resumed has a clean record`()
        async throws
    {
        let disabled = DestinationStanding(
            stop: .disabled, reason: "status 410", since: ControlFixture.now, failingSince: ControlFixture.now)
        let fixture = try ControlFixture(standings: ["audit": disabled])
        let paused = try await fixture.control.pause("billing")
        #expect(paused.state == .paused && paused.since == ControlFixture.now && paused.counts.pending == 1)
        let later = OfflineControl(fixture.configuration, now: { ControlFixture.now + .seconds(60) })
        #expect(try await later.pause("billing").since == ControlFixture.now)
        let stored = try fixture.standings()
        #expect(stored["billing"]?.stop == .paused && stored["billing"]?.reason == "by an operator")

        #expect(try await later.pause("audit").state == .disabled)
        #expect(try fixture.standings()["audit"] == disabled)
        #expect(try await later.resume("audit").state == .active)
        #expect(try await later.resume("billing").state == .active)
        #expect(try fixture.standings() == [:])
        await #expect(throws: ControlError.unknownDestination("gone", known: ["billing", "audit"])) {
            try await fixture.control.pause("gone")
        }
    }

    @Test func `an outbox that is held can be looked at, and is not changed`() async throws {
        let fixture = try ControlFixture()
        let holder = try fixture.hold()
        defer { close(holder) }
        let control = fixture.control
        #expect(try await control.delivery(DeliveryID(1)).summary.state == .delivered)
        for change in [{ try await control.retry(DeliveryID(1)) }, { try await control.discard(DeliveryID(2)) }] {
            let error = await #expect(throws: ControlError.self) { try await change() }
            guard case .unavailable(let reason)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(reason.contains("does not answer on \(fixture.outboxPath).sock"))
        }
        #expect(try await control.delivery(DeliveryID(1)).summary.state == .delivered)
    }

    @Test func `an outbox that does not exist yet is not made`() async throws {
        let fixture = try ControlFixture(isEmpty: true)
        let control = fixture.control
        let reason = ControlError.unavailable(
            "there is no outbox \(fixture.outboxPath) yet: the relay makes it when it first runs")
        await #expect(throws: reason) { try await control.status() }
        await #expect(throws: reason) { try await control.retry(DeliveryID(1)) }
        await #expect(throws: reason) { try await control.pause("billing") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path) == ["relay.json"])
    }

    @Test func `what needs a relay says that none runs`() async throws {
        let fixture = try ControlFixture()
        defer { withExtendedLifetime(fixture) {} }
        let control = fixture.control
        let reason = ControlError.unavailable("the relay is not running")
        await #expect(throws: reason) { try await control.test("billing") }
        await #expect(throws: reason) { try await control.reload() }
        await #expect(throws: reason) { try await control.match([], feed: nil) }
    }
}
