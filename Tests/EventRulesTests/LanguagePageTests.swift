import EventRules
import RelayModel
import Testing

/// Runs every example of `Sources/EventRules/README.md`, so that page and code cannot drift apart.
struct LanguagePageTests {
    private static let examples = PageExample.all(in: SourceFile.text("Sources/EventRules/README.md"))

    @Test func `the page has examples of each kind`() {
        #expect(Set(Self.examples.map(\.kind)) == PageExample.kinds)
        #expect(Self.examples.count > 80)
    }

    @Test(arguments: examples)
    func `each example of the page does what the page says`(example: PageExample) throws {
        #expect(!example.rules.isEmpty)
        guard example.kind != "fault" else {
            for rule in example.rules {
                let faults = try RuleExample.faults(rule)
                #expect(faults.map(\.path) == example.places)
                if let says = example.says { #expect(faults.map(\.reason) == [says]) }
            }
            return
        }
        #expect(!example.events.isEmpty)
        let expected: RuleVerdict =
            switch example.kind {
            case "match": .matched
            case "undecided": .undecided
            default: .refused
            }
        let fields = try example.fields.map(RuleExample.parse)
        for rule in example.rules {
            let pattern = try RuleExample.compile(rule)
            let set = RuleSet(patterns: [pattern])
            for event in example.events {
                let document = try RuleExample.parse(event)
                let derived = RuleExample.derivedFields(document, fields)
                let comment = Comment(rawValue: "\(rule) on \(event)")
                #expect(pattern.verdict(on: document, derived) == expected, comment)
                #expect(set.evaluate(document, derived).verdict(of: 0) == expected, comment)
                #expect((pattern.explain(document, derived) == nil) == (expected == .matched), comment)
            }
        }
    }
}
