import Glibc
import Testing

/// A file that lives as long as the body.
func withTemporaryFile<Result>(_ text: String, _ body: (String) async throws -> Result) async throws -> Result {
    var template = Array("/tmp/x402-relay-test-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    #expect(file >= 0)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    let bytes = Array(text.utf8)
    #expect(write(file, bytes, bytes.count) == bytes.count)
    Glibc.close(file)
    return try await body(path)
}
