import CCurl
import Glibc

/// An easy handle with its callbacks: it takes in answers, and dials no address that policy refuses.
///
/// Used for one request after the other, each begun by `begin`.
final class CurlHandle {
    let easy: UnsafeMutableRawPointer

    private(set) var answer: AnswerReader
    /// An address that policy refused to dial or to use.
    private(set) var refusedAddress: IPAddress?
    /// Some address was dialled.
    private(set) var dialled = false
    /// The request was handed to a connection, so a part of it may have left.
    private(set) var requestMayHaveLeft = false

    /// Nil where every address may be dialled.
    private let policy: AddressPolicy?
    private let errorText: UnsafeMutableBufferPointer<CChar>

    init(policy: AddressPolicy?, limits: AnswerReader.Limits) {
        guard let easy = curl_easy_init() else { fatalError("libcurl has no memory for a transfer") }
        self.easy = easy
        self.policy = policy
        answer = AnswerReader(limits)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0)
        setCallbacks()
    }

    deinit {
        curl_easy_cleanup(easy)
        errorText.deallocate()
    }

    /// Forgets the request before.
    func begin() {
        answer = AnswerReader(answer.limits)
        refusedAddress = nil
        dialled = false
        requestMayHaveLeft = false
        errorText[0] = 0
    }

    /// What is known of a transfer that ended with `code`; what a proxy adds is the caller's.
    func failure(_ code: CURLcode) -> CurlFailure {
        CurlFailure(
            code: code, detail: errorDetail,
            systemError: Int32(truncatingIfNeeded: ccurl_get_long(easy, CURLINFO_OS_ERRNO)),
            requestMayHaveLeft: requestMayHaveLeft, dialled: dialled, refusedAddress: refusedAddress,
            excess: answer.excess, limits: answer.limits)
    }

    /// libcurl's own words on a failure, without control characters; empty where it has none.
    private var errorDetail: String {
        let bytes = errorText.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    private func setCallbacks() {
        let me = Unmanaged.passUnretained(self).toOpaque()
        expectTaken(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText.baseAddress))
        expectTaken(ccurl_set_write_callback(easy, CURLOPT_HEADERFUNCTION, readHeaderLine))
        expectTaken(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me))
        expectTaken(ccurl_set_write_callback(easy, CURLOPT_WRITEFUNCTION, readBodyPiece))
        expectTaken(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me))
        expectTaken(ccurl_set_open_socket_callback(easy, openSocket))
        expectTaken(ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me))
        expectTaken(ccurl_set_prerequest_callback(easy, beforeRequest))
        expectTaken(ccurl_set_pointer(easy, CURLOPT_PREREQDATA, me))
    }

    fileprivate func readLine(_ line: UnsafeRawBufferPointer) -> Bool { answer.readLine(line) }

    fileprivate func readBody(_ bytes: UnsafeRawBufferPointer) -> Bool { answer.readBody(bytes) }

    /// The socket for an address, or `CURL_SOCKET_BAD`.
    ///
    /// Here names are resolved and odd spellings are gone: what is seen is what is dialled.
    fileprivate func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        guard
            policy == nil
                || mayUse(IPAddress(socketAddress: ccurl_address(address), length: Int(address.pointee.addrlen)))
        else { return CURL_SOCKET_BAD }
        dialled = true
        return socket(
            address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    }

    /// Whether the request may go over the connection to `address`.
    ///
    /// A connection that another endpoint opened, one that allows link-local addresses, was not asked about in `open`.
    fileprivate func approve(_ address: UnsafePointer<CChar>) -> Bool {
        guard policy == nil || mayUse(IPAddress(address)) else { return false }
        requestMayHaveLeft = true
        return true
    }

    private func mayUse(_ address: IPAddress?) -> Bool {
        // What is no IP address cannot be judged.
        guard let policy, let address else { return false }
        guard policy.refuses(address) else { return true }
        refusedAddress = address
        return false
    }
}

/// Stops at an option that this libcurl does not know: without it the transport would do something else than it says.
func expectTaken(_ code: CURLcode, file: StaticString = #file, line: UInt = #line) {
    precondition(code == CURLE_OK, "libcurl refused an option, code \(code.rawValue)", file: file, line: line)
}

// libcurl's callbacks: global functions, since a closure could take on the isolation of the place where it is written.

private func handle(_ pointer: UnsafeMutableRawPointer) -> CurlHandle {
    Unmanaged<CurlHandle>.fromOpaque(pointer).takeUnretainedValue()
}

private func readHeaderLine(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ me: UnsafeMutableRawPointer?
) -> Int {
    guard let me else { return 0 }
    return handle(me).readLine(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
}

private func readBodyPiece(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ me: UnsafeMutableRawPointer?
) -> Int {
    guard let me else { return 0 }
    return handle(me).readBody(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
}

private func openSocket(
    _ me: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let me, let address else { return CURL_SOCKET_BAD }
    return handle(me).open(address)
}

private func beforeRequest(
    _ me: UnsafeMutableRawPointer?, _ address: UnsafeMutablePointer<CChar>?,
    _ localAddress: UnsafeMutablePointer<CChar>?, _ port: Int32, _ localPort: Int32
) -> Int32 {
    guard let me, let address else { return CURL_PREREQFUNC_ABORT }
    return handle(me).approve(address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
