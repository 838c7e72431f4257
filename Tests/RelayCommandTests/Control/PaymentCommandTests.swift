import Foundation
import RelayModel
import Testing

@testable import RelayCommand

/// `payments list`, `show` and `export`, by the built binary on an outbox whose relay is down.
@Suite struct PaymentCommandTests {
    private func json(_ text: some StringProtocol) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private func run(_ fixture: PaymentFixture, _ words: String...) async throws -> BuiltRelay.Result {
        let result = try await BuiltRelay.run(["payments"] + words + ["--config", fixture.control.configurationPath])
        for secret in PaymentFixture.hidden { #expect(!(result.output + result.error).contains(secret)) }
        return result
    }

    @Test func `list shows a table, the newest first, or the API's object`() async throws {
        let fixture = try PaymentFixture()
        let text = try await run(fixture, "list")
        #expect(text.status == 0, "\(text.error)")
        let lines = text.output.split(separator: "\n")
        #expect(lines.count == 4 && lines[0].hasPrefix("ID  TIME"), "\(text.output)")
        #expect(lines[1].contains("other") && lines[1].contains("So11…1112") && lines[1].contains("refused"))
        #expect(!lines[1].contains("\u{1B}") && lines[1].contains(#"\u{1b}[2J"#))
        #expect(lines[2].contains("0.03  USDC") && lines[2].contains("settled, not served"))
        #expect(lines[2].contains("4zMM…ncDU") && lines[2].hasSuffix("5TxOfTheSecond"))
        #expect(lines[3].contains("settled") && !lines[3].contains("not served"))
        let page = try json(try await run(fixture, "list", "--json", "--limit", "2").output)
        let payments = try #require(page["payments"] as? [[String: Any]])
        #expect(payments.map { $0["id"] as? String } == ["3", "2"])
        #expect(page["spend"] is NSNull)
        let cursor = try #require(page["cursor"] as? String)
        let next = try await run(fixture, "list", "--cursor", cursor, "--limit", "1")
        #expect(next.output.split(separator: "\n").count == 2)
        let first = try await run(fixture, "list", "--limit", "1")
        #expect(first.output.hasSuffix("more: --cursor 3\n"))
    }

    @Test func `list takes a feed, a state and times`() async throws {
        let fixture = try PaymentFixture()
        for (words, ids) in [
            (["--feed", "other"], ["3"]), (["--state", "settled"], ["2", "1"]), (["--state", "expired"], []),
            (["--since", "2025-10-09T08:53:22Z"], ["3", "2"]), (["--until", "2025-10-09T08:53:22Z"], ["1"]),
        ] {
            let result = try await BuiltRelay.run(
                ["payments", "list", "--json", "--config", fixture.control.configurationPath] + words)
            let payments = try #require(try json(result.output)["payments"] as? [[String: Any]])
            #expect(payments.map { $0["id"] as? String } == ids, "\(words)")
        }
        #expect(try await run(fixture, "list", "--feed", "nobody").output == "no payment fits\n")
        #expect(try await run(fixture, "list", "--state", "dead").status == 64)
        #expect(try await run(fixture, "list", "--limit", "0").status == 64)
    }

    @Test func `show tells all that may be told of a payment`() async throws {
        let fixture = try PaymentFixture()
        let text = try await run(fixture, "show", "3")
        #expect(text.status == 0)
        for part in [
            "payment      3\n", "feed         other\n", "stream       https://x402.example.net/v2/stream/slot\n",
            "for          renewal\n", "amount       0.03 (30000 atomic units)\n", "state        refused\n",
            #"reason       the server said: \u{1b}[2J"no", and no more"#, "sent         2 times, last 2025-10-09T",
        ] {
            #expect(text.output.contains(part), "\(part) in \(text.output)")
        }
        #expect(try await run(fixture, "show", "1").output.contains("0.03 USDC (30000 atomic units)"))
        #expect(try json(try await run(fixture, "show", "3", "--json").output)["purpose"] as? String == "renewal")
        let none = try await run(fixture, "show", "9")
        #expect(none.status == 1 && none.error == "payments show: there is no payment 9\n")
        #expect(try await run(fixture, "show", "x").status == 1)
    }

    @Test func `export prints the whole ledger, the oldest first, an object a line`() async throws {
        let fixture = try PaymentFixture()
        let result = try await run(fixture, "export")
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n")
        #expect(try lines.map { try json($0)["id"] as? String } == ["1", "2", "3"])
        #expect(try json(lines[2])["memo"] as? String == "=HYPERLINK(\"http://evil.example\",\"a\nb\")")
        let chosen = try await run(fixture, "export", "--feed", "other")
        #expect(chosen.output.split(separator: "\n").count == 1)
    }

    @Test func `export as CSV has what an accountant asks for first, and no formula`() async throws {
        let fixture = try PaymentFixture()
        let result = try await run(fixture, "export", "--format", "csv")
        #expect(result.status == 0)
        let rows = result.output.ranges(of: "\r\n").count
        #expect(rows == 4)
        #expect(result.output.hasPrefix("time,feed,amount,asset,recipient,transaction,state,served,reason,id,"))
        let second =
            "2025-10-09T08:53:22.000Z,solana,0.03,\(PaymentFixture.usdc),\(PaymentFixture.recipient),5TxOfTheSecond,"
            + "settled,false,,2,https://x402.example.net/v2/stream/slot,purchase,30000,"
        #expect(result.output.contains("\r\n" + second), "\(result.output)")
        #expect(result.output.contains(#","'=HYPERLINK(""http://evil.example"",""a\#u{A}b"")","#), "\(result.output)")
        #expect(result.output.contains(#""the server said: \#u{1B}[2J""no"", and no more""#))
        let none = try await run(fixture, "export", "--format", "csv", "--feed", "nobody")
        #expect(none.output.ranges(of: "\r\n").count == 1)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\r\nb", "\"a\r\nb\""),
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("\"", "\"\"\"\""),
        ("a=b", "a=b"), ("=a,\"b\"", "\"'=a,\"\"b\"\"\""),
    ])
    func `a cell is quoted where the format needs it, and is never a formula`(text: String, cell: String) {
        #expect(PaymentCSV.cell(text) == cell)
    }
}
