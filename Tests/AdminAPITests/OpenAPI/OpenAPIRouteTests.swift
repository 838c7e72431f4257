import RelayModel
import Testing

@testable import AdminAPI

/// The document tells of the routes that there are, and of no others.
@Suite struct OpenAPIRouteTests {
    private let api: DescribedAPI

    init() throws {
        api = try DescribedAPI()
    }

    /// Every route once.
    ///
    /// A route that is added does not compile here until it is named; put it into the chain, before another.
    private static func next(after route: Route?) -> Route? {
        switch route {
        case nil: .alive
        case .alive: .ready
        case .ready: .metrics
        case .metrics: .page("")
        case .page(""): .page("app.js")
        case .page: .document
        case .document: .events
        case .events: .history
        case .history: .status
        case .status: .feeds
        case .feeds: .destinations
        case .destinations: .rules
        case .rules: .deliveries
        case .deliveries: .delivery("7")
        case .delivery: .retry("7")
        case .retry: .discard("7")
        case .discard: .payments
        case .payments: .payment("7")
        case .payment: .pause("7")
        case .pause: .resume("7")
        case .resume: .test("7")
        case .test: .replay
        case .replay: .reload
        case .reload: .match
        case .match: nil
        }
    }

    @Test func `every path is a route, with its methods and its parameters`() throws {
        for (path, operations) in Dictionary(grouping: api.operations, by: \.path) {
            let route = try #require(Route(operations[0].segments()), "no route has the path \(path)")
            // HEAD is wherever GET is; the document says so in one sentence.
            let methods = operations.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
            #expect(methods.sorted() == route.methods.sorted(), "\(path)")
            for operation in operations {
                #expect(
                    api.parameters(of: operation, in: "query").keys.sorted() == route.parameters.sorted(), "\(path)")
            }
        }
    }

    @Test func `every route has a path`() throws {
        let described = Set(api.operations.compactMap { Route($0.segments(["file": "app.js"])) })
        var route = Self.next(after: nil)
        while let found = route {
            #expect(described.contains(found), "\(found) is not in openapi.json")
            route = Self.next(after: found)
        }
    }

    @Test func `every parameter of a path is described`() {
        for operation in api.operations {
            let named = operation.path.split(separator: "/").filter { $0.first == "{" }
            let described = api.parameters(of: operation, in: "path")
            #expect(described.keys.map { "{\($0)}" } == named.map(String.init), "\(operation.testDescription)")
            #expect(described.values.allSatisfy { $0["required"] == .boolean(true) })
        }
    }

    @Test func `bounds and words are those of the code`() throws {
        let limit = api.target("#/components/parameters/Limit/schema")
        #expect(limit?["maximum"]?.integer == QueryReader.maxLimit)
        #expect(limit?["default"]?.integer == QueryReader.usualLimit)
        #expect(api.schemas["SearchedText"]?["maxLength"]?.integer == QueryReader.maxSearchBytes)
        let page = api.schemas["DeliveryPage"]?["properties"]?["deliveries"]
        #expect(page?["maxItems"]?.integer == QueryReader.maxLimit)
        #expect(api.schemas["DeliveryState"]?["enum"]?.texts == DeliveryState.allCases.map(\.rawValue))
        #expect(api.schemas["PaymentState"]?["enum"]?.texts == LedgerEntry.State.allCases.map(\.rawValue))
        let payment = api.schemas["Payment"]?["properties"]
        #expect(payment?["purpose"]?["enum"]?.texts == LedgerEntry.Purpose.allCases.map(\.rawValue))
        #expect(api.schemas["ReplayRequest"]?["properties"]?.members.keys.sorted() == ReplayRequest.keys.sorted())
        let history = api.schemas["History"]?["properties"]
        #expect(history?["received"]?["maxItems"]?.integer == RelayHistory.stepLimit)
        #expect(history?["latency"]?["properties"]?["p95"]?["maxItems"]?.integer == RelayHistory.stepLimit)
        let delivery = api.schemas["Delivery"]?["properties"]
        #expect(delivery?["history"]?["maxItems"]?.integer == DeliveryDetail.shownAttempts)
        let feed = api.schemas["Feed"]?["properties"]
        #expect(feed?["recentGaps"]?["maxItems"]?.integer == FeedStatus.gapsShown)
    }

    @Test func `every reference leads somewhere, and every part is referred to`() {
        var references: Set<String> = []
        func walk(_ value: JSONValue) {
            if let pointer = value["$ref"]?.text { references.insert(pointer) }
            for part in value.members.values + value.elements { walk(part) }
        }
        walk(api.root)
        for pointer in references { #expect(api.target(pointer) != nil, "\(pointer)") }
        for kind in ["schemas", "parameters", "responses"] {
            for name in (api.root["components"]?[kind]?.members ?? [:]).keys {
                #expect(references.contains("#/components/\(kind)/\(name)"), "\(kind)/\(name) is used nowhere")
            }
        }
    }

    @Test func `every operation has a name of its own, a tag that is explained, and its links lead to others`() {
        let names = api.operations.compactMap { $0.value["operationId"]?.text }
        #expect(Set(names).count == api.operations.count)
        let tags = Set((api.root["tags"]?.elements ?? []).compactMap { $0["name"]?.text })
        for operation in api.operations {
            #expect(operation.value["summary"]?.text?.isEmpty == false, "\(operation.testDescription)")
            #expect(tags.isSuperset(of: operation.value["tags"]?.texts ?? [""]), "\(operation.testDescription)")
            for link in (operation.value["responses"]?["200"]?["links"]?.members ?? [:]).values {
                #expect(names.contains(link["operationId"]?.text ?? ""), "\(operation.testDescription)")
            }
        }
    }

    @Test func `every operation says what success is and what every listener may refuse`() {
        for operation in api.operations {
            var always: Set = ["200", "400", "403", "421", "503"]
            if operation.path.hasPrefix("/api/") { always.insert("401") }
            if operation.method == "POST" { always.insert("413") }
            if operation.path.contains("{") { always.insert("404") }
            #expect(always.isSubset(of: operation.statuses), "\(operation.testDescription)")
            // Which routes need no token is said twice: by the status, and by the security that is asked for.
            #expect(operation.statuses.contains("401") == (operation.value["security"] == nil))
        }
    }
}
