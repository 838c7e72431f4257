import RelayModel
import Testing

@Suite struct JSONParserTests {
    private let parser = JSONParser(limits: JSONLimits(maxBytes: 1 << 16, maxDepth: 8))

    private func parse(_ text: String) throws(JSONFault) -> JSONDocument {
        try parser.parse(Array(text.utf8))
    }

    @Test func `values keep their bytes`() throws {
        let text =
            #" {"amount" : 1.50e-0 , "who":{"name":"Zoë\n"}, "list":[1, [], {}, "x" ], "yes":true,"no":false,"nil":null} "#
        let document = try parse(text)
        let root = document.root
        let amount = try #require(document.member(root, "amount"))
        #expect(String(decoding: document.slice(amount), as: UTF8.self) == "1.50e-0")
        let who = try #require(document.member(root, "who"))
        #expect(String(decoding: document.slice(who), as: UTF8.self) == #"{"name":"Zoë\n"}"#)
        #expect(document.member(who, "name").flatMap(document.string) == "Zoë\n")
        let list = try #require(document.member(root, "list"))
        #expect(document.elements(list).map(document.kind) == [.number, .array, .object, .string])
        #expect(
            document.members(root).map { document.string($0.key) } == ["amount", "who", "list", "yes", "no", "nil"])
        #expect(document.members(root).suffix(3).map { document.kind($0.value) } == [.true, .false, .null])
        #expect(document.bytes == Array(text.utf8))
    }

    @Test func `the last of two members of one name counts, however it is spelled`() throws {
        let document = try parse(#"{"a":1,"b":{"c":1,"\u0063":2},"\u0061":3}"#)
        #expect(document.member(document.root, "a").map { document.slice($0) } == [UInt8(ascii: "3")])
        let inner = try #require(document.member(document.root, "b"))
        #expect(document.member(inner, "c").map { document.slice($0) } == [UInt8(ascii: "2")])
        let repeated = try #require(document.firstRepeatedKey(in: document.root))
        #expect(document.string(repeated) == "a")
        #expect(document.range(repeated).lowerBound == 30)
        let other = try parse(#"{"a":1,"A":2}"#)
        #expect(other.firstRepeatedKey(in: other.root) == nil)
    }

    @Test func `a repeated key is found among any number of keys`() throws {
        for count in [2, 47, 48, 49, 200] {
            let keys = (0..<count).map { "key\($0)" }
            let text = "{" + keys.map { "\"\($0)\":{\"key0\":1}" }.joined(separator: ",")
            let without = try parse(text + "}")
            #expect(without.firstRepeatedKey(in: without.root) == nil)
            let with = try parse(text + ",\"key1\":1}")
            let repeated = try #require(with.firstRepeatedKey(in: with.root))
            #expect(with.string(repeated) == "key1" && with.range(repeated).lowerBound == text.utf8.count + 1)
        }
    }

    @Test func `escapes decode to their characters`() throws {
        let document = try parse(#"["\"\\\/\b\f\n\r\t","\u00e9\ud83d\ude00","\ud800x\udc00"]"#)
        #expect(
            document.elements(document.root).map { document.string($0) } == [
                "\"\\/\u{8}\u{c}\n\r\t", "é😀", "\u{FFFD}x\u{FFFD}",
            ])
    }

    @Test func `a text written with escapes reads back as it was`() throws {
        let text = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init))) + "😀\u{2028}"
        let document = try parse(JSONEscapes.quoted(text))
        #expect(document.string(document.root) == text)
    }

    @Test(arguments: [
        ("", 0), ("{", 1), ("[1,]", 3), (#"{"a":1,}"#, 7), (#"{"a" 1}"#, 5), (#"{a:1}"#, 1), ("01", 1), ("1.", 2),
        ("-", 1),
        ("+1", 0), (".5", 0), ("1e", 2), ("tru", 3), ("nulL", 3), ("[1 2]", 3), ("{}{}", 2), ("]", 0), ("[}", 1),
        (#""\x""#, 1), (#""\u12g4""#, 1), ("\"a\nb\"", 2), ("\"abc", 4), ("'a'", 0), ("NaN", 0), ("\u{FEFF}{}", 0),
        ("1,2", 1),
        (#"{"a":1]"#, 6), ("[1}", 2), ("{,}", 1), ("[,]", 1), (#"{"a":}"#, 5),
    ])
    func `what the grammar refuses is a fault at its place`(_ sample: (text: String, offset: Int)) throws {
        let fault = try #require(throws: JSONFault.self) { try parse(sample.text) }
        #expect(fault.kind == .syntax)
        #expect(fault.offset == sample.offset)
        #expect(!fault.reason.isEmpty)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF], [0xC3, 0x28],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are a fault`(_ bytes: [UInt8]) throws {
        let fault = try #require(throws: JSONFault.self) { try parser.parse([0x22] + bytes + [0x22]) }
        #expect(fault.kind == .notUTF8)
        #expect(fault.offset == 1)
    }

    @Test func `every well-formed sequence passes`() throws {
        for scalar in [0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF].compactMap(
            Unicode.Scalar.init)
        {
            let document = try parse("\"\(scalar)\"")
            #expect(document.string(document.root) == String(scalar))
        }
    }

    @Test func `depth and size have bounds`() throws {
        #expect(throws: Never.self) { try parse(String(repeating: "[", count: 8) + String(repeating: "]", count: 8)) }
        let deep = try #require(throws: JSONFault.self) { try parse(String(repeating: #"{"a":"#, count: 10_000)) }
        #expect(deep.kind == .tooDeep)
        let large = try #require(throws: JSONFault.self) { try parser.parse([UInt8](repeating: 0x20, count: 1 << 17)) }
        #expect(large.kind == .tooLarge)
    }
}
