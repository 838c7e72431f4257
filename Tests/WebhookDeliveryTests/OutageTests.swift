import DeliveryPlanning
import RelayConfig
import RelayModel
import Testing

@testable import WebhookDelivery

/// Receivers that are down for long, over libcurl; the planner's own tests hold the moments of probes and waits.
@Suite(.timeLimit(.minutes(2))) struct OutageTests {
    private static let backlog = 200
    private static let lanes: Int64 = 20

    private static let limits = {
        var limits = PlannerLimits()
        limits.probeInitial = .milliseconds(2)
        limits.probeMax = .milliseconds(10)
        limits.loadSpacing = .milliseconds(1)
        return limits
    }()

    /// Where a wait counts for the receiver that asks for one, there are attempts for many of them; else two in all.
    private func bad(_ fault: FaultyReceiver.Fault, _ url: String) -> DestinationConfiguration {
        destination(url, name: "bad") {
            $0.timeout = fault == .hangs ? .milliseconds(250) : .seconds(60)
            $0.policy.retry.jitterThousandths = 0
            if fault == .isBusyForAWhile {
                $0.policy.retry.schedule = Array(repeating: .milliseconds(1), count: 1000)
                $0.policy.retry.maxRetryAfter = .milliseconds(100)
            } else {
                $0.policy.retry.schedule = [.seconds(3600)]
            }
        }
    }

    @Test(arguments: FaultyReceiver.Fault.allCases, [false, true])
    func `through an outage nothing is lost, attempts last, the order holds and another destination goes on`(
        fault: FaultyReceiver.Fault, isOrdered: Bool
    ) async throws {
        let receiver = FaultyReceiver(fault)
        let good = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        defer {
            receiver.server.stop()
            good.stop()
        }
        let destinations = [bad(fault, receiver.server.url), destination(good.url, name: "good")]
        let disk = try DeliveryDisk(destinations, transport: makeTransport(destinations), limits: Self.limits) {
            isOrdered ? $0.id.number % Self.lanes : nil
        }
        let dispatcher = try #require(disk.dispatcher)
        let numbers = 1...Int64(Self.backlog)
        disk.accept(numbers.map { delivery($0, to: "bad") })

        // While one is down and probed again and again, each of the other's goes at once and succeeds at once.
        var sent: Int64 = 0
        var isDown = false
        while disk.attempts(to: "bad") < 24 || sent < 100 {
            sent += 1
            disk.accept([delivery(1000 + sent, to: "good")])
            try await until { disk.waiting(for: "good") == 0 }
            let activity = try #require(await dispatcher.activity()["bad"])
            // Those that were under way when it went down have ended once no more than one is.
            if isDown { #expect(activity.inFlight <= 1) }
            isDown = activity.isDown && (isDown || activity.inFlight <= 1)
        }
        #expect(isDown)
        #expect(receiver.taken.isEmpty)
        #expect(disk.waiting(for: "bad") == Self.backlog)
        #expect(disk.attempts(to: "good") == Int(sent))

        receiver.comeBack()
        // Short enough for an outage of a second is too short for a busy machine.
        try dispatcher.reconfigure(
            destinations.map { configured in
                var patient = configured
                patient.timeout = .seconds(60)
                return patient
            }, standings: [:])
        try await until { disk.waiting(for: "bad") == 0 }
        await dispatcher.stop(within: .seconds(60))
        let updates = disk.updates.filter { $0.destination == "bad" }
        let ends = updates.filter { $0.state != .pending }
        #expect(ends.allSatisfy { $0.state == .delivered })
        #expect(ends.map(\.id.number).sorted() == Array(numbers))
        let ids = numbers.map { delivery($0).event.id.description }
        // The last probe with the short time limit may have been taken and not been answered in time.
        let taken = fault == .hangs ? Self.withoutRepeats(receiver.taken) : receiver.taken
        let isComplete = taken.sorted() == ids.sorted()
        #expect(isComplete)
        if isOrdered {
            for lane in 0..<Int(Self.lanes) {
                let own = ids.enumerated().filter { ($0.offset + 1) % Int(Self.lanes) == lane }.map(\.element)
                #expect(taken.filter(own.contains) == own)
            }
        }
        switch fault {
        case .refuses:
            // Of the failures only those counted that made it down.
            let failures = Dictionary(grouping: updates.filter { $0.state == .pending }, by: \.id)
            #expect(failures.values.compactMap { $0.last?.attempts }.reduce(0, +) == Self.limits.downAfter)
        case .isBusyForAWhile:
            expectWaits(of: updates, atLeast: .milliseconds(100))
        case .hangs, .resets, .isBusy, .babbles:
            #expect(ends.map(\.attempts).max() == 2)
        }
    }

    private static func withoutRepeats(_ ids: [String]) -> [String] {
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }
    }

    /// Between the attempts of each delivery.
    private func expectWaits(of updates: [DeliveryUpdate], atLeast wait: Duration) {
        for attempts in Dictionary(grouping: updates, by: \.id).values {
            for (earlier, later) in zip(attempts, attempts.dropFirst()) {
                // The end as recorded is cut to milliseconds, and so is the start.
                let pause = later.attempt.startedAt - (earlier.attempt.startedAt + earlier.attempt.duration)
                #expect(pause >= wait - .milliseconds(2))
            }
        }
    }
}
