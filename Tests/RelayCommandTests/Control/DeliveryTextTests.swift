import RelayModel
import Testing

@testable import RelayCommand

/// A delivery with its attempts and its request, as text.
@Suite struct DeliveryTextTests {
    private static let now = Timestamp(iso: "2026-01-01T00:00:10.000Z") ?? Timestamp(milliseconds: 0)

    private func block(
        data: String, body: String?, headers: String = "", answer: String = "no", recorded: String = ""
    ) throws -> String {
        let request = body.map {
            #"{"method":"POST","url":"https://b.example.com/in","headers":[\#(headers)],"body":\#(JSONEscapes.quoted($0))}"#
        }
        let json =
            #"{"id":"4","event":"evt_1","type":"payment","feed":"payments","destination":"billing","rules":["all","b"],"#
            + #""format":"standard","state":"pending","attempts":1,"received":"2026-01-01T00:00:00.000Z","#
            + #""next":"2026-01-01T00:00:15.000Z","ended":null,"timestamp":"2026-01-01T00:00:00.000Z","sender":"A","#
            + #""recipient":null,"amount":"0.10",\#(recorded)"history":[{"number":1,"started":"2026-01-01T00:00:01.000Z","#
            + #""duration":"0.120","status":500,"error":"status 500","answer":\#(JSONEscapes.quoted(answer))},"#
            + #"{"number":2,"started":"2026-01-01T00:00:06.000Z","duration":"5.000","status":null,"error":"timed out","#
            + #""answer":null}],"request":\#(request ?? "null"),"payment":null,"data":\#(data)}"#
        return DeliveryText.block(
            JSONFields(try JSONParser(limits: .message).parse(Array(json.utf8))), now: Self.now)
    }

    @Test func `a delivery is told from its id to the bytes of its request`() throws {
        let text = try block(
            data: #"{"type":"payment","amount":0.10}"#,
            body: #"{"id":"evt_1","data":{"type":"payment","amount":0.10}}"#,
            headers: #"{"name":"webhook-id","value":"evt_1"},{"name":"authorization","value":null}"#,
            answer: "<h1>no</h1>\n\n<p>\u{1B}[2Jnever</p>")
        #expect(
            text == #"""
                delivery     4
                event        evt_1
                type         payment
                feed         payments
                destination  billing
                rules        all, b
                format       standard
                state        pending
                received     2026-01-01T00:00:00.000Z
                timestamp    2026-01-01T00:00:00.000Z
                next         2026-01-01T00:00:15.000Z (in 5s)
                sender       A
                amount       0.10

                attempts (2, of which 1 count):
                  1  2026-01-01T00:00:01.000Z  0.120 s  500, status 500
                     answer: <h1>no</h1>
                             <p>\u{1b}[2Jnever</p>
                  2  2026-01-01T00:00:06.000Z  5.000 s  no status, timed out

                data:
                  {
                    "type": "payment",
                    "amount": 0.10
                  }

                request:
                  POST https://b.example.com/in
                  webhook-id: evt_1
                  authorization: (secret)

                  {"id":"evt_1","data":{"type":"payment","amount":0.10}}
                """#)
    }

    @Test func `attempts that are on record and not shown are counted`() throws {
        let many = try block(data: "{}", body: nil, recorded: #""recorded":69000,"#)
        #expect(many.contains("attempts (69000, of which 1 count):"))
        #expect(many.contains("5.000 s  no status, timed out\n  and 68998 earlier ones\n"))
        #expect(try block(data: "{}", body: nil, recorded: #""recorded":3,"#).contains("\n  and 1 earlier one\n"))
        #expect(!(try block(data: "{}", body: nil, recorded: #""recorded":2,"#)).contains("earlier"))
    }

    @Test func `a body that is the event's own is not told twice`() throws {
        let text = try block(data: "{\"secretly\":\"twice\"}", body: "{\"secretly\":\"twice\"}")
        #expect(text.hasSuffix("  (the body is the data above)"))
        #expect(text.split(separator: "twice", omittingEmptySubsequences: false).count == 2)
    }

    @Test func `without a request there is no word of one`() throws {
        #expect(!(try block(data: "{}", body: nil)).contains("request"))
    }

    @Test func `nothing of a request reaches the terminal as it is, and a long body is cut`() throws {
        let hostile = "\u{1B}]0;x\u{7}\u{202E}"
        let quoted = JSONEscapes.quoted(hostile)
        let text = try block(
            data: "{\"a\":\(quoted)}", body: hostile + "\n" + hostile,
            headers: "{\"name\":\(quoted),\"value\":\(quoted)}",
            answer: hostile)
        for line in text.split(separator: "\n") { #expect(TerminalText.escaped(String(line)) == line) }
        let long = try block(data: "{}", body: String(repeating: "a\n", count: 300))
        #expect(long.hasSuffix("  … (cut; the body has 600 bytes: --json has them all)"))
    }
}
