import CCurl
import Glibc
import RelayModel

/// One easy handle of an endpoint, used for one request after the other.
///
/// Its options are set once; a request changes its body and headers only.
final class CurlTransfer {
    let easy: UnsafeMutableRawPointer
    unowned let endpoint: CurlEndpoint

    private(set) var token: UInt64 = 0
    private(set) var isActive = false
    private(set) var answer = AnswerReader()
    /// An address that policy refused to dial or to use.
    private(set) var refusedAddress: IPAddress?
    /// Some address was dialled.
    private(set) var dialled = false
    /// The request was handed to a connection, so a part of it may have left.
    private(set) var requestMayHaveLeft = false

    private let memory = RequestMemory()
    private let errorText: UnsafeMutableBufferPointer<CChar>

    init(endpoint: CurlEndpoint) {
        guard let easy = curl_easy_init() else { fatalError("libcurl has no memory for a transfer") }
        self.easy = easy
        self.endpoint = endpoint
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0)
        setCallbacks()
        endpoint.setOptions(of: easy)
    }

    deinit {
        curl_easy_cleanup(easy)
        errorText.deallocate()
    }

    /// Makes the handle ready for `request`.
    func prepare(_ request: HTTPRequest) {
        token = request.token
        isActive = true
        answer = AnswerReader()
        refusedAddress = nil
        dialled = false
        requestMayHaveLeft = false
        errorText[0] = 0
        memory.setBody(request.body)
        let headers = memory.headerList(request.headers, rest: endpoint.headerList)
        // The size goes first: libcurl would measure the body as a C string.
        set(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(memory.bodyCount)))
        set(ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, memory.body.baseAddress))
        set(ccurl_set_list(easy, CURLOPT_HTTPHEADER, headers))
    }

    /// Ends the use of the handle for a request; libcurl no longer reads its memory.
    func finish() {
        isActive = false
        memory.shrink()
    }

    /// libcurl's own words on a failure, without control characters; empty where it has none.
    var errorDetail: String {
        let bytes = errorText.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    private func setCallbacks() {
        let me = Unmanaged.passUnretained(self).toOpaque()
        set(ccurl_set_pointer(easy, CURLOPT_PRIVATE, me))
        set(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText.baseAddress))
        set(ccurl_set_write_callback(easy, CURLOPT_HEADERFUNCTION, readHeaderLine))
        set(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me))
        set(ccurl_set_write_callback(easy, CURLOPT_WRITEFUNCTION, readBodyPiece))
        set(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me))
        set(ccurl_set_open_socket_callback(easy, openSocket))
        set(ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me))
        set(ccurl_set_prerequest_callback(easy, beforeRequest))
        set(ccurl_set_pointer(easy, CURLOPT_PREREQDATA, me))
    }

    fileprivate func readLine(_ line: UnsafeRawBufferPointer) -> Bool { answer.readLine(line) }

    fileprivate func readBody(_ bytes: UnsafeRawBufferPointer) -> Bool { answer.readBody(bytes) }

    /// The socket for an address, or `CURL_SOCKET_BAD`.
    ///
    /// Here names are resolved and odd spellings are gone: what is seen is what is dialled.
    fileprivate func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        guard endpoint.mayUse(ccurl_address(address), length: Int(address.pointee.addrlen), refused: &refusedAddress)
        else { return CURL_SOCKET_BAD }
        dialled = true
        return socket(
            address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    }

    /// Whether the request may go over the connection to `address`.
    ///
    /// A connection that another endpoint opened, one that allows link-local addresses, was not asked about in `open`.
    fileprivate func approve(_ address: UnsafePointer<CChar>) -> Bool {
        guard endpoint.mayUse(address, refused: &refusedAddress) else { return false }
        requestMayHaveLeft = true
        return true
    }
}

/// Stops at an option that this libcurl does not know: without it the transport would do something else than it says.
func set(_ code: CURLcode, file: StaticString = #file, line: UInt = #line) {
    precondition(code == CURLE_OK, "libcurl refused an option, code \(code.rawValue)", file: file, line: line)
}

// libcurl's callbacks: global functions, since a closure could take on the isolation of the place where it is written.

private func transfer(_ pointer: UnsafeMutableRawPointer) -> CurlTransfer {
    Unmanaged<CurlTransfer>.fromOpaque(pointer).takeUnretainedValue()
}

private func readHeaderLine(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ me: UnsafeMutableRawPointer?
) -> Int {
    guard let me else { return 0 }
    return transfer(me).readLine(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
}

private func readBodyPiece(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ me: UnsafeMutableRawPointer?
) -> Int {
    guard let me else { return 0 }
    return transfer(me).readBody(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
}

private func openSocket(
    _ me: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let me, let address else { return CURL_SOCKET_BAD }
    return transfer(me).open(address)
}

private func beforeRequest(
    _ me: UnsafeMutableRawPointer?, _ address: UnsafeMutablePointer<CChar>?,
    _ localAddress: UnsafeMutablePointer<CChar>?, _ port: Int32, _ localPort: Int32
) -> Int32 {
    guard let me, let address else { return CURL_PREREQFUNC_ABORT }
    return transfer(me).approve(address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
