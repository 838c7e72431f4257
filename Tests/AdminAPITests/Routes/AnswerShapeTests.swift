import AdminAPI
import RelayModel
import Testing

/// What scripts read: each answer's JSON, to the byte.
@Suite struct AnswerShapeTests {
    private let control = ScriptedControl()

    private func body(_ request: AdminRequest) async throws -> String {
        let answer = await AdminRoutes(control: control, now: { Samples.now }).answer(request)
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json")
        _ = try answer.document()
        return String(decoding: answer.body, as: UTF8.self)
    }

    private static let pending =
        #"{"id":"9007199254740993","event":"evt_2b7e151628aed2a6abf7158809cf4f3c","type":"payment","feed":"payments","#
        + #""destination":"billing","rules":["paid","large"],"format":"standard","state":"pending","attempts":2,"#
        + #""received":"2023-11-14T22:13:20.000Z","next":"2023-11-14T22:13:25.000Z","ended":null,"#
        + #""lastError":"status 503"}"#
    private static let destination =
        #"{"name":"billing","url":"https://billing.example.com/hook","state":"paused","reason":"by an operator","#
        + #""since":"2023-11-14T22:13:20.000Z","pending":4,"delivered":30,"dead":2,"discarded":1,"#
        + #""oldestPending":"2023-11-14T22:13:20.000Z","inFlight":1,"#
        + #""sinceStart":{"accepted":9,"delivered":6,"dead":2,"discarded":1,"#
        + #""attempts":{"succeeded":6,"refused":3,"unanswered":2},"#
        + #""attemptDuration":{"count":1,"p50":"0.002","p95":"0.002","p99":"0.002"},"#
        + #""latency":{"count":0,"p50":null,"p95":null,"p99":null}},"lastMinute":{"delivered":5,"failed":4},"#
        + #""lastFailure":{"at":"2023-11-14T22:13:20.000Z","reason":"status 503"},"#
        + #""lastSuccess":"2023-11-14T22:13:20.000Z"}"#
    private static let feed =
        #"{"name":"payments","protocol":"interface402","url":"wss://feed.example.com","state":"down","#
        + #""reason":"refused","since":"2023-11-14T22:13:20.000Z","connections":0,"configuredConnections":2,"#
        + #""reading":true,"lastMessage":null,"gaps":1,"gapTime":"61.005","#
        + #""lastGap":{"from":"2023-11-14T22:13:19.000Z","to":"2023-11-14T22:13:20.000Z","#
        + #""cause":"a pause"},"recentGaps":[{"from":"2023-11-14T22:13:19.000Z","#
        + #""to":"2023-11-14T22:13:20.000Z","cause":"a pause"}],"refusedKeys":["x"],"received":10,"matched":5,"#
        + #""repeated":4,"malformed":3,"reconnects":2,"#
        + #""lastFailure":{"at":"2023-11-14T22:13:20.000Z","reason":"connect: refused"},"#
        + #""lastMinute":{"received":8,"matched":7},"slice":null}"#
    private static let rule = #"{"name":"paid","deliverTo":["billing"],"feeds":null}"#

    @Test func `the status holds the feeds, destinations, rules and the outbox`() async throws {
        let expected =
            #"{"version":"1.0.0","running":true,"startedAt":"2023-11-14T22:12:20.000Z","#
            + #""now":"2023-11-14T22:13:20.000Z","ready":false,"reasons":["feed down"],"#
            + #""feeds":[\#(Self.feed)],"destinations":[\#(Self.destination)],"rules":[\#(Self.rule)],"#
            + #""linearRules":2,"liveClients":3,"#
            + #""outbox":{"path":"/data/outbox.sqlite","size":4096,"maxSize":8192,"trouble":null,"pressed":false,"#
            + #""keptSize":2048,"commits":0,"commitDuration":{"count":0,"p50":null,"p95":null,"p99":null}},"#
            + #""payments":null}"#
        #expect(try await body(.get("status")) == expected)
    }

    @Test func `the history has a column for each figure, and a place in it for each step`() async throws {
        let control = ScriptedControl { $0.history = Samples.history }
        let answer = await AdminRoutes(control: control).answer(.get("history"))
        let expected =
            #"{"interval":"10.000","until":"2023-11-14T22:13:20.000Z","received":[3,5],"matched":[2,4],"#
            + #""delivered":[1,0],"failed":[0,6],"latency":{"p50":["0.002",null],"p95":["0.002",null]},"#
            + #""waiting":[9,null],"backlog":{"audit":[null,8],"billing":[7,null]}}"#
        #expect(String(decoding: answer.body, as: UTF8.self) == expected)
        #expect(control.asked == [.history])
    }

    @Test func `feeds, destinations and rules are parts of the status`() async throws {
        #expect(try await body(.get("feeds")) == #"{"feeds":[\#(Self.feed)]}"#)
        #expect(try await body(.get("destinations")) == #"{"destinations":[\#(Self.destination)]}"#)
        #expect(try await body(.get("rules")) == #"{"rules":[\#(Self.rule)]}"#)
    }

    @Test func `a page has its deliveries, numbers as strings, and a cursor`() async throws {
        let delivered =
            #"{"id":"12","event":"evt_2b7e151628aed2a6abf7158809cf4f3c","type":"relay.test","feed":null,"#
            + #""destination":"audit","rules":[],"format":"raw","state":"delivered","attempts":1,"#
            + #""received":"2023-11-14T22:13:20.000Z","next":null,"ended":"2023-11-14T22:13:20.007Z","#
            + #""lastError":null}"#
        #expect(
            try await body(.get("deliveries")) == #"{"deliveries":[\#(Self.pending),\#(delivered)],"cursor":"12"}"#)
    }

    @Test func `a delivery has its event's own bytes, its attempts and how many there were`() async throws {
        let expected =
            String(Self.pending.dropLast())
            + #","timestamp":"2023-11-14T22:13:20.000Z","sender":"alice","recipient":null,"amount":"0.10","#
            + #""recorded":69000,"history":[{"number":1,"started":"2023-11-14T22:13:20.000Z","#
            + #""duration":"1.250","status":503,"#
            + #""error":"status 503","webhookTimestamp":null,"answer":"a \"busy\" day\n"},"#
            + #"{"number":2,"started":"2023-11-14T22:13:20.000Z","duration":"0.003","status":null,"#
            + #""error":"connect: refused","webhookTimestamp":1700000000,"answer":null}],"#
            + #""request":{"method":"POST","url":"https://billing.example.com/hook","#
            + #""headers":[{"name":"webhook-id","value":"evt_2b7e151628aed2a6abf7158809cf4f3c"},"#
            + #"{"name":"authorization","value":null}],"body":"{\"a\":\"\\u00e9\"}"},"#
            + #""payment":{"id":"p1"},"data":{"type":"payment","amount":0.10000000000000000001}}"#
        #expect(try await body(.get("deliveries", "12")) == expected)
        #expect(control.asked == [.delivery(DeliveryID(12))])
    }

    @Test func `what an operator changes is answered as it stands afterwards`() async throws {
        #expect(try await body(.post("deliveries", "7", "retry")) == Self.pending)
        #expect(try await body(.post("deliveries", "8", "discard")).contains(#""state":"delivered""#))
        #expect(try await body(.post("destinations", "billing", "pause")) == Self.destination)
        #expect(try await body(.post("destinations", "billing", "resume")) == Self.destination)
        #expect(try await body(.post("destinations", "billing", "test")) == Self.pending)
        #expect(
            control.asked == [
                .retry(DeliveryID(7)), .discard(DeliveryID(8)), .pause("billing"), .resume("billing"), .test("billing"),
            ])
    }

    @Test func `replay, reload and match say what they did`() async throws {
        #expect(try await body(.post("replay", body: Array(#"{"rule":"paid"}"#.utf8))) == #"{"replayed":3}"#)
        #expect(
            try await body(.post("reload"))
                == #"{"applied":["destinations.billing changed"],"needsRestart":["outbox.path"],"warnings":[]}"#)
        #expect(
            try await body(.post("match", query: [.init("feed", "payments")], body: [1, 2]))
                == #"{"feed":"payments","matched":["paid"],"rules":{"paid":null,"large":"amount is 0.1, wanted >= 5"}}"#
        )
        #expect(control.asked.last == .match([1, 2], feed: "payments"))
    }

    @Test func `health says that it is alive, readiness that nothing is missing`() async throws {
        #expect(try await body(AdminRequest(method: "GET", path: ["healthz"])) == #"{"status":"alive"}"#)
        #expect(try await body(AdminRequest(method: "GET", path: ["readyz"])) == #"{"ready":true,"reasons":[]}"#)
    }
}
