import RelayModel
import Testing

@testable import AdminAPI

@Suite struct RouteTests {
    @Test(arguments: EveryRoute.reading) func `what is read is got`(path: String) async throws {
        let request = try #require(AdminRequest(method: "GET", target: EveryRoute.target(path)))
        #expect(Route(request.path)?.methods == ["GET", "HEAD"])
    }

    @Test(arguments: EveryRoute.changing) func `what changes or judges is posted`(path: String) async throws {
        let request = try #require(AdminRequest(method: "POST", target: EveryRoute.target(path)))
        #expect(Route(request.path)?.methods == ["POST"])
    }

    @Test func `the API's document is of this version, and names every route and no other`() async throws {
        let answer = await AdminRoutes(control: ScriptedControl()).answer(.get("openapi.json"))
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json")
        let document = try answer.document()
        let information = try #require(document.member(document.root, "info"))
        #expect(document.member(information, "version").flatMap(document.string) == RelayVersion.current)
        let paths = try #require(document.member(document.root, "paths"))
        var reading: Set<String> = []
        var changing: Set<String> = []
        for (name, item) in document.members(paths) {
            let path = try #require(document.string(name))
            if document.member(item, "get") != nil { reading.insert(path) }
            if document.member(item, "post") != nil { changing.insert(path) }
        }
        #expect(reading == Set(EveryRoute.reading))
        #expect(changing == Set(EveryRoute.changing))
    }

    @Test func `the page and its files are there`() async throws {
        let routes = AdminRoutes(control: ScriptedControl())
        let page = await routes.answer(AdminRequest(method: "GET", path: [""]))
        #expect(page.contentType == "text/html; charset=utf-8")
        #expect(page.body.starts(with: "<!doctype html>".utf8))
        let script = await routes.answer(AdminRequest(method: "GET", path: ["page", "app.js"]))
        #expect(script.contentType == "text/javascript; charset=utf-8")
    }

    @Test func `the metrics are those of the status`() async throws {
        let answer = await AdminRoutes(control: ScriptedControl()).answer(
            AdminRequest(method: "GET", path: ["metrics"]))
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(String(decoding: answer.body, as: UTF8.self).contains("\nx402_relay_live_clients 3\n"))
    }
}
