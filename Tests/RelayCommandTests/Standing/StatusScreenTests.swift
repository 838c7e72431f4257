import RelayModel
import Testing

@testable import RelayCommand

/// The screen of `status`, from the API's answer to the lines.
@Suite struct StatusScreenTests {
    private static let troubled = StatusSample.status(
        reasons: ["feed solana: no connection is subscribed", "outbox: it is 85 % full"],
        feeds: [
            StatusSample.calmFeed,
            StatusSample.feed(
                "solana",
                #""state":"down","reason":"connection refused","since":"2026-01-01T02:01:50.000Z","connections":0,"#
                    + #""configuredConnections":1,"lastMessage":"2026-01-01T02:01:48.000Z","gaps":2,"gapTime":"14.300","#
                    + #""lastGap":{"from":"2026-01-01T01:00:00.000Z","to":"2026-01-01T01:00:03.100Z","#
                    + #""cause":"the connection was lost"},"reconnects":4,"malformed":1,"#
                    + #""lastFailure":{"at":"2026-01-01T02:04:55.000Z","reason":"connection refused"},"#
                    + #""lastMinute":{"received":0,"matched":0},"slice":{"state":"unpaid","#
                    + #""reason":"limits.perDay is reached","since":"2026-01-01T02:00:00.000Z","#
                    + #""paidUntil":"2026-01-01T02:00:00.000Z","sliceSeconds":300,"price":"0.03"}"#),
        ],
        destinations: [
            StatusSample.destination("audit"),
            StatusSample.destination(
                "billing",
                #""state":"down","reason":"status 503","since":"2026-01-01T02:02:00.000Z","pending":1203,"dead":3,"#
                    + #""oldestPending":"2026-01-01T01:55:00.000Z","lastMinute":{"delivered":0,"failed":14},"#
                    + #""lastFailure":{"at":"2026-01-01T02:04:58.000Z","reason":"status 503"},"#
                    + #""lastSuccess":"2026-01-01T02:01:59.000Z""#),
            StatusSample.destination(
                "old", #""state":"disabled","reason":"status 410","since":"2025-12-31T02:05:00.000Z","pending":2"#),
        ],
        outbox: StatusSample.outbox(kept: 9_000_000_000),
        rest: #","payments":{"wallet":"Wa11et","spent":{"hour":"0.42","day":"50","total":"61"},"limits":"#
            + #"{"perPayment":"0.5","perHour":"0.5","perDay":"50","total":null},"unresolved":1,"#
            + #""ledger":{"settled":20,"expired":1,"refused":0}},"linearRules":3,"liveClients":1"#)

    @Test func `what is wrong comes first, and every figure is there at 80 columns`() throws {
        let text = try StatusSample.lines(Self.troubled, width: 80)
        #expect(
            text == """
                x402-relay 1.0.0, up 2h 5m, NOT READY
                  feed solana: no connection is subscribed
                  outbox: it is 85 % full
                outbox data/outbox.sqlite: 1.1 MiB of 10 GiB, 8.3 GiB must be kept, nearly full,
                  1204 commits, p95 4 ms
                paid from Wa11et: 0.42 of 0.5 in the last hour, 50 of 50 in the last 24 hours,
                  61 in all, at most 0.5 each
                  payments: 20 settled, 1 expired
                  limits.perHour: more than 80 % of it is spent
                  limits.perDay is reached
                  the outcome of 1 payment is not known yet

                FEED      STATE      UP      LAST MESSAGE  LAST MINUTE
                solana    down       0 of 1  3m 12s ago    0 in, 0 matched
                    down for 3m 10s: connection refused
                    slice unpaid: limits.perDay is reached; paid until 2026-01-01T02:00:00.000Z
                      (5m ago); 0.03 for 5m
                    2 gaps, 14.3 s in all; the last until 2026-01-01T01:00:03.100Z (1h 4m ago)
                      for 3.1 s: the connection was lost
                    4 reconnects, 1 malformed message, the last failure 5s ago
                payments  connected  2 of 2  3s ago        1204 in, 32 matched

                DESTINATION  STATE     WAITING  OLDEST  LAST MINUTE      DEAD  P50 / P95
                billing      down         1203     10m  0 ok, 14 failed     3  12 ms / 340 ms
                    down for 3m: status 503
                    the last failure 2s ago; the last success 3m 1s ago
                    the dead: x402-relay deliveries list --state dead --destination billing
                old          disabled        2          120 ok                 12 ms / 340 ms
                    disabled for 1d: status 410
                    to send again: x402-relay destinations resume old
                    the last success 1s ago
                audit        active          0          120 ok                 12 ms / 340 ms

                3 branches of rules judged for each event, since no exact value leads there; 1
                  client follows live events
                """)
    }

    @Test func `a wide terminal has the same on fewer lines`() throws {
        let text = try StatusSample.lines(Self.troubled, width: 200)
        #expect(
            text == """
                x402-relay 1.0.0, up 2h 5m, NOT READY
                  feed solana: no connection is subscribed
                  outbox: it is 85 % full
                outbox data/outbox.sqlite: 1.1 MiB of 10 GiB, 8.3 GiB must be kept, nearly full, 1204 commits, p95 4 ms
                paid from Wa11et: 0.42 of 0.5 in the last hour, 50 of 50 in the last 24 hours, 61 in all, at most 0.5 each
                  payments: 20 settled, 1 expired
                  limits.perHour: more than 80 % of it is spent
                  limits.perDay is reached
                  the outcome of 1 payment is not known yet

                FEED      STATE      UP      LAST MESSAGE  LAST MINUTE
                solana    down       0 of 1  3m 12s ago    0 in, 0 matched
                    down for 3m 10s: connection refused
                    slice unpaid: limits.perDay is reached; paid until 2026-01-01T02:00:00.000Z (5m ago); 0.03 for 5m
                    2 gaps, 14.3 s in all; the last until 2026-01-01T01:00:03.100Z (1h 4m ago) for 3.1 s: the connection was lost
                    4 reconnects, 1 malformed message, the last failure 5s ago
                payments  connected  2 of 2  3s ago        1204 in, 32 matched

                DESTINATION  STATE     WAITING  OLDEST  LAST MINUTE      DEAD  P50 / P95
                billing      down         1203     10m  0 ok, 14 failed     3  12 ms / 340 ms
                    down for 3m: status 503
                    the last failure 2s ago; the last success 3m 1s ago
                    the dead: x402-relay deliveries list --state dead --destination billing
                old          disabled        2          120 ok                 12 ms / 340 ms
                    disabled for 1d: status 410
                    to send again: x402-relay destinations resume old
                    the last success 1s ago
                audit        active          0          120 ok                 12 ms / 340 ms

                3 branches of rules judged for each event, since no exact value leads there; 1 client follows live events
                """)
    }

    @Test func `where all is well a feed and a destination take a line each`() throws {
        let text = try StatusSample.lines(StatusSample.status(), width: 80)
        #expect(
            text == """
                x402-relay 1.0.0, up 2h 5m, ready
                outbox data/outbox.sqlite: 1.1 MiB of 10 GiB, 1204 commits, p95 4 ms

                FEED      STATE      UP      LAST MESSAGE  LAST MINUTE
                payments  connected  2 of 2  3s ago        1204 in, 32 matched

                DESTINATION  STATE   WAITING  LAST MINUTE  P50 / P95
                billing      active        0  120 ok       12 ms / 340 ms
                """)
    }

    @Test func `of an outbox without its relay it is said first that none runs, and nothing that only a relay knows`()
        throws
    {
        let spent = #"{"wallet":null,"spent":{"hour":"0","day":"0","total":"0"},"limits":{},"unresolved":0}"#
        let text = try StatusSample.lines(
            StatusSample.status(
                running: false, reasons: ["the relay is not running"], feeds: [],
                destinations: [StatusSample.destination("billing", #""pending":3"#)], rest: ",\"payments\":\(spent)"),
            width: 80)
        #expect(
            text == """
                the relay is not running; its outbox holds what follows
                outbox data/outbox.sqlite: 1.1 MiB of 10 GiB, 1204 commits, p95 4 ms

                DESTINATION  STATE   WAITING  P50 / P95
                billing      active        3  12 ms / 340 ms
                """)
    }

    @Test(arguments: [
        (true, false, ["outbox trouble: disk full"]),
        (false, true, ["it cannot take more now: the feeds are not read"]),
        (false, false, []),
    ])
    func `an outbox that cannot take more says why`(_ sample: (fails: Bool, pressed: Bool, says: [String])) throws {
        let outbox = StatusSample.outbox(trouble: sample.fails ? "disk full" : nil, pressed: sample.pressed)
        let text = try StatusSample.lines(StatusSample.status(outbox: outbox), width: 80)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[2...].prefix { !$0.isEmpty }.map { $0.dropFirst(2) } == sample.says.map { $0[...] })
    }

    @Test(arguments: [
        ("0.39", "0.5", []), ("0.4", "0.5", ["limits.perHour: more than 80 % of it is spent"]),
        ("0.499999", "0.5", ["limits.perHour: more than 80 % of it is spent"]),
        ("0.5", "0.5", ["limits.perHour is reached"]), ("0.6", "0.5", ["limits.perHour is reached"]),
    ])
    func `a limit that is reached, or nearly, is told`(_ sample: (spent: String, limit: String, says: [String])) throws
    {
        let payments = try StatusSample.fields(
            #"{"spent":{"hour":"\#(sample.spent)","day":"9","total":"9"},"limits":{"perHour":"\#(sample.limit)"}}"#)
        #expect(PaymentText.pressure(payments).map(\.text) == sample.says)
    }

    @Test func `of hundreds the worst are shown, and how many there are beside them`() throws {
        var feeds = (1...200).map { StatusSample.feed("feed\($0)") }
        feeds[150] = StatusSample.feed("lost", #""state":"down","reason":"no route""#)
        feeds[151] = StatusSample.feed("odd", #""state":"unhealthy","reason":"a key was refused","refusedKeys":["k"]"#)
        feeds[152] = StatusSample.feed(
            "gapped",
            #""gaps":1,"gapTime":"1.000","lastGap":{"from":"2026-01-01T02:00:00.000Z","to":"2026-01-01T02:00:01.000Z","#
                + #""cause":"drop"}"#)
        let lines = try StatusSample.lines(StatusSample.status(feeds: feeds), width: 80).split(separator: "\n")
        let begin = try #require(lines.firstIndex { $0.hasPrefix("FEED") })
        let names = lines[(begin + 1)...].filter { !$0.hasPrefix(" ") }.prefix(21).map { $0.prefix { $0 != " " } }
        #expect(names[..<4] == ["lost", "odd", "gapped", "feed1"])
        #expect(lines.contains("and 180 more that are well: --all shows them"))
        let all = try StatusSample.lines(StatusSample.status(feeds: feeds), width: 80, showsAll: true)
        #expect(all.contains("feed200") && !all.contains("--all"))
    }

    @Test func `of hundreds that are not well it says how many are not shown`() throws {
        let destinations =
            (1...30).map { StatusSample.destination("d\($0)", #""state":"down","reason":"status 503""#) }
            + [StatusSample.calmDestination]
        let reasons = (1...12).map { "feed f\($0): down" }
        let text = try StatusSample.lines(
            StatusSample.status(reasons: reasons, destinations: destinations), width: 80)
        #expect(text.contains("\nand 11 more, of which 10 are NOT well: --all shows them"))
        #expect(text.contains("feed f10: down\n  and 2 more reasons: --all shows them"))
    }

    @Test(arguments: [
        (#""state":"down""#, 0), (#""slice":{"state":"unpaid"}"#, 0), (#""slice":{"state":"stopped"}"#, 0),
        (#""state":"unhealthy""#, 1), (#""reading":false"#, 1), (#""connections":1"#, 1),
        (#""slice":{"state":"unresolved"}"#, 1), (#""refusedKeys":["k"]"#, 1),
        (#""lastFailure":{"at":"2026-01-01T02:00:00.000Z","reason":"x"}"#, 2),
        (#""lastFailure":{"at":"2026-01-01T00:00:00.000Z","reason":"x"}"#, 3), (#""slice":{"state":"paid"}"#, 3),
    ])
    func `a feed's place on the screen follows from how it stands`(_ sample: (change: String, severity: Int)) throws {
        let feed = try StatusSample.fields(StatusSample.feed("f", sample.change))
        let now = try #require(Timestamp(iso: "2026-01-01T02:05:00.000Z"))
        #expect(FeedScreen.of(feed, now: now).severity.rawValue == sample.severity)
    }

    @Test(arguments: [
        (#""state":"down""#, 0), (#""state":"disabled""#, 0), (#""state":"paused""#, 1), (#""state":"removed""#, 1),
        (#""dead":1"#, 1), (#""lastMinute":{"delivered":5,"failed":1}"#, 1),
        (#""oldestPending":"2026-01-01T01:59:00.000Z""#, 1), (#""oldestPending":"2026-01-01T02:04:00.000Z""#, 3),
        (#""lastFailure":{"at":"2026-01-01T02:00:00.000Z","reason":"x"}"#, 2),
    ])
    func `a destination's place on the screen follows from how it stands`(_ sample: (change: String, severity: Int))
        throws
    {
        let destination = try StatusSample.fields(StatusSample.destination("d", sample.change))
        let now = try #require(Timestamp(iso: "2026-01-01T02:05:00.000Z"))
        #expect(DestinationScreen.of(destination, isRunning: true, now: now).severity.rawValue == sample.severity)
    }

    @Test(arguments: [nil, 80, 20] as [Int?])
    func `nothing that comes from outside reaches the terminal as it is`(_ width: Int?) throws {
        let hostile = "\u{1B}]0;owned\u{7}\u{202E}\r\n\u{9B}2J<script>"
        let text = JSONEscapes.quoted(hostile)
        let failure = #""lastFailure":{"at":"2026-01-01T02:00:00.000Z","reason":\#(text)}"#
        let gap = #"{"from":"2026-01-01T02:00:00.000Z","to":"2026-01-01T02:00:01.000Z","cause":\#(text)}"#
        let slice = #"{"state":\#(text),"reason":\#(text),"price":\#(text)}"#
        let json = StatusSample.status(
            reasons: [hostile],
            feeds: [
                StatusSample.feed(
                    hostile,
                    #""state":\#(text),"reason":"r","refusedKeys":[\#(text)],"gaps":1,"gapTime":\#(text),"#
                        + #""lastGap":\#(gap),"slice":\#(slice),\#(failure)"#)
            ],
            destinations: [StatusSample.destination(hostile, #""state":\#(text),"reason":\#(text),\#(failure)"#)],
            outbox: StatusSample.outbox(trouble: hostile),
            rest: #","payments":{"wallet":\#(text),"spent":{"hour":\#(text)},"limits":{"perHour":\#(text)}}"#)
        let lines = StatusScreen.lines(try StatusSample.fields(json), width: width, showsAll: false)
        for line in lines {
            let shown = line.text(isColoured: false)
            #expect(shown == TerminalText.escaped(shown))
            // Colours are the only sequences.
            let coloured = line.text(isColoured: true).split(separator: "\u{1B}", omittingEmptySubsequences: false)
            #expect(coloured.dropFirst().allSatisfy { $0.hasPrefix("[") && $0.dropFirst().first?.isNumber == true })
        }
    }

    @Test func `a reason is shortened, the figures beside it are not`() throws {
        let long = String(repeating: "long words ", count: 90)
        let feed = StatusSample.feed(
            "f",
            #""state":"down","reason":"\#(long)","reconnects":12345,"#
                + #""lastFailure":{"at":"2026-01-01T02:04:55.000Z","reason":"x\#(long)"}"#)
        let text = try StatusSample.lines(StatusSample.status(feeds: [feed]), width: 80)
        #expect(text.contains("12345 reconnects, the last failure 5s ago: x"))
        #expect(text.count < 1500)
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }
}
