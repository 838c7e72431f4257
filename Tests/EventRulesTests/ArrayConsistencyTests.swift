import EventRules
import RelayModel
import Testing

/// Compares the evaluation with EventBridge's own definition, tried out by brute force: an event is a list of fields, each
/// knowing which element of which array it is in; a rule matches when each condition can be given a field, no two of them
/// in different elements of one array, and each absence finds no field that could stand beside these.
struct ArrayConsistencyTests {
    private struct Field {
        var path: String
        var value: String
        /// Array to element.
        var elements: [Int: Int]
    }

    private struct Wanted {
        var path: String
        var values: Set<String>
        var acceptsAbsence: Bool
    }

    private static func flatten(_ document: JSONDocument) -> [Field] {
        var result: [Field] = []
        var arrays = 0
        func visit(_ node: JSONNode, _ path: String, _ elements: [Int: Int]) {
            switch document.kind(node) {
            case .object:
                for (key, value) in document.members(node) {
                    visit(value, path + "." + (document.string(key) ?? ""), elements)
                }
            case .array:
                let array = arrays
                arrays += 1
                for (index, element) in document.elements(node).enumerated() {
                    var inside = elements
                    if [.object, .array].contains(document.kind(element)) { inside[array] = index }
                    visit(element, path, inside)
                }
            default:
                result.append(
                    Field(path: path, value: String(decoding: document.slice(node), as: UTF8.self), elements: elements))
            }
        }
        visit(document.root, "", [:])
        return result
    }

    private static func merged(_ one: [Int: Int], _ other: [Int: Int]) -> [Int: Int]? {
        for (array, element) in one where (other[array] ?? element) != element { return nil }
        return one.merging(other) { first, _ in first }
    }

    private static func matches(
        _ wanted: ArraySlice<Wanted>, _ fields: [Field], chosen: [Int: Int] = [:], absent: [String] = []
    ) -> Bool {
        guard let first = wanted.first else {
            return !fields.contains { absent.contains($0.path) && merged($0.elements, chosen) != nil }
        }
        let rest = wanted.dropFirst()
        for field in fields where field.path == first.path && first.values.contains(field.value) {
            if let together = merged(field.elements, chosen),
                matches(rest, fields, chosen: together, absent: absent)
            {
                return true
            }
        }
        return first.acceptsAbsence && matches(rest, fields, chosen: chosen, absent: absent + [first.path])
    }

    private struct Generator {
        var random: SplitMix64
        private static let names = ["a", "b", "c"]

        mutating func event(depth: Int = 0) -> String {
            var members: [String] = []
            for name in Self.names where random.below(3) > 0 {
                members.append("\"\(name)\":\(value(depth: depth + 1))")
            }
            return "{\(members.joined(separator: ","))}"
        }

        private mutating func value(depth: Int) -> String {
            guard depth < 4 else { return "\(random.below(3))" }
            switch random.below(6) {
            case 0: return "\(random.below(3))"
            case 1: return event(depth: depth)
            default:
                return "["
                    + (0..<random.below(4)).map { _ in random.oneIn(4) ? value(depth: depth + 1) : event(depth: depth) }
                    .joined(separator: ",") + "]"
            }
        }

        mutating func pattern(path: String = "", depth: Int = 0, into wanted: inout [Wanted]) -> String {
            var members: [String] = []
            while members.isEmpty {
                for name in Self.names where random.oneIn(2) {
                    let inner = path + "." + name
                    if depth < 2, random.below(3) > 0 {
                        members.append("\"\(name)\":\(pattern(path: inner, depth: depth + 1, into: &wanted))")
                        continue
                    }
                    var made = Wanted(path: inner, values: [], acceptsAbsence: random.oneIn(3))
                    if !made.acceptsAbsence || random.oneIn(3) {
                        made.values = ["\(random.below(3))", "\(random.below(3))"]
                    }
                    wanted.append(made)
                    let alternatives = made.values.sorted() + (made.acceptsAbsence ? [#"{"exists":false}"#] : [])
                    members.append("\"\(name)\":[\(alternatives.joined(separator: ","))]")
                }
            }
            return "{\(members.joined(separator: ","))}"
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `arrays match as the definition by fields says`(seed: UInt64) throws {
        var generator = Generator(random: SplitMix64(seed: seed))
        var matched = 0
        for _ in 0..<300 {
            var wanted: [Wanted] = []
            let rule = generator.pattern(into: &wanted)
            let pattern = try RuleExample.compile(rule)
            for _ in 0..<5 {
                let event = generator.event()
                let document = try RuleExample.parse(event)
                let expected = Self.matches(wanted[...], Self.flatten(document))
                if expected { matched += 1 }
                let found = pattern.verdict(on: document, DerivedFields(feed: "f", wallets: [], transfers: []))
                #expect((found == .matched) == expected, "seed \(seed): \(rule) on \(event)")
            }
        }
        #expect(matched > 50)
    }
}
