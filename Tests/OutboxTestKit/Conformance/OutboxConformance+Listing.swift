import OutboxStorage
package import RelayModel
import Testing

extension OutboxConformance {
    static let listings = [
        OutboxConformance("a listing shows what a delivery is, waiting and ended") { test throws in
            let event = Event(
                id: EventID(high: 1, low: .max), feed: nil, type: "relay.test \u{0}",
                timestamp: Timestamp(milliseconds: 5), receivedAt: Timestamp(milliseconds: 7), sender: "s",
                recipient: nil, amount: "1.0", payment: [1], data: [2, 3])
            let new = NewDelivery(destination: "a", rules: ["x", "y \"z\""], format: .raw, lanes: [])
            try test.commit(OutboxBatch(accepted: [AcceptedEvent(event: event, deliveries: [new])]))
            try test.postpone(1, until: 900, outage: true, endedAt: 300)
            var summary = DeliverySummary(
                id: DeliveryID(1), event: event.id, type: event.type, feed: nil, destination: "a", rules: new.rules,
                format: .raw, state: .pending, attempts: 1, receivedAt: event.receivedAt,
                next: Timestamp(milliseconds: 900), endedAt: nil, lastError: "HTTP 503")
            #expect(try test.page().deliveries == [summary])
            try test.commit(OutboxBatch(updates: [.sample(1, .delivered, attempt: 2, endedAt: 1000)]))
            (summary.state, summary.attempts, summary.next, summary.lastError) = (.delivered, 2, nil, nil)
            summary.endedAt = Timestamp(milliseconds: 1000)
            #expect(try test.page().deliveries == [summary])
            let detail = try #require(try test.reader.delivery(DeliveryID(1)))
            #expect(detail.summary == summary)
            #expect(detail.event.data == [2, 3])
            #expect(detail.event.payment == [1])
            #expect(detail.event.timestamp == event.timestamp)
            #expect([detail.event.sender, detail.event.recipient, detail.event.amount] == ["s", nil, "1.0"])
            let attempts = [
                DeliveryUpdate.sample(1, .pending, endedAt: 300).attempt,
                DeliveryUpdate.sample(1, .delivered, attempt: 2, endedAt: 1000).attempt,
            ]
            #expect(detail.attempts == attempts)
            #expect(detail.recordedAttempts == 2)
            #expect(try test.reader.delivery(DeliveryID(2)) == nil)
            #expect(try test.reader.delivery(DeliveryID(.min)) == nil)
        },
        OutboxConformance("of many attempts the newest are shown, and all are counted") { test throws in
            try test.accept(1, for: "a", "b")
            let shown = DeliveryDetail.shownAttempts
            func tried(_ attempts: ClosedRange<Int>) throws -> DeliveryDetail? {
                try test.commit(OutboxBatch(updates: attempts.map { .sample(1, .pending, attempt: $0) }))
                return try test.reader.delivery(DeliveryID(1))
            }
            let all = try #require(try tried(1...shown))
            #expect(all.attempts.map(\.number) == Array(1...shown))
            #expect(all.recordedAttempts == shown)
            let newest = try #require(try tried(shown + 1...shown + 5))
            #expect(newest.attempts.map(\.number) == Array(6...shown + 5))
            #expect(newest.recordedAttempts == shown + 5)
            // What an operator brings back keeps its record.
            try test.end(1, as: .dead, attempt: shown + 6)
            try test.perform(.retry(DeliveryID(1)))
            let detail = try #require(try test.reader.delivery(DeliveryID(1)))
            #expect(detail.summary.attempts == 0)
            #expect(detail.recordedAttempts == shown + 6)
            #expect(try test.reader.delivery(DeliveryID(2))?.recordedAttempts == 0)
        },
        OutboxConformance("pages go down from the newest or up from the oldest, and the last has no cursor") {
            test throws in
            #expect(try test.page() == DeliveryPage(deliveries: [], cursor: nil))
            for number in 1...5 { try test.accept(UInt64(number), for: "a") }
            func pages(_ order: ListingOrder, _ limit: Int) throws -> [[Int64]] {
                var pages: [[Int64]] = []
                var cursor: DeliveryID?
                repeat {
                    let page = try test.page(order: order, cursor: cursor, limit: limit)
                    pages.append(page.deliveries.map(\.id.number))
                    cursor = page.cursor
                } while cursor != nil && pages.count < 9
                return pages
            }
            #expect(try pages(.newestFirst, 2) == [[5, 4], [3, 2], [1]])
            #expect(try pages(.oldestFirst, 2) == [[1, 2], [3, 4], [5]])
            #expect(try pages(.newestFirst, 5) == [[5, 4, 3, 2, 1]])
        },
        OutboxConformance("a cursor can be of a delivery that is gone, or of none ever") { test throws in
            for number in 1...3 { try test.accept(UInt64(number), for: "a") }
            for (cursor, down, up) in [
                (Int64.min, [Int64](), [1, 2, 3] as [Int64]), (2, [1], [3]), (99, [3, 2, 1], []),
                (.max, [3, 2, 1], []),
            ] {
                func page(_ order: ListingOrder) throws -> [Int64] {
                    try test.page(order: order, cursor: DeliveryID(cursor)).deliveries.map(\.id.number)
                }
                #expect(try page(.newestFirst) == down)
                #expect(try page(.oldestFirst) == up)
            }
        },
        OutboxConformance("filters take what holds all that is asked, in both orders and page by page") { test throws in
            let rules = [["x"], ["x", "y"], ["y"], ["xy"]]
            for number in 1...24 {
                let event = AcceptedEvent.sample(UInt64(number), at: Int64(number % 10) * 10, for: ["a"]).event
                let deliveries = (number % 3 == 0 ? ["a", "b"] : ["a"]).map {
                    NewDelivery(destination: $0, rules: rules[number % 4], format: .standard, lanes: [])
                }
                try test.commit(OutboxBatch(accepted: [AcceptedEvent(event: event, deliveries: deliveries)]))
            }
            let all = try test.page(order: .oldestFirst).deliveries
            #expect(all.count == 32)
            for (index, state) in [DeliveryState.delivered, .dead, .discarded].enumerated() {
                for id in stride(from: index + 2, through: 32, by: 5) { try test.end(Int64(id), as: state) }
            }
            let written = try test.page(order: .oldestFirst).deliveries
            for destination in [nil, "a", "b", "c"] {
                for state in [nil, .pending, .dead] as [DeliveryState?] {
                    for rule in [nil, "x", "xy"] {
                        for (since, until) in [(nil, nil), (30, nil), (nil, 50), (30, 50), (50, 30)]
                            as [(Int64?, Int64?)]
                        {
                            let filter = DeliveryFilter(
                                destination: destination, state: state, rule: rule,
                                since: since.map(Timestamp.init(milliseconds:)),
                                until: until.map(Timestamp.init(milliseconds:)))
                            let expected = written.filter { filter.takes($0) }.map(\.id.number)
                            #expect(try test.listed(filter, order: .oldestFirst, limit: 3) == expected, "\(filter)")
                            #expect(try test.listed(filter, limit: 3) == expected.reversed(), "\(filter)")
                        }
                    }
                }
            }
        },
        OutboxConformance("one delivery or one event is found, and other parts of the filter still count") {
            test throws in
            for number in 1...3 { try test.accept(UInt64(number), at: Int64(number), for: "a", "b") }
            let event = EventID(high: 0, low: 2)
            #expect(try test.listed(DeliveryFilter(event: event)) == [4, 3])
            #expect(try test.listed(DeliveryFilter(event: event), order: .oldestFirst, limit: 1) == [3, 4])
            #expect(try test.listed(DeliveryFilter(destination: "b", event: event)) == [4])
            #expect(try test.listed(DeliveryFilter(state: .dead, event: event)) == [])
            #expect(try test.listed(DeliveryFilter(event: event, delivery: DeliveryID(3))) == [3])
            #expect(try test.listed(DeliveryFilter(event: event, delivery: DeliveryID(1))) == [])
            #expect(try test.listed(DeliveryFilter(delivery: DeliveryID(5))) == [5])
            #expect(try test.listed(DeliveryFilter(rule: "other", delivery: DeliveryID(5))) == [])
            #expect(try test.listed(DeliveryFilter(delivery: DeliveryID(5), until: Timestamp(milliseconds: 3))) == [])
            #expect(try test.listed(DeliveryFilter(delivery: DeliveryID(99))) == [])
            #expect(try test.listed(DeliveryFilter(event: EventID(high: 9, low: 9))) == [])
        },
        OutboxConformance("a time is found wherever it stands in the order of acceptance") { test throws in
            // Three blocks of numbers; the clock was set back before the third.
            for (from, moment) in [(0, 1000), (2000, 5000), (4000, 2000)] as [(UInt64, Int64)] {
                try test.commit(
                    OutboxBatch(
                        accepted: (1...1500).map { .sample(from + $0, at: moment + Int64($0), for: ["a"]) }))
            }
            func found(_ since: Int64, _ until: Int64) throws -> [Int64] {
                let filter = DeliveryFilter(
                    since: Timestamp(milliseconds: since), until: Timestamp(milliseconds: until))
                let up = try test.listed(filter, order: .oldestFirst, limit: 1000)
                #expect(try test.listed(filter, limit: 1000) == up.reversed())
                return up
            }
            #expect(try found(2100, 2103) == [1100, 1101, 1102, 3100, 3101, 3102])
            #expect(try found(5001, 5002) == [1501])
            #expect(try found(0, .max).count == 4500)
            #expect(try found(4000, 5001) == [])
        },
    ]

    static let counting = [
        OutboxConformance("deliveries are counted by destination and state, with the oldest that waits") {
            test throws in
            #expect(try test.reader.counts() == [:])
            for number in 1...6 { try test.accept(UInt64(number), at: Int64(number) * 10, for: "a") }
            try test.accept(7, at: 70, for: "b")
            try test.end(1)
            try test.end(2, as: .dead)
            try test.end(3, as: .discarded)
            try test.end(5)
            try test.end(7)
            try test.commit(OutboxBatch(standings: ["c": DestinationStanding(stop: .paused)]))
            var expected = [
                "a": DeliveryCounts(
                    pending: 2, delivered: 2, dead: 1, discarded: 1, oldestPending: Timestamp(milliseconds: 40)),
                "b": DeliveryCounts(delivered: 1), "c": DeliveryCounts(),
            ]
            #expect(try test.reader.counts() == expected)
            try test.perform(.retry(DeliveryID(2)))
            try test.perform(.discard(DeliveryID(4)))
            try test.reopen()
            expected["a"] = DeliveryCounts(
                pending: 2, delivered: 2, dead: 0, discarded: 2, oldestPending: Timestamp(milliseconds: 20))
            #expect(try test.reader.counts() == expected)
        }
    ]
}

extension DeliveryFilter {
    /// What the filter means, of what a listing shows.
    package func takes(_ summary: DeliverySummary) -> Bool {
        (destination == nil || destination == summary.destination) && (state == nil || state == summary.state)
            && (rule.map(summary.rules.contains) ?? true) && (event == nil || event == summary.event)
            && (delivery == nil || delivery == summary.id) && (since.map { summary.receivedAt >= $0 } ?? true)
            && (until.map { summary.receivedAt < $0 } ?? true)
    }
}
