import RelayModel

/// Takes in an answer's header lines and body as they arrive, and keeps what matters of them.
struct AnswerReader {
    /// Why an answer is not read to its end.
    enum Excess: Equatable {
        /// More than the limit's bytes of status lines, headers and trailers.
        case headers
        /// More than the limit's bytes of body.
        case body
        /// 101, which nobody asked for: what follows is no HTTP.
        case switchedProtocols
        /// A status line without a status.
        case statusLine
    }

    /// How much is read, and how much of that is kept, in bytes.
    struct Limits {
        var headers: Int
        var body: Int
        var keptBody: Int
        /// All headers are kept, not only what webhooks need.
        var keepsHeaders = false

        /// Of headers enough for any gateway's cookies and policies; more is a fault or an attack.
        ///
        /// Of a body what lets its
        /// connection be used again; past it a new connection is cheaper.
        static let webhook = Limits(headers: 64 * 1024, body: 64 * 1024, keptBody: AttemptRecord.answerLimit)
    }

    /// Longer than any date or number of seconds (RFC 9110, section 10.2.3).
    static let retryAfterLimit = 64

    /// The answer's status, 1xx excepted: those announce an answer, and are none.
    private(set) var status: Int?
    /// The `Retry-After` header's text.
    private(set) var retryAfter: String?
    /// The headers of the answer itself, in their order and with names as sent; empty where they are not kept.
    private(set) var headers: [(name: String, value: String)] = []
    /// At most the first `keptBody` bytes.
    private(set) var body: [UInt8] = []
    /// Set when reading was refused.
    private(set) var excess: Excess?

    let limits: Limits
    private var headerBytes = 0
    private var bodyBytes = 0
    private var place = Place.statusLine

    private enum Place {
        case statusLine, headers, afterHeaders
    }

    init(_ limits: Limits = .webhook) {
        self.limits = limits
    }

    /// One line with its line break: a status line, a header, the empty line or a trailer.
    ///
    /// Returns false when no more is to be read.
    mutating func readLine(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= limits.headers else { return refuse(.headers) }
        switch place {
        case .statusLine:
            return readStatusLine(line)
        case .headers:
            if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
                place = status == nil ? .statusLine : .afterHeaders
            } else if status != nil {
                if retryAfter == nil { readRetryAfter(line) }
                if limits.keepsHeaders { keepHeader(line) }
            }
        case .afterHeaders:
            break
        }
        return true
    }

    /// A piece of the body.
    ///
    /// Returns false when no more is to be read.
    mutating func readBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let room = limits.keptBody - body.count
        if room > 0 { body.append(contentsOf: bytes.prefix(room)) }
        bodyBytes += bytes.count
        return bodyBytes <= limits.body || refuse(.body)
    }

    private mutating func readStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
        var code = 0
        var digits = 0
        for byte in line.drop(while: { $0 != UInt8(ascii: " ") }).dropFirst() {
            guard digits < 3, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            code = code * 10 + Int(byte - UInt8(ascii: "0"))
            digits += 1
        }
        guard digits == 3, code >= 100 else { return refuse(.statusLine) }
        guard code != 101 else { return refuse(.switchedProtocols) }
        if code >= 200 { status = code }
        place = .headers
        return true
    }

    private mutating func readRetryAfter(_ line: UnsafeRawBufferPointer) {
        let name: StaticString = "retry-after:"
        guard line.count > name.utf8CodeUnitCount,
            (0..<name.utf8CodeUnitCount).allSatisfy({ line[$0] | 0x20 == name.utf8Start[$0] | 0x20 })
        else { return }
        let value = Self.trimmed(line[name.utf8CodeUnitCount...])
        guard (1...Self.retryAfterLimit).contains(value.count) else { return }
        retryAfter = String(decoding: value, as: UTF8.self)
    }

    private mutating func keepHeader(_ line: UnsafeRawBufferPointer) {
        if let first = line.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t"),
            let last = headers.indices.last
        {
            // A folded line goes on with the one before (RFC 9112, section 5.2).
            headers[last].value += " " + String(decoding: Self.trimmed(line[...]), as: UTF8.self)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = Self.trimmed(line[(colon + 1)...])
            headers.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
    }

    /// Without spaces and control characters at either end.
    private static func trimmed(_ text: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        let isSpace = { (byte: UInt8) in byte <= UInt8(ascii: " ") }
        let value = text.drop(while: isSpace)
        return value[..<(value.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? value.startIndex)]
    }

    private mutating func refuse(_ excess: Excess) -> Bool {
        self.excess = excess
        return false
    }
}
