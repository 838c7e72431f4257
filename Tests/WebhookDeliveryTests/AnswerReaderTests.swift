import RelayModel
import Testing

@testable import WebhookDelivery

/// What is kept of an answer, line by line.
@Suite struct AnswerReaderTests {
    /// Whether the reader takes all of the lines.
    private func read(_ lines: [String], into reader: inout AnswerReader) -> Bool {
        lines.allSatisfy { line in Array((line + "\r\n").utf8).withUnsafeBytes { reader.readLine($0) } }
    }

    @Test func `headers are taken up to their limit, trailers and interim answers included`() {
        // An empty header: its name, the colon and the line break.
        let line = String(repeating: "x", count: 1021) + ":"
        for start in [["HTTP/1.1 200 OK"], ["HTTP/1.1 103 Hints", "", "HTTP/1.1 200 OK"], ["HTTP/1.1 200 OK", ""]] {
            var reader = AnswerReader()
            let length = start.reduce(0) { $0 + $1.utf8.count + 2 }
            let fitting = (AnswerReader.Limits.webhook.headers - length) / 1024
            #expect(read(start + Array(repeating: line, count: fitting), into: &reader))
            #expect(reader.excess == nil)
            #expect(!read([line], into: &reader))
            #expect(reader.excess == .headers)
            #expect(reader.status == 200)
        }
    }

    @Test func `a body is taken up to its limit, and its first kibibyte kept`() {
        var reader = AnswerReader()
        #expect(read(["HTTP/1.1 500 Oops", ""], into: &reader))
        let piece = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        for _ in 0..<AnswerReader.Limits.webhook.body / 1000 {
            #expect(piece.withUnsafeBytes { reader.readBody($0) })
        }
        #expect(reader.excess == nil)
        #expect(!piece.withUnsafeBytes { reader.readBody($0) })
        #expect(reader.excess == .body)
        #expect(reader.body == piece + piece.prefix(24))
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200), ("HTTP/1.1 200", 200), ("HTTP/1.0 204 No Content", 204), ("HTTP/1.1 4040 No", 404),
    ])
    func `a status line gives a status`(line: String, status: Int) {
        var reader = AnswerReader()
        #expect(read([line], into: &reader))
        #expect(reader.status == status)
    }

    @Test(arguments: ["", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2x0", "HTTP/1.1 099 No", "HTTP/1.1  200"])
    func `any other line gives none and ends the reading`(line: String) {
        var reader = AnswerReader()
        #expect(!read([line], into: &reader))
        #expect(reader.excess == .statusLine)
        #expect(reader.status == nil)
    }

    @Test func `a Retry-After of any length is no danger`() {
        var reader = AnswerReader()
        let long = String(repeating: "9", count: AnswerReader.retryAfterLimit + 1)
        #expect(read(["HTTP/1.1 503 Busy", "Retry-After: \(long)", "retry-after", "retry-after:"], into: &reader))
        #expect(reader.retryAfter == nil)
        #expect(read(["retry-after: \(long.dropLast())"], into: &reader))
        #expect(reader.retryAfter == String(long.dropLast()))
    }
}
