import Testing

@Suite struct `The repository` {
    @Test(arguments: TidyRule.all) func `keeps its rules`(rule: TidyRule) throws {
        let findings = rule.check(try Repository.clone.get())
        #expect(findings.isEmpty, "\(findings.map(\.description).sorted().joined(separator: "\n"))")
    }

    @Test(arguments: TidyRule.all) func `has rules that find what they forbid and nothing else`(rule: TidyRule) {
        #expect(!rule.bad.isEmpty && !rule.good.isEmpty)
        for sample in rule.bad { #expect(!rule.check(sample).isEmpty, "passes: \(sample.files.mapValues(\.text))") }
        for sample in rule.good { #expect(rule.check(sample).isEmpty, "\(rule.check(sample))") }
    }

    @Test func `is read whole`() throws {
        let clone = try Repository.clone.get()
        #expect(clone.files["Package.swift"] != nil)
        #expect(clone.code.count > 100)
        let targets = PackageManifest(clone.files["Package.swift"]?.text ?? "").targets
        #expect(
            targets.filter { !$0.isTest }.map(\.name) == ImportRules.modules.map(\.name) + [
                "OutboxTestKit", "RelayTestKit",
            ])
    }
}

@Suite struct `Swift code without comments and texts` {
    @Test(arguments: [
        ("a // b", "a     "), ("a /* b /* c */ d */ e", "a                   e"), (#"x("a", b)"#, #"x(   , b)"#),
        (#""a \(b("c", d)) e" f"#, #"    (b(   , d))    f"#), (##"#"a "b" \(c)"# d"##, ##"               d"##),
        (##"#"a \#(b) c"# d"##, ##"      (b)     d"##), (#""\\" a"#, "     a"), (#""\"" a"#, "     a"),
        ("\"\"\"\n a \"b\" // c\n \"\"\" d", "   \n           \n     d"), ("\"// a\" b", "       b"),
        ("a `public b` c", "a            c"),
    ])
    func `keeps its places`(source: String, code: String) {
        #expect(String(decoding: SwiftCode.without(commentsAndTexts: source), as: UTF8.self) == code)
    }
}

@Suite struct `A search for a word` {
    @Test(arguments: [
        ("try!", "try! a\ntry! b", [1, 2]), ("public", "publicly\nrepublic\npublic let", [3]),
        ("print(", "a.print(x)\nblueprint(x)\n{print(x)}", [3]), ("Double", "Double2 _Double Double?", [1]),
    ])
    func `finds whole words only`(word: String, text: String, lines: [Int]) {
        #expect(TextSearch.lines(of: word, in: Array(text.utf8)) == lines)
    }
}
