import EventRules
import FeedProtocols
import RelayModel
import Testing

/// Runs the case files: an event, rules over it, and what is expected of them.
///
/// `atomicstream` names the feed of that protocol which the event came from; else `fields` spells what the relay adds.
struct CaseFileTests {
    private static let folder = "Tests/EventRulesTests/Cases"

    @Test(arguments: SourceFile.names(in: folder))
    func `each case file gives the expected rules and reasons`(file: String) throws {
        let text = try RuleExample.parse(SourceFile.text("\(Self.folder)/\(file)"))
        func part(_ name: String) throws -> JSONDocument? {
            try text.member(text.root, name).map {
                try JSONParser(limits: .configuration).parse(Array(text.slice($0)))
            }
        }
        func names(_ name: String) throws -> Set<String> {
            guard let list = try part(name) else { return [] }
            return Set(list.elements(list.root).compactMap(list.string))
        }
        let event = try #require(try part("event"))
        let atomicStream = try part("atomicstream").flatMap { $0.string($0.root) }
        let fields =
            try atomicStream.map {
                EventReader(protocol: .atomicstream, feed: $0).fields(of: event, payment: .none)
            } ?? RuleExample.derivedFields(event, try part("fields"))
        let rules = try #require(try part("rules"))
        let reasons = try part("reasons")
        let matched = try names("matched")
        let undecided = try names("undecided")

        let members = Array(rules.members(rules.root))
        #expect(!members.isEmpty)
        let patterns = try members.map {
            try RulePattern.compile($0.value, in: rules, readAddresses: RuleExample.readAddresses)
        }
        let verdicts = RuleSet(patterns: patterns).evaluate(event, fields)
        let found = members.map { rules.string($0.key) ?? "" }
        #expect(Set(verdicts.matched.map { found[$0] }) == matched)
        #expect(Set(verdicts.undecided.map { found[$0] }) == undecided)
        for (name, pattern) in zip(found, patterns) {
            let reason = pattern.explain(event, fields)
            #expect((reason == nil) == matched.contains(name), "\(name): \(reason ?? "no reason")")
            if let reasons, let expected = reasons.member(reasons.root, name) {
                #expect(reason == reasons.string(expected), "\(name)")
            }
        }
    }

    @Test func `there are case files`() {
        #expect(SourceFile.names(in: Self.folder).count >= 6)
    }
}
