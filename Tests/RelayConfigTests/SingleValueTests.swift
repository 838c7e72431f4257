import RelayConfig
import RelayModel
import Testing

/// One value at a time, put into a valid file.
///
/// `Tests/EndToEnd/schema.py` holds the JSON Schema against the same table, so that it refuses what the relay refuses.
@Suite struct SingleValueTests {
    struct Entry: CustomTestStringConvertible, Sendable {
        let path: [String]
        let good: [String]
        let bad: [String]
        var testDescription: String { path.joined(separator: ".") }
    }

    static let table: (base: JSONDocument, entries: [Entry])? = {
        guard let bytes = try? Repository.read("\(Repository.cases)/single-values.json"),
            let document = try? JSONParser(limits: .configuration).parse(bytes),
            let base = document.member(document.root, "base"), let values = document.member(document.root, "values"),
            let parsed = try? JSONParser(limits: .configuration).parse(Array(document.slice(base)))
        else { return nil }
        let entries = document.elements(values).map { entry in
            func texts(_ key: String) -> [JSONNode] {
                document.member(entry, key).map { Array(document.elements($0)) } ?? []
            }
            return Entry(
                path: texts("at").compactMap(document.string),
                good: texts("good").map { String(decoding: document.slice($0), as: UTF8.self) },
                bad: texts("bad").map { String(decoding: document.slice($0), as: UTF8.self) })
        }
        return (parsed, entries)
    }()

    @Test(arguments: table?.entries ?? [])
    func `a value of the right form is taken and any other is refused in its place`(entry: Entry) throws {
        let base = try #require(Self.table?.base)
        for value in entry.good {
            let text = Self.replacing(base, base.root, entry.path[...], with: value)
            if case .failure(let faults) = TestFiles.load(text) { Issue.record("\(value): \(faults)") }
        }
        for value in entry.bad {
            let text = Self.replacing(base, base.root, entry.path[...], with: value)
            switch TestFiles.load(text) {
            case .success: Issue.record("\(value) was taken")
            case .failure(let faults):
                let key = entry.path.joined(separator: ".")
                #expect(faults.faults.allSatisfy { $0.key?.hasPrefix(key) == true }, "\(value): \(faults)")
            }
        }
    }

    @Test func `the table is read`() { #expect((Self.table?.entries.count ?? 0) > 60) }

    /// `node` as text with the value at `path` put in, or added.
    private static func replacing(
        _ document: JSONDocument, _ node: JSONNode, _ path: ArraySlice<String>, with value: String
    ) -> String {
        guard let name = path.first else { return value }
        var found = false
        var members = document.members(node).map { key, inner -> String in
            let quoted = String(decoding: document.slice(key), as: UTF8.self)
            guard document.string(key) == name else {
                return "\(quoted): \(String(decoding: document.slice(inner), as: UTF8.self))"
            }
            found = true
            return "\(quoted): \(replacing(document, inner, path.dropFirst(), with: value))"
        }
        if !found { members.append("\(JSONEscapes.quoted(name)): \(value)") }
        return "{ \(members.joined(separator: ", ")) }"
    }
}
