import CCurl

/// One easy handle of an endpoint, used for one request after the other.
///
/// Its options are set once; a request changes its body and headers only.
final class CurlTransfer {
    let handle: CurlHandle
    unowned let endpoint: CurlEndpoint

    private(set) var token: UInt64 = 0
    private(set) var isActive = false

    private let memory = RequestMemory()

    init(endpoint: CurlEndpoint, policy: AddressPolicy?) {
        handle = CurlHandle(policy: policy, limits: .webhook)
        self.endpoint = endpoint
        expectTaken(ccurl_set_pointer(handle.easy, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque()))
        endpoint.setOptions(of: handle.easy)
    }

    /// Makes the handle ready for `request`.
    func prepare(_ request: HTTPRequest) {
        token = request.token
        isActive = true
        handle.begin()
        memory.setBody(request.body)
        memory.setBody(of: handle.easy)
        expectTaken(
            ccurl_set_list(
                handle.easy, CURLOPT_HTTPHEADER, memory.headerList(request.headers, rest: endpoint.headerList)))
    }

    /// Ends the use of the handle for a request; libcurl no longer reads its memory.
    func finish() {
        isActive = false
        memory.shrink()
    }
}
