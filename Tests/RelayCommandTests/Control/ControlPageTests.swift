import RelayModel
import Testing

@testable import RelayCommand

/// A page of a listing over pages of the API that are short or empty, though there are more.
@Suite struct ControlPageTests {
    /// The deliveries and the cursor of each of the API's pages, by the cursor that leads there.
    private static let pages: [String: (ids: [Int], cursor: String?)] = [
        "": ([9, 8], "8"), "8": ([], "6"), "6": ([5], "5"), "5": ([4, 3], nil),
    ]

    private func gather(from start: String?, limit: Int, others: [String] = []) async throws -> (
        page: GatheredPage, asked: [String]
    ) {
        var asked: [String] = []
        let page = try await GatheredPage(of: "deliveries", with: others, from: start, limit: limit) { cursor, limit in
            asked.append("\(cursor ?? "") \(limit)")
            let found = try #require(Self.pages[cursor ?? ""])
            let shown = found.ids.prefix(limit)
            let next = shown.count < found.ids.count ? shown.last.map(String.init) : found.cursor
            var object = JSONObjectWriter()
            object.objects("deliveries", Array(shown)) { id, writer in
                writer.string("id", String(id))
                writer.strings("rules", ["a,b"])
            }
            object.string("cursor", orNull: next)
            object.object("spend") { $0.value("after", cursor ?? "0") }
            return JSONFields(try JSONParser(limits: .message).parse(object.bytes))
        }
        return (page, asked)
    }

    @Test(
        arguments: [
            (start: nil, limit: 2, ids: ["9", "8"], cursor: "8", asked: [" 2"]),
            (nil, 3, ["9", "8", "5"], "5", [" 3", "8 1", "6 1"]),
            (nil, 100, ["9", "8", "5", "4", "3"], nil, [" 100", "8 98", "6 98", "5 97"]),
            ("8", 1, ["5"], "5", ["8 1", "6 1"]),
            (nil, 1, ["9"], "9", [" 1"]),
        ] as [(start: String?, limit: Int, ids: [String], cursor: String?, asked: [String])])
    func `a page has as many deliveries as were asked for, unless the listing ends`(
        _ sample: (start: String?, limit: Int, ids: [String], cursor: String?, asked: [String])
    ) async throws {
        let (page, asked) = try await gather(from: sample.start, limit: sample.limit)
        #expect(page.entries.compactMap { $0["id"] } == sample.ids)
        #expect(page.cursor == sample.cursor && asked == sample.asked)
    }

    @Test func `its JSON is the API's object for all of them, their bytes untouched`() async throws {
        let (page, _) = try await gather(from: nil, limit: 3)
        let deliveries = ["9", "8", "5"].map { "{\"id\":\"\($0)\",\"rules\":[\"a,b\"]}" }.joined(separator: ",")
        #expect(String(decoding: page.json, as: UTF8.self) == "{\"deliveries\":[\(deliveries)],\"cursor\":\"5\"}")
        let (rest, _) = try await gather(from: "5", limit: 9)
        #expect(String(decoding: rest.json, as: UTF8.self).hasSuffix(",\"cursor\":null}"))
    }

    @Test func `what else a page has is that of the last one asked for`() async throws {
        let (page, _) = try await gather(from: nil, limit: 3, others: ["spend", "absent"])
        #expect(
            String(decoding: page.json, as: UTF8.self).hasSuffix(#","cursor":"5","spend":{"after":6},"absent":null}"#))
    }
}
