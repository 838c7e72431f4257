import CCurl
import Glibc
import RelayModel

/// One request over a Unix socket with libcurl; it blocks its thread.
struct ClientTransfer: Sendable {
    enum Result: Sendable {
        case answer(AdminAnswer)
        case nobodyListens
        /// Why there is no answer, as a clause.
        case failed(String)
    }

    let socketPath: String
    let request: AdminRequest
    let timeout: Duration

    func perform() -> Result {
        guard Self.isReady, let easy = curl_easy_init() else { return .failed("libcurl cannot start") }
        defer { curl_easy_cleanup(easy) }
        let received = ReceivedBytes(limit: AdminAnswer.maxBytes)
        setOptions(easy)
        set(ccurl_set_write_callback(easy, CURLOPT_WRITEFUNCTION, takeIn))
        set(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(received).toOpaque()))
        // "Expect:" leaves the header out: with it libcurl holds a large body back for a second.
        var headers = curl_slist_append(nil, "Expect:")
        headers = curl_slist_append(headers, "content-type: application/json")
        defer { curl_slist_free_all(headers) }
        set(ccurl_set_list(easy, CURLOPT_HTTPHEADER, headers))
        let code = request.body.withUnsafeBytes { body in
            if request.method == "POST" {
                set(ccurl_set_long(easy, CURLOPT_POST, 1))
                set(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
                set(ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress)))
            } else {
                set(ccurl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method))
            }
            return curl_easy_perform(easy)
        }
        return withExtendedLifetime(received) { result(easy, code, received) }
    }

    private func setOptions(_ easy: UnsafeMutableRawPointer) {
        set(ccurl_set_text(easy, CURLOPT_UNIX_SOCKET_PATH, socketPath))
        set(ccurl_set_text(easy, CURLOPT_URL, "http://localhost" + request.target))
        // A name may be `..`.
        set(ccurl_set_long(easy, CURLOPT_PATH_AS_IS, 1))
        set(ccurl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http"))
        set(ccurl_set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1))
        // Empty texts, not unset ones: those would take the environment's http_proxy.
        set(ccurl_set_text(easy, CURLOPT_PROXY, ""))
        set(ccurl_set_text(easy, CURLOPT_USERAGENT, RelayVersion.userAgent))
        set(ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1))
        set(ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(clamping: timeout.wholeMilliseconds)))
    }

    private func result(_ easy: UnsafeMutableRawPointer, _ code: CURLcode, _ received: ReceivedBytes) -> Result {
        switch code {
        case CURLE_OK:
            let type = ccurl_get_pointer(easy, CURLINFO_CONTENT_TYPE).map {
                String(cString: $0.assumingMemoryBound(to: CChar.self))
            }
            return .answer(
                AdminAnswer(
                    status: ccurl_get_long(easy, CURLINFO_RESPONSE_CODE), contentType: type ?? "", body: received.bytes)
            )
        case CURLE_COULDNT_CONNECT:
            return .nobodyListens
        case CURLE_OPERATION_TIMEDOUT:
            return .failed(
                "there is no answer within \(timeout.wholeMilliseconds / 1000) s; see its log, or restart it")
        case CURLE_WRITE_ERROR:
            return .failed("its answer is over \(received.limit) bytes; ask for less at once")
        default:
            return .failed(String(cString: curl_easy_strerror(code)))
        }
    }

    private static let isReady = ccurl_global_init() == CURLE_OK
}

/// Stops at an option that this libcurl does not know: without it the request would be another one.
private func set(_ code: CURLcode) {
    precondition(code == CURLE_OK, "libcurl refused an option, code \(code.rawValue)")
}

/// An answer's body as it comes, up to a limit.
private final class ReceivedBytes {
    let limit: Int
    private(set) var bytes: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
    }

    func append(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count + piece.count <= limit else { return false }
        bytes.append(contentsOf: piece)
        return true
    }
}

/// A global function: a closure could take on the isolation of the place where it is written.
private func takeIn(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ received: UnsafeMutableRawPointer?
) -> Int {
    guard let received else { return 0 }
    let bytes = Unmanaged<ReceivedBytes>.fromOpaque(received).takeUnretainedValue()
    return bytes.append(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
}
