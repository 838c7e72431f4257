import FeedProtocols
import RelayModel
import Testing

struct MessageReaderTests {
    private let reader = MessageReader(protocol: .interface402, hiding: [Secret("k3y")])

    private func read(_ text: String) -> String {
        describe(reader.read(Array(text.utf8)))
    }

    private func describe(_ message: FeedMessage) -> String {
        switch message {
        case .event(let document): "event of \(document.bytes.count) bytes"
        case .control(_, let type): "control \(type)"
        case .malformed(let message): "malformed: \(message.kind.rawValue)"
        }
    }

    @Test(arguments: ["authenticated", "subscribed", "unsubscribed", "pong", "error"])
    func `messages of the protocol itself are no events`(type: String) {
        #expect(read(#"{"type":"\#(type)"}"#) == "control \(type)")
    }

    @Test(arguments: [
        Samples.payment, Samples.verification, Samples.settlement, #"{"type":"something.new"}"#,
        #"{"type":"relayed"}"#, #"{"type":"x","amount":1e999999999999,"deep":{"a":1,"a":2}}"#,
        #"{"t\u0079pe":"payment"}"#,
    ])
    func `any other message with a type is an event`(text: String) {
        #expect(read(text) == "event of \(text.utf8.count) bytes")
    }

    @Test(arguments: [
        (#"{"type":"payment""#, MalformedMessage.Kind.notJSON), ("", .notJSON), ("hello", .notJSON),
        (#"{"a":1}"#, .withoutType), (#"{"type":7}"#, .withoutType), (#"{"type":null}"#, .withoutType),
        (#"{"type":""}"#, .withoutType),
        (#"[{"type":"payment"}]"#, .withoutType), (#""payment""#, .withoutType),
        (#"{"type":"relay.test"}"#, .reservedType), (#"{"type":"relay\u002efeed.gap"}"#, .reservedType),
        (#"{"type":"payment","a":1,"a":1}"#, .repeatedKey), (#"{"type":"pong","type":"payment"}"#, .repeatedKey),
        (#"{"type":"payment","amount":1,"amoun\u0074":2}"#, .repeatedKey),
    ])
    func `what cannot be taken has a kind`(text: String, kind: MalformedMessage.Kind) {
        #expect(read(text) == "malformed: \(kind.rawValue)")
    }

    // MARK: AtomicStream

    private func readStream(_ text: String) -> String {
        describe(MessageReader(protocol: .atomicstream).read(Array(text.utf8)))
    }

    @Test(arguments: [
        (#"{"op":"hello"}"#, "hello"), (#"{"type":"payment","op":"renewed"}"#, "renewed"),
        (#"{"op":"something.new","type":7}"#, "something.new"), (#"{"o\u0070":"a\u0062"}"#, "ab"),
        (#"{"op":""}"#, ""), (#"{"op":null,"type":"slot"}"#, "null"), (#"{"op": {"a":1} }"#, #"{"a":1}"#),
        (#"{"op":"x","type":"relay.test"}"#, "x"),
    ])
    func `on AtomicStream whatever has an op is no event`(text: String, type: String) {
        #expect(readStream(text) == "control \(type)")
    }

    @Test(arguments: [
        #"{"type":"slot"}"#, #"{"type":"subscribed"}"#, #"{"type":"error"}"#, #"{"type":"pong"}"#,
        #"{"type":"brand.new","data":{"op":"hello"}}"#,
    ])
    func `on AtomicStream every other type is an event`(text: String) {
        #expect(readStream(text) == "event of \(text.utf8.count) bytes")
    }

    @Test(arguments: [
        (#"{"a":1}"#, MalformedMessage.Kind.withoutType), (#"{"type":7}"#, .withoutType),
        (#"{"type":""}"#, .withoutType),
        (#"[{"op":"hello"}]"#, .withoutType), (#"{"op":"a","op":"b"}"#, .repeatedKey),
        (#"{"type":"relay.feed.gap"}"#, .reservedType),
    ])
    func `on AtomicStream too what cannot be taken has a kind`(text: String, kind: MalformedMessage.Kind) {
        #expect(readStream(text) == "malformed: \(kind.rawValue)")
    }

    @Test func `an excerpt hides several secrets, the longer one where both fit`() {
        let secrets = ["tok-1", "tok-12", ""].map(Secret.init)
        #expect(Excerpt.of("a tok-1 b tok-12 c tok-2".utf8, hiding: secrets) == "a [secret] b [secret] c tok-2")
        #expect(Excerpt.of("a tok-1".utf8, hiding: secrets) == "a [secret]")
    }

    @Test func `bytes that are not UTF-8, too many levels and too many bytes are told apart`() {
        let notUTF8 = Array(#"{"type":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let deep = #"{"type":"x","a":"# + String(repeating: "[", count: 10_000)
        let large = #"{"type":"x","a":""# + String(repeating: "a", count: 9 << 20) + #""}"#
        #expect(describe(reader.read(notUTF8)) == "malformed: not UTF-8")
        #expect(read(deep) == "malformed: nested too deeply")
        #expect(read(large) == "malformed: too large")
    }

    @Test func `keys that differ in their bytes are different keys`() {
        #expect(read("{\"type\":\"x\",\"\u{E9}\":1,\"e\u{301}\":2}").hasPrefix("event"))
        #expect(read(#"{"type":"x","\u00e9":1,"e\u0301":2}"#).hasPrefix("event"))
        #expect(read(#"{"type":"x","\ud800":1,"\ud801":2,"\udc00":3,"\ufffd":4,"\ud800\udc00":5}"#).hasPrefix("event"))
        #expect(read(#"{"type":"x","\ud800":1,"\uD800":2}"#) == "malformed: a key twice at the top level")
    }

    @Test func `an excerpt is short, has no control characters and hides the key`() {
        #expect(Excerpt.of("a\u{0}\n\u{1B}[31m\u{202E}é".utf8, hiding: nil) == "a\\u{0}\\u{a}\\u{1b}[31m\\u{202e}é")
        #expect(Excerpt.of([0x61, 0xFF], hiding: nil) == "a\u{FFFD}")
        #expect(Excerpt.of(Array(repeating: 0x61, count: 1000), hiding: nil).utf8.count == 200)
        #expect(Excerpt.of("bad key k3y, k3yk3".utf8, hiding: Secret("k3y")) == "bad key [secret], [secret]k3")
        let across = String(repeating: "-", count: 198) + "k3y"
        #expect(Excerpt.of(across.utf8, hiding: Secret("k3y")) == String(repeating: "-", count: 198) + "[s")
        #expect(Excerpt.of("k3y".utf8, hiding: Secret("")) == "k3y")
    }

    /// A key of 40 bytes, none of which occurs twice.
    private let longKey = "abcdefghijklmnopqrstuvwxyz/ABCDEFGHIJKLM"

    @Test(arguments: [1, 2, 5, 24, 26, 30])
    func `no part of a key is left behind the keys before it`(keys: Int) {
        for dots in 0...200 {
            let text = String(repeating: longKey, count: keys) + String(repeating: ".", count: dots) + longKey + "."
            let expected =
                String(repeating: "[secret]", count: keys) + String(repeating: ".", count: dots) + "[secret]."
            #expect(Excerpt.of(text.utf8, hiding: Secret(longKey)) == String(expected.prefix(200)))
        }
    }

    @Test func `a key that the message ends in the middle of is hidden`() {
        for length in 8...40 {
            #expect(Excerpt.of("bad: \(longKey.prefix(length))".utf8, hiding: Secret(longKey)) == "bad: [secret]")
        }
        // Less of it is the beginning of many a word, and tells nothing.
        for length in 1..<8 {
            let text = "bad: \(longKey.prefix(length))"
            #expect(Excerpt.of(text.utf8, hiding: Secret(longKey)) == text)
        }
    }

    @Test(arguments: [
        (#"a/b"c\d"#, #"<a\/b\"c\\d>"#), (#"a/b"c\d"#, #"<a/b\"c\\d>"#), (#"a/b"c\d"#, #"<a/b"c\d>"#),
        ("k/Z", #"<\u006b\u002F\u005a>"#), ("k/Z", #"<k\u002fZ>"#), ("k/Z", #"<k\/\u005"#),
    ])
    func `a key is hidden as JSON may spell it`(key: String, text: String) {
        #expect(Excerpt.of(text.utf8, hiding: Secret(key)) == (text.hasSuffix(">") ? "<[secret]>" : "<[secret]"))
    }

    @Test func `what only resembles the key stays`() {
        #expect(
            Excerpt.of(#"k\Z k//Z K/Z k\u002eZ k\U002fZ."#.utf8, hiding: Secret("k/Z"))
                == #"k\Z k//Z K/Z k\u002eZ k\U002fZ."#)
    }

    @Test func `a malformed message brings its size and an excerpt`() {
        guard case .malformed(let message) = reader.read(Array("{\"key\":\"k3y\"\u{7}".utf8)) else {
            Issue.record("it was taken")
            return
        }
        #expect(message == MalformedMessage(kind: .notJSON, size: 13, excerpt: "{\"key\":\"[secret]\"\\u{7}"))
    }
}
