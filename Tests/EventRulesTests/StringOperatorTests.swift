import EventRules
import Testing

/// Edges of the operators on strings, beyond the page's examples.
struct StringOperatorTests {
    @Test(arguments: [
        ("*", "", true), ("*", "anything", true), ("", "", true), ("", "x", false),
        ("a*a", "a", false), ("a*a", "aa", true), ("*ab*b", "ab", false), ("*ab*b", "abb", true),
        ("a*b*c", "abc", true), ("a*b*c", "a-b-b-c", true), ("a*b*c", "acb", false), ("*aab*", "aaab", true),
        ("*a*a*a*", "aa", false), ("*a*a*a*", "xaxaxax", true), ("ä*ö", "äüö", true), (#"\**\*"#, "*x*", true),
        (#"\\*"#, #"\x"#, true), (#"\*"#, "x", false), ("a*", "ba", false), ("*a", "ab", false),
    ])
    func `a wildcard covers the whole string`(pattern: String, text: String, matches: Bool) throws {
        func json(_ text: String) -> String { text.replacing(#"\"#, with: #"\\"#) }
        let verdict = try RuleExample.verdict(#"{"x":[{"wildcard":"\#(json(pattern))"}]}"#, #"{"x":"\#(json(text))"}"#)
        #expect((verdict == .matched) == matches)
    }

    @Test(arguments: [
        ("Straße", "STRASSE", false), ("STRAẞE", "straße", true), ("\u{212A}", "k", true), ("É", "é", true),
        ("É", "e\u{301}", false), ("abc", "ABCD", false), ("ab", "a", false), ("", "", true), ("Ⱥ", "ⱥ", true),
    ])
    func `text without case compares the lower-case forms of code points`(
        operand: String, text: String, matches: Bool
    ) throws {
        let verdict = try RuleExample.verdict(#"{"x":[{"equals-ignore-case":"\#(operand)"}]}"#, #"{"x":"\#(text)"}"#)
        #expect((verdict == .matched) == matches)
    }

    @Test(arguments: [
        ("äB", "Äbc", true), ("bÄ", "ABä", false), ("x", "", false), ("abcd", "abc", false),
    ])
    func `a prefix without case begins the string`(operand: String, text: String, matches: Bool) throws {
        let rule = #"{"x":[{"prefix":{"equals-ignore-case":"\#(operand)"}}]}"#
        #expect((try RuleExample.verdict(rule, #"{"x":"\#(text)"}"#) == .matched) == matches)
    }

    @Test(arguments: [
        ("0.0.0.0/0", "255.255.255.255", true), ("10.0.0.77/9", "10.127.255.255", true),
        ("10.0.0.77/9", "10.128.0.0", false), ("10.0.0.0/31", "10.0.0.1", true), ("10.0.0.0/31", "10.0.0.2", false),
        ("::/0", "10.0.0.1", false), ("0.0.0.0/0", "::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("fe80::/127", "fe80::1", true), ("fe80::/127", "fe80::2", false),
        ("10.0.0.0/8", "10.0.0.1\\u0000", false), ("10.0.0.0/8", " 10.0.0.1", false),
        ("10.0.0.0/8", "010.0.0.1", false),
        ("::/0", "", false), ("::/0", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb", false),
    ])
    func `a block of addresses holds those with its leading bits`(block: String, text: String, matches: Bool) throws {
        let verdict = try RuleExample.verdict(#"{"x":[{"cidr":"\#(block)"}]}"#, #"{"x":"\#(text)"}"#)
        #expect((verdict == .matched) == matches)
    }

    @Test func `many exact strings are found as few are`() throws {
        for count in [8, 9, 200] {
            let list = (0..<count).map { #""value-\#($0)""# }.joined(separator: ",")
            for (text, matches) in [
                ("value-0", true), ("value-\(count - 1)", true), ("value-\(count)", false), ("", false),
            ] {
                let verdict = try RuleExample.verdict(#"{"x":[\#(list)]}"#, #"{"x":"\#(text)"}"#)
                #expect((verdict == .matched) == matches)
                let other = try RuleExample.verdict(#"{"x":[{"anything-but":[\#(list)]}]}"#, #"{"x":"\#(text)"}"#)
                #expect((other == .matched) == !matches)
            }
        }
    }
}
