import RelayModel

/// Takes in an answer's header lines and body as they arrive, and keeps what matters of them.
struct AnswerReader {
    /// Why an answer is not read to its end.
    enum Excess: Equatable {
        /// More than `headerLimit` bytes of status lines, headers and trailers.
        case headers
        /// More than `bodyLimit` bytes of body.
        case body
        /// 101, which nobody asked for: what follows is no HTTP.
        case switchedProtocols
        /// A status line without a status.
        case statusLine
    }

    /// Enough for any gateway's cookies and policies; more is a fault or an attack.
    static let headerLimit = 64 * 1024
    /// What is read of a body so that its connection can be used again; past it a new connection is cheaper.
    static let bodyLimit = 64 * 1024
    /// Longer than any date or number of seconds (RFC 9110, section 10.2.3).
    static let retryAfterLimit = 64

    /// The answer's status, 1xx excepted: those announce an answer, and are none.
    private(set) var status: Int?
    /// The `Retry-After` header's text.
    private(set) var retryAfter: String?
    /// At most the first `AttemptRecord.answerLimit` bytes.
    private(set) var body: [UInt8] = []
    /// Set when reading was refused.
    private(set) var excess: Excess?

    private var headerBytes = 0
    private var bodyBytes = 0
    private var place = Place.statusLine

    private enum Place {
        case statusLine, headers, afterHeaders
    }

    /// One line with its line break: a status line, a header, the empty line or a trailer.
    ///
    /// Returns false when no more is to be read.
    mutating func readLine(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.headerLimit else { return refuse(.headers) }
        switch place {
        case .statusLine:
            return readStatusLine(line)
        case .headers:
            if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
                place = status == nil ? .statusLine : .afterHeaders
            } else if retryAfter == nil, status != nil {
                readHeader(line)
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
        let room = AttemptRecord.answerLimit - body.count
        if room > 0 { body.append(contentsOf: bytes.prefix(room)) }
        bodyBytes += bytes.count
        return bodyBytes <= Self.bodyLimit || refuse(.body)
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

    private mutating func readHeader(_ line: UnsafeRawBufferPointer) {
        let name: StaticString = "retry-after:"
        guard line.count > name.utf8CodeUnitCount,
            (0..<name.utf8CodeUnitCount).allSatisfy({ line[$0] | 0x20 == name.utf8Start[$0] | 0x20 })
        else { return }
        let isSpace = { (byte: UInt8) in byte <= UInt8(ascii: " ") }
        let value = line[name.utf8CodeUnitCount...].drop(while: isSpace)
        let end = value.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? value.startIndex
        guard (1...Self.retryAfterLimit).contains(end - value.startIndex) else { return }
        retryAfter = String(decoding: value[..<end], as: UTF8.self)
    }

    private mutating func refuse(_ excess: Excess) -> Bool {
        self.excess = excess
        return false
    }
}
