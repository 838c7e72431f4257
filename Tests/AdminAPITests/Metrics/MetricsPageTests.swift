import RelayModel
import Testing

@testable import AdminAPI

@Suite struct `The metrics page` {
    @Test func `is the golden page for a relay that has every series`() {
        let page = MetricsPage.text(MetricsSamples.status, MetricsSamples.process)
        let (lines, golden) = (page.split(separator: "\n"), GoldenPage.text.split(separator: "\n"))
        for (line, expected) in zip(lines, golden) where line != expected {
            Issue.record("\(line)\n  is not\n\(expected)")
        }
        #expect(page == GoldenPage.text)
    }

    @Test func `has every family of the table once, in its order`() {
        let page = MetricsPage.text(MetricsSamples.status, MetricsSamples.process)
        let types = page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
        #expect(types.map(String.init) == MetricFamily.all.map { "# TYPE \($0.name) \($0.kind.rawValue)" })
        #expect(Set(MetricFamily.all.map(\.name)).count == MetricFamily.all.count)
    }

    @Test(arguments: MetricFamily.all.map(\.name)) func `names a family as Prometheus wants it`(name: String) throws {
        let family = try #require(MetricFamily.all.first { $0.name == name })
        #expect(name.wholeMatch(of: /(x402_relay|process)(_[a-z]+)+/) != nil)
        #expect((family.kind == .counter) == name.hasSuffix("_total"))
        #expect(!family.help.isEmpty && !family.help.contains("\\") && !family.help.contains("\n"))
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\"b", #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"),
        ("\\n", #"\\n"#), ("\"} 1\nevil 2", #"\"} 1\nevil 2"#), ("é}{,", "é}{,"),
        ("e\u{301}\"\u{301}", "e\u{301}\\\"\u{301}"),
    ])
    func `escapes a name, so that it stays one value on one line`(name: String, escaped: String) {
        var status = MetricsSamples.status
        status.version = name
        status.feeds = [MetricsSamples.feed(name)]
        status.destinations = [MetricsSamples.destination(name)]
        let page = Array(MetricsPage.text(status, MetricsSamples.process).utf8).split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0, as: UTF8.self) }
        #expect(page.contains("x402_relay_build_info{version=\"\(escaped)\"} 1"))
        #expect(page.contains("x402_relay_feed_up{feed=\"\(escaped)\"} 1"))
        #expect(page.contains("x402_relay_deliveries_total{destination=\"\(escaped)\",outcome=\"dead\"} 2"))
        let golden = GoldenPage.text.split(separator: "\n")
        // A feed that is not paid lacks two families.
        #expect(page.count == golden.count - 6)
        #expect(!page.contains { $0.hasPrefix("evil") })
    }

    @Test func `leaves out what there is nothing of`() {
        var status = MetricsSamples.status
        status.feeds[0].slice = nil
        status.feeds[0].lastMessageAt = nil
        status.destinations[0].counts.oldestPending = nil
        status.payments = nil
        let page = MetricsPage.text(status, ProcessFigures(stat: [], bootedAt: MetricsSamples.now))
        for name in [
            "process_", "x402_relay_feed_paid", "x402_relay_feed_last_message", "x402_relay_oldest_pending",
            "x402_relay_payments", "x402_relay_spen",
        ] {
            #expect(!page.contains(name), "\(name)")
        }
        #expect(page.contains("x402_relay_feed_up{feed=\"solana\"} 1\n"))
    }

    @Test func `has a limit only where there is one`() {
        var status = MetricsSamples.status
        status.payments?.perHour = nil
        status.payments?.total = nil
        let limits = lines(of: "x402_relay_spend_limit_units", status)
        #expect(
            limits == [
                #"x402_relay_spend_limit_units{window="payment"} 0.5"#,
                #"x402_relay_spend_limit_units{window="day"} 50"#,
            ])
    }

    @Test(arguments: [
        (DestinationStatus.State.active, [0, 0, 0]), (.down, [1, 0, 0]), (.disabled, [0, 1, 0]), (.paused, [0, 0, 1]),
        (.removed, [0, 0, 0]),
    ])
    func `tells a destination's state`(state: DestinationStatus.State, flags: [Int]) {
        var status = MetricsSamples.status
        status.destinations = [MetricsSamples.destination("a", state)]
        for (name, flag) in zip(["down", "disabled", "paused"], flags) {
            let family = "x402_relay_destination_\(name)"
            #expect(lines(of: family, status) == ["\(family){destination=\"a\"} \(flag)"])
        }
    }

    @Test(arguments: [
        ("paid", 0, 1), ("paying", 0, 1), ("unresolved", 1, 1), ("unresolved", 0, 0), ("unpaid", 60, 0),
        ("stopped", 60, 0),
    ])
    func `counts a feed as paid while nothing is missed`(state: String, secondsLeft: Int, isPaid: Int) {
        var status = MetricsSamples.status
        let slice = MetricsSamples.slice(state, paidUntil: MetricsSamples.now + .seconds(secondsLeft))
        status.feeds = [MetricsSamples.feed("a", slice: slice)]
        #expect(lines(of: "x402_relay_feed_paid", status) == ["x402_relay_feed_paid{feed=\"a\"} \(isPaid)"])
    }

    @Test func `is not ready and not writable where there is a reason`() {
        var status = MetricsSamples.status
        status.reasonsNotReady = ["the outbox cannot be written"]
        status.outbox.trouble = "disk full"
        status.outbox.isPressed = true
        status.feeds[0].isReading = false
        status.feeds[0].state = .unhealthy
        #expect(lines(of: "x402_relay_ready", status) == ["x402_relay_ready 0"])
        #expect(lines(of: "x402_relay_outbox_writable", status) == ["x402_relay_outbox_writable 0"])
        #expect(lines(of: "x402_relay_outbox_pressed", status) == ["x402_relay_outbox_pressed 1"])
        #expect(lines(of: "x402_relay_feed_reading", status) == [#"x402_relay_feed_reading{feed="solana"} 0"#])
        #expect(lines(of: "x402_relay_feed_up", status) == [#"x402_relay_feed_up{feed="solana"} 0"#])
    }

    /// The series of one name.
    private func lines(of name: String, _ status: RelayStatus) -> [String] {
        MetricsPage.text(status, MetricsSamples.process).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix(name + "{") || $0.hasPrefix(name + " ") }
    }
}

@Suite struct `A decimal of seconds` {
    @Test(arguments: [
        (Duration.zero, "0"), (.microseconds(250), "0.00025"), (.nanoseconds(1), "0.000000001"),
        (.milliseconds(10), "0.01"), (.milliseconds(100), "0.1"), (.seconds(30), "30"), (.milliseconds(2500), "2.5"),
        (.seconds(86_400), "86400"), (.milliseconds(-1500), "-1.5"), (.milliseconds(-500), "-0.5"),
        (Duration(secondsComponent: 3, attosecondsComponent: 999_999_999), "3"),
        (.milliseconds(Int64.max), "9223372036854775.807"),
    ])
    func `is plain and exact to the nanosecond`(duration: Duration, text: String) {
        #expect(MetricsWriter.seconds(duration) == text)
    }
}
