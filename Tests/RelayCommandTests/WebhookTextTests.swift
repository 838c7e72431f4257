import RelayModel
import Testing
import WebhookReceiver
import WebhookSigning

@testable import RelayCommand

@Suite struct WebhookTextTests {
    private func webhook(_ body: String, id: String = "evt_1", spoilt: Bool = false) throws -> ReceivedWebhook {
        let secret = WebhookKey.newSharedSecret()
        let now = Timestamp(milliseconds: 1_700_000_000_123)
        let bytes = Array(body.utf8)
        let headers = try WebhookSigner(schemes: [.standard], secrets: [secret])
            .headers(id: id, timestamp: now.seconds, body: spoilt ? [] : bytes)
        return ReceivedWebhook(
            headers: headers, body: bytes, verifier: try WebhookVerifier(secret), maxAge: nil, now: now)
    }

    @Test func `a webhook is a block of time, id, type, verdict, headers and body`() throws {
        let block = WebhookText.block(try webhook(#"{"type":"payment","data":{"amount":0.10}}"#))
        let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "2023-11-14T22:13:20.123Z  evt_1  payment  verified")
        #expect(lines[1] == "  webhook-timestamp: 1700000000")
        #expect(lines[2].hasPrefix("  webhook-signature: v1,"))
        #expect(
            lines[3...] == [
                "  {", "    \"type\": \"payment\",", "    \"data\": {", "      \"amount\": 0.10", "    }", "  }", "",
            ])
    }

    @Test func `one that does not verify says why`() throws {
        let block = WebhookText.block(try webhook("", spoilt: false))
        #expect(block.contains("(no type)  verified") && block.contains("(no body)"))
        #expect(WebhookText.block(try webhook("{}", spoilt: true)).contains("NOT VERIFIED: no token fits"))
    }

    @Test func `nothing that a terminal would act on is printed`() throws {
        let hostile = "\u{1B}[2J\u{9B}31m\u{7}\u{7F}\u{202E}\u{2066}\u{200B}\u{2028}\r"
        let bodies = ["{\"type\":\"\(TerminalText.escaped(hostile))\u{9B}31m\u{202E}\",\"a\":\"\\u001b[2J\"}", hostile]
        for body in bodies {
            let block = WebhookText.block(try webhook(body, id: "evt\u{1B}[31m"))
            for scalar in block.unicodeScalars where scalar != "\n" {
                #expect((0x20...0x7E).contains(scalar.value), "U+\(String(scalar.value, radix: 16))")
            }
        }
    }

    @Test func `letters of any script stay readable`() {
        #expect(TerminalText.escaped("Zahlung für 品物 💸 € ñ") == "Zahlung für 品物 💸 € ñ")
        #expect(TerminalText.escaped("a\nb\tc") == #"a\u{a}b\u{9}c"#)
    }

    @Test(arguments: [
        ("{}", ["{}"]), ("[ ]", ["[]"]), (#"{"a":[]}"#, ["{", #"  "a": []"#, "}"]),
        (#"[1,"x,{}[]:\"",{"k" : null}]"#, ["[", "  1,", #"  "x,{}[]:\"","#, "  {", #"    "k": null"#, "  }", "]"]),
        ("1.50e+10", ["1.50e+10"]), ("no json {", ["no json {"]), ("two\nlines", ["two", "lines"]),
    ])
    func `a body is laid out without changing what is in it`(body: String, lines: [String]) {
        #expect(WebhookText.body(Array(body.utf8)) == lines)
    }

    @Test(arguments: [
        "[" + String(repeating: "1,", count: 1000) + "1]", "\"\(String(repeating: "x", count: 100_000))\"",
    ])
    func `a long body is cut and says so`(body: String) throws {
        let lines = WebhookText.body(Array(body.utf8))
        #expect(lines.count <= 201)
        #expect(try #require(lines.last).hasPrefix("… (cut; the body has \(body.utf8.count) bytes"))
        #expect(lines.reduce(0) { $0 + $1.utf8.count } < 70_000)
    }

    @Test func `a body of any depth is laid out`() throws {
        let depth = 500
        let body = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let lines = WebhookText.body(Array(body.utf8))
        #expect(lines.allSatisfy { $0.utf8.count < 100 })
    }
}
