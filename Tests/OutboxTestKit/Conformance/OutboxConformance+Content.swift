import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    static let uniqueness = [
        OutboxConformance("an event goes to a destination once") { test throws in
            #expect(try test.accept(1, for: "a", "b").added == 2)
            let again = try test.accept(1, for: "a", "b", "c")
            #expect(again.added == 1)
            #expect(again.repeated == 2)
            #expect(again.ready.map(\.destination) == ["c"])
            #expect(try test.everything().count == 1)
        },
        OutboxConformance("an event twice in one batch counts once") { test throws in
            let sample = AcceptedEvent.sample(1, for: ["a"])
            let commit = try test.commit(OutboxBatch(accepted: [sample, sample]))
            #expect(commit.added == 1)
            #expect(commit.repeated == 1)
            #expect(commit.readyIDs == [1])
        },
        OutboxConformance("an event that was delivered, given up or discarded does not come again") { test throws in
            for (index, state) in [DeliveryState.delivered, .dead, .discarded].enumerated() {
                try test.accept(UInt64(index), for: "a")
                try test.end(Int64(index + 1), as: state)
                #expect(try test.accept(UInt64(index), for: "a").repeated == 1)
            }
            #expect(try test.due() == DueNumbers([]))
        },
        OutboxConformance("other bytes under the same id reach only who has not had the event") { test throws in
            try test.commit(OutboxBatch(accepted: [.sample(1, for: ["a"], data: "first")]))
            let commit = try test.commit(OutboxBatch(accepted: [.sample(1, for: ["a", "b"], data: "other")]))
            #expect(commit.repeated == 1)
            #expect(try test.everything(of: "a").map(\.event.data) == [Array("first".utf8)])
            #expect(try test.everything(of: "b").map(\.event.data) == [Array("other".utf8)])
        },
        OutboxConformance("deliveries are numbered from 1 in the order of acceptance, without gaps for repeats") {
            test throws in
            try test.accept(1, for: "a", "b")
            try test.accept(1, for: "a", "b")
            #expect(try test.accept(2, for: "b", "a").readyIDs == [3, 4])
        },
    ]

    static let content = [
        OutboxConformance("what is read back is what was accepted, byte for byte") { test throws in
            let event = Event(
                id: EventID(high: .max, low: 1 << 63), feed: nil, type: "relay.test \u{1F4B8}\u{0}",
                timestamp: Timestamp(milliseconds: -1), receivedAt: Timestamp(milliseconds: 1_697_234_567_890),
                sender: "", recipient: "EPjF\"\\", amount: "0.0010", payment: Array(0...255), data: [])
            let new = NewDelivery(
                destination: "a", rules: ["first", "second", "with \"quotes\" \u{1F4B8}"], format: .cloudevents,
                lanes: [LaneKey(rawValue: .min), LaneKey(rawValue: .min)])
            let ready = try test.commit(
                OutboxBatch(accepted: [AcceptedEvent(event: event, deliveries: [new])])
            ).ready
            try test.reopen()
            for delivery in try ready + test.everything() {
                #expect(delivery.id == DeliveryID(1))
                #expect(delivery.destination == "a")
                #expect(delivery.rules == new.rules)
                #expect(delivery.format == .cloudevents)
                #expect(delivery.attempts == 0)
                #expect(delivery.recordedAttempts == 0)
                #expect(delivery.notBefore == event.receivedAt)
                #expect(!delivery.failedByOutage)
                #expect(delivery.event.id == event.id)
                #expect(delivery.event.feed == nil)
                #expect(delivery.event.type == event.type)
                #expect(delivery.event.timestamp == event.timestamp)
                #expect(delivery.event.receivedAt == event.receivedAt)
                #expect(delivery.event.sender == "")
                #expect(delivery.event.recipient == event.recipient)
                #expect(delivery.event.amount == "0.0010")
                #expect(delivery.event.payment == event.payment)
                #expect(delivery.event.data == [])
            }
            #expect(try test.everything().count == 1)
        },
        OutboxConformance("an empty batch is nothing") { test throws in
            let commit = try test.commit(OutboxBatch())
            #expect(commit.ready.isEmpty)
            #expect(commit.added == 0)
        },
        OutboxConformance("numbers are not given twice, also after reopening") { test throws in
            try test.accept(1, for: "a")
            try test.end(1)
            try test.reopen()
            #expect(try test.accept(2, for: "a").readyIDs == [2])
        },
    ]

    static let standings = [
        OutboxConformance("standings are remembered field by field, replaced and forgotten") { test throws in
            #expect(try test.standings().isEmpty)
            let disabled = DestinationStanding(
                stop: .disabled, reason: "410", since: Timestamp(milliseconds: 5),
                failingSince: Timestamp(milliseconds: 3),
                recentFailures: [Timestamp(milliseconds: 3), Timestamp(milliseconds: 40)],
                downSince: Timestamp(milliseconds: 4))
            let failing = DestinationStanding(failingSince: Timestamp(milliseconds: 7))
            try test.commit(OutboxBatch(standings: ["a": disabled, "b": failing, "c": disabled]))
            try test.reopen()
            #expect(try test.standings() == ["a": disabled, "b": failing, "c": disabled])
            let paused = DestinationStanding(stop: .paused, reason: "by hand", since: Timestamp(milliseconds: 9))
            try test.commit(OutboxBatch(standings: ["a": paused, "b": DestinationStanding()]))
            try test.reopen()
            #expect(try test.standings() == ["a": paused, "c": disabled])
        },
        OutboxConformance("a destination that only has deliveries has no standing") { test throws in
            try test.accept(1, for: "a")
            #expect(try test.standings().isEmpty)
        },
    ]
}
