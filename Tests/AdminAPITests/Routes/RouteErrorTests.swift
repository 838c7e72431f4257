import AdminAPI
import RelayModel
import Testing

@Suite struct RouteErrorTests {
    private func answer(
        _ request: AdminRequest, _ change: (inout ScriptedControl.Script) -> Void = { _ in }
    ) async -> AdminAnswer {
        await AdminRoutes(control: ScriptedControl(change), now: { Samples.now }).answer(request)
    }

    @Test(arguments: [
        ["metrics", ""], ["page"], ["page", ""], ["page", "app.js", ""], ["", "page", "app.js"], ["healthz", ""],
        ["api"], ["api", "v1"], ["api", "v2", "status"], ["api", "v1", "payment"],
        ["api", "v1", "payments", "1", "retry"], ["api", "v1", "events", ""], ["api", "v1", "openapi"],
        ["", "api", "v1", "status"], ["api", "v1", "status", "x"], ["api", "v1", "STATUS"],
        ["api", "v1", "deliveries", "1", "undo"], ["api", "v1", "destinations", "billing"],
        ["api", "v1", "destinations", "billing", "retry"], ["api", "v1", "deliveries", "1", "retry", "x"],
    ])
    func `an unknown path is 404`(path: [String]) async {
        for method in ["GET", "POST"] {
            let answer = await answer(AdminRequest(method: method, path: path))
            #expect(answer.status == 404)
            #expect(answer.contentType == "application/problem+json")
        }
    }

    @Test(arguments: [
        ("POST", "/healthz", "GET, HEAD"), ("DELETE", "/api/v1/deliveries/1", "GET, HEAD"),
        ("PUT", "/api/v1/status", "GET, HEAD"), ("POST", "/", "GET, HEAD"), ("POST", "/metrics", "GET, HEAD"),
        ("POST", "/api/v1/events", "GET, HEAD"), ("DELETE", "/api/v1/openapi.json", "GET, HEAD"),
        ("POST", "/page/app.js", "GET, HEAD"), ("POST", "/api/v1/history", "GET, HEAD"),
        ("POST", "/api/v1/payments", "GET, HEAD"),
        ("DELETE", "/api/v1/payments/1", "GET, HEAD"), ("GET", "/api/v1/deliveries/1/retry", "POST"),
        ("GET", "/api/v1/destinations/x/test", "POST"), ("HEAD", "/api/v1/replay", "POST"),
        ("OPTIONS", "/api/v1/reload", "POST"), ("get", "/api/v1/match", "POST"),
    ])
    func `a wrong method is 405 and names the right ones`(method: String, target: String, allowed: String) async throws
    {
        let answer = await answer(try #require(AdminRequest(method: method, target: target)))
        #expect(answer.status == 405)
        #expect(answer.fields == [.init("allow", allowed)])
    }

    @Test(arguments: [
        ("/api/v1/deliveries?colour=red", "there is no parameter \"colour\""),
        ("/api/v1/deliveries?state=lost", "state is \"lost\"; allowed is one of pending, delivered, dead, discarded"),
        ("/api/v1/deliveries?event=evt_12", "event is \"evt_12\""),
        ("/api/v1/deliveries?since=yesterday", "since is \"yesterday\"; allowed is ISO 8601"),
        ("/api/v1/deliveries?until=2h30m", "until is \"2h30m\""),
        ("/api/v1/deliveries?limit=0", "limit is \"0\"; allowed is 1 to 1000"),
        ("/api/v1/deliveries?limit=1001", "limit is \"1001\""),
        ("/api/v1/deliveries?limit=%2B5", "limit is \"+5\""),
        ("/api/v1/deliveries?limit", "limit is \"\""),
        ("/api/v1/deliveries?limit=99999999999999999999", "allowed is 1 to 1000"),
        ("/api/v1/deliveries?cursor=-1", "cursor is \"-1\""), ("/api/v1/deliveries?cursor=x", "cursor is \"x\""),
        ("/api/v1/deliveries?order=up", "order is \"up\"; allowed is newest or oldest"),
        ("/api/v1/deliveries?limit=5&limit=5", "the parameter limit is there more than once"),
        (
            "/api/v1/payments?state=pending",
            "state is \"pending\"; allowed is one of signed, sent, settled, refused, unknown, expired"
        ),
        ("/api/v1/deliveries?wallet=", "wallet is \"\"; allowed is a text of 1 to 256 bytes"),
        ("/api/v1/deliveries?payment=", "payment is \"\""),
        ("/api/v1/deliveries?wallet=\(String(repeating: "x", count: 257))", "wallet is \"xxx"),
        ("/api/v1/deliveries?payment=\(String(repeating: "%C3%A4", count: 129))", "a text of 1 to 256 bytes"),
        ("/api/v1/events?feed=x", "none is taken here"), ("/metrics?x", "none is taken here"), ("/?x", "none is taken"),
        ("/api/v1/payments?destination=d", "there is no parameter \"destination\""),
        ("/api/v1/payments?limit=0", "limit is \"0\""), ("/api/v1/payments?cursor=0", "cursor is \"0\""),
        ("/api/v1/payments?since=soon", "since is \"soon\""), ("/api/v1/payments?order=up", "order is \"up\""),
        ("/api/v1/payments/1?feed=x", "there is no parameter \"feed\""),
        ("/api/v1/status?x=1", "there is no parameter \"x\"; none is taken here"),
    ])
    func `a wrong query is 400 and says what is allowed`(target: String, detail: String) async throws {
        let answer = await answer(try #require(AdminRequest(method: "GET", target: target)))
        #expect(answer.status == 400)
        #expect(answer.detail?.contains(detail) == true, "\(answer.detail ?? "")")
    }

    @Test(arguments: [
        ("", "give at least one of destination, state, rule, id, wallet, payment, since, until"),
        ("{}", "give at least one of"),
        ("[]", "the body is no JSON object"), ("{", "not JSON at byte 1"),
        (#"{"state":"pending"}"#, "state is \"pending\"; allowed is dead or delivered"),
        (#"{"states":"dead"}"#, "no member \"states\""),
        (#"{"rule":1}"#, "rule is no string"), (#"{"id":"x"}"#, "id is \"x\""), (#"{"id":1.5}"#, "id is \"1.5\""),
        (#"{"wallet":""}"#, "wallet is \"\""), (#"{"payment":""}"#, "payment is \"\""), (#"{"wallet":1}"#, "no string"),
        (#"{"payment":"\#(String(repeating: "x", count: 257))"}"#, "a text of 1 to 256 bytes"),
        (#"{"since":"soon"}"#, "since is \"soon\""), (#"{"rule":"a","rule":"b"}"#, "rule is there more than once"),
        (#"{"rule":[[[[[]]]]]}"#, "nested too deeply"),
    ])
    func `a replay of nothing certain is 400`(body: String, detail: String) async {
        let answer = await answer(.post("replay", body: Array(body.utf8)))
        #expect(answer.status == 400)
        #expect(answer.detail?.contains(detail) == true, "\(answer.detail ?? "")")
    }

    private static let fortyHex = "ABCDEF0123ABCDEF0123ABCDEF0123ABCDEF0123"

    @Test func `live events in this process are 503 and say where to ask`() async {
        let running = await answer(.get("events"))
        #expect(running.status == 503)
        #expect(running.detail?.contains("GET /api/v1/events over the control socket or admin.listen") == true)
        let offline = await answer(.get("events")) { $0.live = nil }
        #expect(offline.status == 503)
        #expect(offline.detail?.contains("no relay runs on this outbox") == true)
    }

    @Test(arguments: ["x.js", "app.js.map", "..", "../app.js", "App.js"])
    func `a file that the page does not have is 404`(name: String) async {
        let answer = await answer(AdminRequest(method: "GET", path: ["page", name]))
        #expect(answer.status == 404)
        #expect(answer.contentType == "application/problem+json")
    }

    @Test func `replay and listing hand their filters on`() async throws {
        let control = ScriptedControl()
        let routes = AdminRoutes(control: control, now: { Samples.now })
        let body =
            #"{"destination":"d","state":"dead","rule":"r","id":"\#(Samples.eventID)","wallet":"0x\#(Self.fortyHex)","payment":"p 1","#
            + #""since":"2h","until":"2023-11-14"}"#
        _ = await routes.answer(.post("replay", body: Array(body.utf8)))
        _ = await routes.answer(.post("replay", body: Array(#"{"id":12}"#.utf8)))
        _ = await routes.answer(.post("replay", body: Array(#"{"id":"13"}"#.utf8)))
        let target =
            "/api/v1/deliveries?destination=d&state=dead&rule=r&event=\(Samples.eventID)&wallet=W%20w&payment=p%261&since=2023-11-14T23:00:00+01:00"
            + "&until=0s&limit=1000&cursor=77&order=oldest"
        _ = await routes.answer(try #require(AdminRequest(method: "GET", target: target)))
        _ = await routes.answer(.get("deliveries"))
        let day = try #require(Timestamp(iso: "2023-11-14"))
        let ten = try #require(Timestamp(iso: "2023-11-14T22:00:00Z"))
        let listed = DeliveryFilter(
            destination: "d", state: .dead, rule: "r", event: Samples.eventID, wallet: WalletAddress("W w"),
            payment: "p&1", since: ten, until: Samples.now)
        #expect(
            control.asked == [
                .replay(
                    DeliveryFilter(
                        destination: "d", state: .dead, rule: "r", event: Samples.eventID,
                        wallet: WalletAddress("0x" + Self.fortyHex.lowercased()), payment: "p 1",
                        since: Samples.now - .seconds(7200), until: day)),
                .replay(DeliveryFilter(delivery: DeliveryID(12))), .replay(DeliveryFilter(delivery: DeliveryID(13))),
                .deliveries(listed, isNewestFirst: false, cursor: DeliveryID(77), limit: 1000),
                .deliveries(DeliveryFilter(), isNewestFirst: true, cursor: nil, limit: 100),
            ])
    }

    @Test(arguments: ["0", "-1", "x", "", "1.0", "9223372036854775808", "evt_2b7e151628aed2a6abf7158809cf4f3c"])
    func `what is no delivery's number is 404`(id: String) async {
        #expect(await answer(.get("deliveries", id)).status == 404)
        #expect(await answer(.post("deliveries", id, "retry")).status == 404)
        #expect(await answer(.post("deliveries", id, "discard")).status == 404)
    }

    @Test(arguments: ["0", "-1", "x", "", "1.0", "9223372036854775808"])
    func `what is no payment's number is 404`(id: String) async {
        #expect(await answer(.get("payments", id)).status == 404)
    }

    @Test(arguments: [
        (ControlError.unknownDelivery(DeliveryID(5)), 404, "there is no delivery 5"),
        (.unknownPayment(PaymentID(6)), 404, "there is no payment 6"),
        (.unknownDestination("x", known: ["a", "b"]), 404, "there is no destination \"x\"; known: a, b"),
        (.unknownFeed("x", known: []), 404, "there is no feed \"x\"; none is known"),
        (.unknownFeed(nil, known: ["a", "b"]), 400, "feed=NAME; known: a, b"),
        (.conflict("it is delivered already"), 409, "it is delivered already"),
        (.invalid("the event is malformed"), 400, "the event is malformed"),
        (.unavailable("the disk is full"), 503, "the disk is full"),
    ])
    func `what the relay says no to is a problem with its reason`(
        error: ControlError, status: Int, detail: String
    ) async throws {
        let answer = await answer(.post("match", body: [1])) { $0.error = error }
        #expect(answer.status == status)
        #expect(answer.contentType == "application/problem+json")
        let document = try answer.document()
        #expect(document.member(document.root, "status").map { Array(document.slice($0)) } == Array("\(status)".utf8))
        #expect(answer.detail?.contains(detail) == true, "\(answer.detail ?? "")")
    }

    @Test func `a file with faults is 422 with each of them`() async {
        let faults = ["relay.json:3:1: feeds: missing", "relay.json:9:2: rules.a.match: empty"]
        let answer = await answer(.post("reload")) { $0.error = .configurationFaults(faults) }
        #expect(answer.status == 422)
        #expect(answer.faults == faults)
    }

    @Test func `a relay that is not ready is 503 with the reasons`() async {
        let answer = await answer(AdminRequest(method: "GET", path: ["readyz"])) {
            $0.reasonsNotReady = ["feed payments is down", "the disk is full"]
        }
        #expect(answer.status == 503)
        #expect(
            String(decoding: answer.body, as: UTF8.self).hasSuffix(
                #""ready":false,"reasons":["feed payments is down","the disk is full"]}"#))
    }

    @Test func `what a client sends comes back cut`() async {
        let long = String(repeating: "x", count: 10_000)
        #expect(await answer(.get("deliveries", query: [.init(long, "")])).body.count < 500)
        #expect(await answer(.get("deliveries", long)).body.count < 500)
    }
}
