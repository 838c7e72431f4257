import RelayModel
import Testing

@testable import AdminAPI

/// Every answer is what the document says, and all that the document says comes in some answer.
@Suite struct OpenAPIShapeTests {
    private let api: DescribedAPI

    init() throws {
        api = try DescribedAPI()
    }

    /// What a client asks; bodies where they are needed.
    private func request(_ operation: DescribedAPI.Operation) -> AdminRequest {
        var request = AdminRequest(method: operation.method, path: operation.segments(["name": "billing"]))
        if operation.path.hasSuffix("/replay") { request.body = Array(#"{"rule":"paid"}"#.utf8) }
        if operation.path.hasSuffix("/match") { request.body = Array(#"{"type":"payment"}"#.utf8) }
        return request
    }

    /// Every error that the control knows, as it comes back from a route that has its status.
    private static let errors: [(ControlError, status: Int)] = [
        (.unknownDelivery(DeliveryID(7)), 404), (.unknownPayment(PaymentID(7)), 404),
        (.unknownEvent(Samples.eventID), 404), (.unknownRule("x", known: []), 404),
        (.unknownDestination("x", known: ["billing"]), 404), (.unknownFeed("x", known: ["payments"]), 404),
        (.unknownFeed(nil, known: []), 400), (.conflict("it is dead already"), 409), (.invalid("it is no event"), 400),
        (.configurationFaults(["relay.json:1:1: no"]), 422), (.unavailable("the disk is full"), 503),
    ]

    private func check(_ answer: AdminAnswer, of operation: DescribedAPI.Operation, _ check: inout SchemaCheck) throws {
        let type = answer.contentType.split(separator: ";").first.map(String.init) ?? ""
        let name = "\(operation.testDescription) answers \(answer.status) \(type)"
        let content = api.content(of: operation, status: answer.status)
        let schema = try #require(content[type], "\(name), which is not described")
        guard !schema.isEmpty else { return }
        #expect(check.faults(try JSONValue(answer.body), schema) == [], "\(name)")
    }

    @Test func `every answer fits its schema, and every place of the schemas is met, with null where it may be`()
        async throws
    {
        var seen = SchemaCheck(api)
        for change in [OpenAPISamples.full, OpenAPISamples.bare, OpenAPISamples.unpaid] {
            let routes = AdminRoutes(control: ScriptedControl(change), now: { Samples.now })
            for operation in api.operations where !operation.path.hasSuffix("/events") {
                var request = request(operation)
                if operation.path.hasPrefix("/page/") { request.path[1] = "app.js" }
                let answer = await routes.answer(request)
                #expect(answer.status == 200, "\(operation.testDescription)")
                try check(answer, of: operation, &seen)
            }
        }
        for (error, status) in Self.errors {
            let routes = AdminRoutes(control: ScriptedControl { $0.error = error }, now: { Samples.now })
            for operation in api.operations where operation.statuses.contains("\(status)") {
                let answer = await routes.answer(request(operation))
                guard answer.status == status else { continue }
                try check(answer, of: operation, &seen)
            }
        }
        let unready = AdminRoutes(control: ScriptedControl { $0.reasonsNotReady = ["feed down"] })
        let readiness = try #require(api.operations.first { $0.path == "/readyz" })
        try check(await unready.answer(request(readiness)), of: readiness, &seen)
        try followEvents(&seen)
        var reload = JSONObjectWriter()
        reload.write(ReloadReport(applied: ["a"], needsRestart: ["b"], warnings: ["c"]))
        #expect(seen.faults(try JSONValue(reload.bytes), "#/components/schemas/ReloadReport") == [])
        for place in places() {
            #expect(
                seen.sights.contains(.init(place: place.pointer, isNull: false)), "\(place.pointer) is never written")
            if place.isNullable {
                #expect(
                    seen.sights.contains(.init(place: place.pointer, isNull: true)), "\(place.pointer) is never null")
            }
        }
    }

    /// The data of the live events, whose schemas stand beside the stream's content.
    private func followEvents(_ seen: inout SchemaCheck) throws {
        let events = "#/paths/~1api~1v1~1events/get/responses/200/content/text~1event-stream/x-events"
        for (isFull, omitted) in [(true, nil), (false, nil), (true, 300_000), (false, 300_000)] {
            var object = JSONObjectWriter()
            object.write(OpenAPISamples.live(isFull: isFull), omitted: omitted)
            #expect(seen.faults(try JSONValue(object.bytes), events + "/event") == [])
        }
        var skipped = JSONObjectWriter()
        skipped.value("count", 3)
        #expect(seen.faults(try JSONValue(skipped.bytes), events + "/skipped") == [])
    }

    private struct Place {
        let pointer: String
        let isNullable: Bool
    }

    /// All places of the schemas of answers.
    private func places() -> [Place] {
        // What a client sends.
        let sent: Set = ["ReplayRequest", "Event", "Moment", "SearchedText"]
        return api.schemas.keys.filter { !sent.contains($0) }.flatMap { places("#/components/schemas/\($0)") }
    }

    private func places(_ pointer: String) -> [Place] {
        guard let schema = api.target(pointer) else { return [] }
        let choices = schema["anyOf"]?.elements ?? []
        let isNullable =
            schema["type"]?.texts.contains("null") == true || choices.contains { $0["type"]?.text == "null" }
        var inner = (schema["properties"]?.members.keys.map { "properties/\($0)" }) ?? []
        if schema["items"]?["type"] != nil { inner.append("items") }
        if schema["additionalProperties"]?["type"] != nil { inner.append("additionalProperties") }
        return [Place(pointer: pointer, isNullable: isNullable)] + inner.flatMap { places("\(pointer)/\($0)") }
    }

    @Test func `shapes are closed, and every member is there`() {
        func walk(_ value: JSONValue, _ path: String) {
            if let properties = value["properties"]?.members, value["type"]?.text == "object" {
                #expect(value["additionalProperties"] == .boolean(false), "\(path)")
                #expect(Set(value["required"]?.texts ?? []) == Set(properties.keys), "\(path)")
            }
            for (key, part) in value.members { walk(part, "\(path)/\(key)") }
        }
        for (name, schema) in api.schemas where !["ReplayRequest", "Event"].contains(name) { walk(schema, name) }
    }

    @Test func `the document that is served names the relay's version`() async throws {
        let answer = await AdminRoutes(control: ScriptedControl()).answer(.get("openapi.json"))
        let served = try JSONValue(answer.body)
        #expect(served["info"]?["version"]?.text == RelayVersion.current)
        #expect(served["paths"] == api.root["paths"])
    }

    @Test func `a schema's fault is found`() throws {
        var check = SchemaCheck(api)
        for (json, fault) in [
            (#"{"status":"alive","more":1}"#, "$: more is not in #/components/schemas/Health"),
            (#"{}"#, "$: required of #/components/schemas/Health does not hold"),
            (#"{"status":"dead"}"#, "$.status: const of #/components/schemas/Health/properties/status does not hold"),
        ] {
            #expect(check.faults(try JSONValue(Array(json.utf8)), "#/components/schemas/Health") == [fault])
        }
        let gap = #"{"from":"2023-11-14T22:13:20Z","to":null,"cause":"x"}"#
        #expect(check.faults(try JSONValue(Array(gap.utf8)), "#/components/schemas/Gap").count == 2)
    }
}
