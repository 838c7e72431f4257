import EventRules
import RelayModel
import Testing

/// Every kind of fault of a pattern, with its place and its remedy.
struct PatternFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var rule: String
        var path: String
        /// What the place's text in the rule is.
        var at: String
        var says: String

        init(_ rule: String, at path: String, _ text: String, _ says: String) {
            self.rule = rule
            self.path = path
            at = text
            self.says = says
        }

        var testDescription: String { rule }
    }

    private static let shapes = [
        Case("[1]", at: "", "[1]", "must be an object of fields"),
        Case(#""payment""#, at: "", #""payment""#, "must be an object of fields"),
        Case(#"{"a":1}"#, at: "a", "1", "must be a list of alternatives; write [1]"),
        Case(#"{"a":null}"#, at: "a", "null", "write [null]"),
        Case(#"{"$comment":"x"}"#, at: "$comment", #""x""#, #"write ["x"]"#),
        Case(#"{"a":[]}"#, at: "a", "[]", "is an empty list"),
        Case(#"{"a":{}}"#, at: "a", "{}", "is an empty object"),
        Case(#"{"a":{"b":{}}}"#, at: "a.b", "{}", "is an empty object"),
        Case(#"{"a":[["b"]]}"#, at: "a[0]", #"["b"]"#, "is a list within the list"),
        Case(#"{"a":[{}]}"#, at: "a[0]", "{}", "write an operator"),
        Case(
            #"{"a":["x",{"prefix":"a","suffix":"b"}]}"#, at: "a[1].suffix", #""suffix""#,
            "one object holds one operator"),
        Case(#"{"a":[1],"a":[2]}"#, at: "a", #""a""#, "is given twice"),
        Case(#"{"a":{"b":[1]},"a":{"c":[2]}}"#, at: "a", #""a""#, "is given twice"),
        Case(#"{"x":[{"equals":"y"}]}"#, at: "x[0].equals", #""equals""#, "unknown operator; the operators are"),
        Case(#"{"x":[{"exactly":"y"}]}"#, at: "x[0].exactly", #""exactly""#, "write the value itself"),
        Case(#"{"x":[{"$or":[]}]}"#, at: "x[0].$or", #""$or""#, "unknown operator"),
    ]

    private static let operators = [
        Case(#"{"a":[{"prefix":5}]}"#, at: "a[0].prefix", "5", "must be a string"),
        Case(#"{"a":[{"suffix":["x"]}]}"#, at: "a[0].suffix", #"["x"]"#, "must be a string"),
        Case(#"{"a":[{"prefix":{"wildcard":"x"}}]}"#, at: "a[0].prefix", #""wildcard""#, "and no other operator"),
        Case(#"{"a":[{"prefix":{}}]}"#, at: "a[0].prefix", "{}", "is an empty object"),
        Case(
            #"{"a":[{"suffix":{"equals-ignore-case":"x","b":1}}]}"#, at: "a[0].suffix.b", #""b""#,
            "one object holds one operator"),
        Case(
            #"{"a":[{"prefix":{"equals-ignore-case":5}}]}"#, at: "a[0].prefix.equals-ignore-case", "5",
            "must be a string"),
        Case(#"{"a":[{"equals-ignore-case":["x"]}]}"#, at: "a[0].equals-ignore-case", #"["x"]"#, "must be a string"),
        Case(#"{"a":[{"wildcard":7}]}"#, at: "a[0].wildcard", "7", "must be a string"),
        Case(#"{"a":[{"wildcard":"x**"}]}"#, at: "a[0].wildcard", #""x**""#, "two * in a row"),
        Case(#"{"a":[{"wildcard":"x\\"}]}"#, at: "a[0].wildcard", #""x\\""#, "backslash"),
        Case(#"{"a":[{"wildcard":"x\\n"}]}"#, at: "a[0].wildcard", #""x\\n""#, "backslash"),
        Case(#"{"a":[{"exists":1}]}"#, at: "a[0].exists", "1", "must be true or false"),
        Case(#"{"a":[{"cidr":8}]}"#, at: "a[0].cidr", "8", "must be a string"),
        Case(#"{"a":[{"cidr":"10.0.0.0"}]}"#, at: "a[0].cidr", #""10.0.0.0""#, "one / and a length"),
        Case(#"{"a":[{"cidr":"10.0.0.0/8/8"}]}"#, at: "a[0].cidr", #""10.0.0.0/8/8""#, "one / and a length"),
        Case(#"{"a":[{"cidr":"10.0.0/8"}]}"#, at: "a[0].cidr", #""10.0.0/8""#, "IPv4 or IPv6 address"),
        Case(#"{"a":[{"cidr":"10.0.0.256/8"}]}"#, at: "a[0].cidr", #""10.0.0.256/8""#, "IPv4 or IPv6 address"),
        Case(#"{"a":[{"cidr":"::g/8"}]}"#, at: "a[0].cidr", #""::g/8""#, "IPv4 or IPv6 address"),
        Case(#"{"a":[{"cidr":"10.0.0.0/32"}]}"#, at: "a[0].cidr", #""10.0.0.0/32""#, "0 to 31"),
        Case(#"{"a":[{"cidr":"::/128"}]}"#, at: "a[0].cidr", #""::/128""#, "0 to 127"),
        Case(#"{"a":[{"cidr":"10.0.0.0/-1"}]}"#, at: "a[0].cidr", #""10.0.0.0/-1""#, "0 to 31"),
        Case(#"{"a":[{"cidr":"10.0.0.0/"}]}"#, at: "a[0].cidr", #""10.0.0.0/""#, "0 to 31"),
    ]

    private static let numerics = [
        Case(#"{"a":[{"numeric":5}]}"#, at: "a[0].numeric", "5", "list of an operator and a number"),
        Case(#"{"a":[{"numeric":[]}]}"#, at: "a[0].numeric", "[]", "has 0 elements"),
        Case(#"{"a":[{"numeric":["<"]}]}"#, at: "a[0].numeric", #"["<"]"#, "has 1 elements"),
        Case(#"{"a":[{"numeric":["<",1,">"]}]}"#, at: "a[0].numeric", #"["<",1,">"]"#, "has 3 elements"),
        Case(
            #"{"a":[{"numeric":[">",1,"<",3,"=",2]}]}"#, at: "a[0].numeric", #"[">",1,"<",3,"=",2]"#, "has 6 elements"),
        Case(#"{"a":[{"numeric":["==",1]}]}"#, at: "a[0].numeric[0]", #""==""#, "must be one of"),
        Case(#"{"a":[{"numeric":[1,"<"]}]}"#, at: "a[0].numeric[0]", "1", "must be one of"),
        Case(#"{"a":[{"numeric":["<","1"]}]}"#, at: "a[0].numeric[1]", #""1""#, "without quotes"),
        Case(#"{"a":[{"numeric":[">",1,"<",true]}]}"#, at: "a[0].numeric[3]", "true", "without quotes"),
        Case(#"{"a":[{"numeric":["=",1,"<",2]}]}"#, at: "a[0].numeric", #"["=",1,"<",2]"#, "a range is"),
        Case(#"{"a":[{"numeric":[">",1,"=",2]}]}"#, at: "a[0].numeric", #"[">",1,"=",2]"#, "a range is"),
        Case(#"{"a":[{"numeric":["<",5,">",1]}]}"#, at: "a[0].numeric", #"["<",5,">",1]"#, "a range is"),
        Case(#"{"a":[{"numeric":[">=",1,"<=",1.0]}]}"#, at: "a[0].numeric", #"[">=",1,"<=",1.0]"#, "must be less"),
        Case(#"{"a":[{"numeric":[">",2,"<",1]}]}"#, at: "a[0].numeric", #"[">",2,"<",1]"#, "must be less"),
    ]

    private static let anythingButs = [
        Case(#"{"a":[{"anything-but":[]}]}"#, at: "a[0].anything-but", "[]", "is an empty list"),
        Case(#"{"a":[{"anything-but":true}]}"#, at: "a[0].anything-but", "true", "a string or a number"),
        Case(#"{"a":[{"anything-but":null}]}"#, at: "a[0].anything-but", "null", "a string or a number"),
        Case(#"{"a":[{"anything-but":["x",null]}]}"#, at: "a[0].anything-but[1]", "null", "a string or a number"),
        Case(
            #"{"a":[{"anything-but":[{"prefix":"x"}]}]}"#, at: "a[0].anything-but[0]", #"{"prefix":"x"}"#,
            "no other values"),
        Case(#"{"a":[{"anything-but":["x",1]}]}"#, at: "a[0].anything-but", #"["x",1]"#, "of one kind"),
        Case(#"{"a":[{"anything-but":{}}]}"#, at: "a[0].anything-but", "{}", "is an empty object"),
        Case(
            #"{"a":[{"anything-but":{"numeric":[">",1]}}]}"#, at: "a[0].anything-but.numeric", #""numeric""#,
            "no other operator"),
        Case(
            #"{"a":[{"anything-but":{"prefix":"x","suffix":"y"}}]}"#, at: "a[0].anything-but.suffix", #""suffix""#,
            "takes one operator"),
        Case(#"{"a":[{"anything-but":{"prefix":""}}]}"#, at: "a[0].anything-but.prefix", #""""#, "is empty"),
        Case(#"{"a":[{"anything-but":{"suffix":["x",""]}}]}"#, at: "a[0].anything-but.suffix[1]", #""""#, "is empty"),
        Case(#"{"a":[{"anything-but":{"suffix":[]}}]}"#, at: "a[0].anything-but.suffix", "[]", "is an empty list"),
        Case(#"{"a":[{"anything-but":{"prefix":[5]}}]}"#, at: "a[0].anything-but.prefix[0]", "5", "must be a string"),
        Case(
            #"{"a":[{"anything-but":{"wildcard":["x","**"]}}]}"#, at: "a[0].anything-but.wildcard[1]", #""**""#,
            "two * in a row"),
        Case(
            #"{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}"#, at: "a[0].anything-but.prefix",
            #"{"equals-ignore-case":"x"}"#, "must be a string"),
    ]

    private static let others = [
        Case(#"{"$or":5}"#, at: "$or", "5", "at least two objects"),
        Case(#"{"$or":{"a":[1]}}"#, at: "$or", #"{"a":[1]}"#, "at least two objects"),
        Case(#"{"$or":[]}"#, at: "$or", "[]", "has 0 alternatives"),
        Case(#"{"$or":[{"a":[1]}]}"#, at: "$or", #"[{"a":[1]}]"#, "has 1 alternatives"),
        Case(#"{"$or":[{"a":[1]},"b"]}"#, at: "$or[1]", #""b""#, "must be an object of fields"),
        Case(#"{"$or":[{"a":[1]},{}]}"#, at: "$or[1]", "{}", "is an empty object"),
        Case(#"{"m":{"$or":[{"a":[1]},{"b":2}]}}"#, at: "m.$or[1].b", "2", "write [2]"),
        Case(#"{"$or":[{"a":[1]},{"numeric":[1]}]}"#, at: "$or[1].numeric", #""numeric""#, "is an operator"),
        Case(#"{"$or":[{"a":[1]},{"b":{"regex":[1]}}]}"#, at: "$or[1].b.regex", #""regex""#, "is an operator"),
        Case(#"{"wallet":{"file":"gone.txt"}}"#, at: "wallet.file", #""gone.txt""#, "gone.txt: no such file"),
        Case(#"{"mint":{"file":"empty.txt"}}"#, at: "mint.file", #""empty.txt""#, "lists no address"),
        Case(
            #"{"sender":[{"file":"wallets.txt"}]}"#, at: "sender[0].file", #""file""#, "in the place of the whole list"),
        Case(
            #"{"sender":{"file":"wallets.txt","x":[1]}}"#, at: "sender", #"{"file":"wallets.txt","x":[1]}"#,
            "nothing beside"),
        Case(#"{"feed":{"file":"wallets.txt"}}"#, at: "feed", #"{"file":"wallets.txt"}"#, "cannot come from a file"),
        Case(
            #"{"a":{"sender":{"file":"wallets.txt"}}}"#, at: "a.sender", #"{"file":"wallets.txt"}"#,
            "cannot come from a file"),
        Case(#"{"wallet":{"file":5}}"#, at: "wallet.file", "5", "write [5]"),
    ]

    @Test(arguments: shapes + operators + numerics + anythingButs + others)
    func `each fault is told at its place with its remedy`(example: Case) throws {
        let document = try RuleExample.parse(example.rule)
        let faults = try RuleExample.faults(example.rule)
        #expect(faults.count == 1)
        let fault = try #require(faults.first)
        #expect(fault.path == example.path)
        #expect(String(decoding: document.slice(fault.node), as: UTF8.self) == example.at)
        #expect(fault.reason.contains(example.says), "\(fault.reason)")
    }

    @Test func `all faults of a pattern are told at once in the order of the text`() throws {
        let rule =
            #"{"a":1,"b":[{"prefx":"x"},[]],"$or":[{"c":[]},{"d":[{"numeric":[">",2,"<",1]}]}],"sender":{"file":"x"}}"#
        #expect(
            try RuleExample.faults(rule).map(\.path)
                == ["a", "b[0].prefx", "b[1]", "$or[0].c", "$or[1].d[0].numeric", "sender.file"])
    }

    @Test func `a thousand combinations of $or are taken and no more`() throws {
        func or(_ name: String, _ count: Int) -> String {
            #"{"$or":["# + (0..<count).map { #"{"\#(name)":[\#($0)]}"# }.joined(separator: ",") + "]}"
        }
        let taken = #"{"a":\#(or("x", 10)),"b":\#(or("x", 10)),"c":\#(or("x", 10))}"#
        #expect(try RuleExample.verdict(taken, #"{"a":{"x":9},"b":{"x":0},"c":{"x":5}}"#) == .matched)
        #expect(try RuleExample.verdict(taken, #"{"a":{"x":9},"b":{"x":0},"c":{"x":10}}"#) == .refused)

        let refused = #"{"a":\#(or("x", 10)),"b":\#(or("x", 10)),"c":\#(or("x", 11))}"#
        let faults = try RuleExample.faults(refused)
        #expect(faults.map(\.path) == ["c"])
        #expect(faults.first?.reason.contains("1100 combinations") == true)
        #expect(try RuleExample.faults(or("x", 1001)).map(\.path) == ["$or"])
    }

    @Test func `a fault in a file of a hundred rules lies where its text is`() throws {
        let rules = (0..<100).map { $0 == 63 ? #"{"a":[{"prefix":63}]}"# : #"{"a":["\#($0)"]}"# }
        let document = try RuleExample.parse("[" + rules.joined(separator: ",\n") + "]")
        var found: [String] = []
        for rule in document.elements(document.root) {
            do {
                _ = try RulePattern.compile(rule, in: document, readAddresses: RuleExample.readAddresses)
            } catch {
                found += error.faults.map { String(decoding: document.slice($0.node), as: UTF8.self) }
            }
        }
        #expect(found == ["63"])
    }
}
