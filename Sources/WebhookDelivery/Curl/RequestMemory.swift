import CCurl

/// The bytes of one request for as long as libcurl reads them, in memory that the next request uses again.
///
/// libcurl copies neither a body nor a header list: both stay in place until the transfer has ended.
final class RequestMemory {
    /// What is kept for the next request at most, so that one large event does not stay for ever.
    static let keptCapacity = 64 * 1024

    private(set) var body: UnsafeMutableBufferPointer<UInt8>
    private(set) var bodyCount = 0
    private var text: UnsafeMutableBufferPointer<CChar>
    private var nodes: UnsafeMutableBufferPointer<curl_slist>

    init() {
        body = .allocate(capacity: 1024)
        text = .allocate(capacity: 512)
        nodes = .allocate(capacity: 8)
    }

    deinit {
        body.deallocate()
        text.deallocate()
        nodes.deallocate()
    }

    /// Takes the bytes of a body.
    func setBody(_ bytes: [UInt8]) {
        if bytes.count > body.count {
            body.deallocate()
            body = .allocate(capacity: bytes.count)
        }
        bodyCount = bytes.count
        _ = body.update(fromContentsOf: bytes)
    }

    /// Hands the body to a transfer.
    func setBody(of easy: UnsafeMutableRawPointer) {
        // The size goes first: libcurl would measure the body as a C string.
        expectTaken(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bodyCount)))
        expectTaken(ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, body.baseAddress))
    }

    /// Writes `headers` as libcurl's list, which goes on with `rest`; it holds until the next call.
    func headerList(_ headers: [(name: String, value: String)], rest: UnsafeMutablePointer<curl_slist>?)
        -> UnsafeMutablePointer<curl_slist>?
    {
        // Name, colon, space, value, NUL.
        let length = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
        if length > text.count {
            text.deallocate()
            text = .allocate(capacity: length)
        }
        if headers.count > nodes.count {
            nodes.deallocate()
            nodes = .allocate(capacity: headers.count)
        }
        guard let firstNode = nodes.baseAddress, var end = text.baseAddress else { return rest }
        for (index, header) in headers.enumerated() {
            let start = end
            end = Self.write(header.name, at: end)
            // libcurl takes "name:" as the wish to leave a header out, and "name;" as one with an empty value.
            end.pointee = CChar(bitPattern: header.value.isEmpty ? UInt8(ascii: ";") : UInt8(ascii: ":"))
            end += 1
            if !header.value.isEmpty {
                end.pointee = CChar(bitPattern: UInt8(ascii: " "))
                end = Self.write(header.value, at: end + 1)
            }
            end.pointee = 0
            end += 1
            let next = index + 1 < headers.count ? firstNode + (index + 1) : rest
            (firstNode + index).initialize(to: curl_slist(data: start, next: next))
        }
        return headers.isEmpty ? rest : firstNode
    }

    /// Gives back what a large request took.
    func shrink() {
        bodyCount = 0
        guard body.count > Self.keptCapacity else { return }
        body.deallocate()
        body = .allocate(capacity: 1024)
    }

    private static func write(_ string: String, at start: UnsafeMutablePointer<CChar>) -> UnsafeMutablePointer<CChar> {
        var end = start
        for byte in string.utf8 {
            end.pointee = CChar(bitPattern: byte)
            end += 1
        }
        return end
    }
}
