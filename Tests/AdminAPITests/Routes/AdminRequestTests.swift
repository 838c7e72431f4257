import AdminAPI
import Testing

@Suite struct AdminRequestTests {
    @Test(
        arguments: [
            ("/", [""], []), ("/a/b", ["a", "b"], []), ("/a//b/", ["a", "", "b", ""], []), ("/a?", ["a"], []),
            ("/a%2Fb/%E2%82%AC", ["a/b", "€"], []), ("/a?x=1&y&&z=a=b", ["a"], [("x", "1"), ("y", ""), ("z", "a=b")]),
            ("/a?t=10:00+02:00&q=%26%3D", ["a"], [("t", "10:00+02:00"), ("q", "&=")]), ("/..", [".."], []),
        ] as [(String, [String], [(String, String)])])
    func `a target is taken apart`(target: String, path: [String], query: [(String, String)]) throws {
        let request = try #require(AdminRequest(method: "GET", target: target))
        #expect(request.path == path)
        #expect(request.query == query.map { .init($0.0, $0.1) })
    }

    @Test(arguments: ["", "*", "http://host/a", "a/b", "/%", "/%4", "/%zz", "/%ff", "/a?x=%f"])
    func `a target that is no path, or has broken escapes, is none`(target: String) {
        #expect(AdminRequest(method: "GET", target: target) == nil)
    }

    @Test func `any name and value survives the way through a target`() throws {
        let request = AdminRequest.get(
            "destinations", "a/b?c#d %€", "..", query: [.init("x&y", "1=2&3+4 %"), .init("z", "")])
        #expect(AdminRequest(method: "GET", target: request.target) == request)
    }
}
