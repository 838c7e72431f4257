import CCurl
import Glibc
import RelayConfig
import RelayModel

/// A destination as libcurl needs it, with the handles that send to it.
final class CurlEndpoint {
    let destination: DestinationConfiguration
    /// The headers of every request; a request's own list goes on with it.
    let headerList: UnsafeMutablePointer<curl_slist>?
    /// The address in the URL itself, where policy refuses it and a proxy would dial it unseen.
    let refusedLiteral: IPAddress?

    private let policy: AddressPolicy
    /// TLS sessions, kept for this endpoint alone: libcurl keeps eight in a share.
    private let share: UnsafeMutableRawPointer
    /// As many as there ever were requests at once, which the destination's concurrency bounds.
    private(set) var transfers: [CurlTransfer] = []
    private var idle: [CurlTransfer] = []

    init(_ destination: DestinationConfiguration, policy: AddressPolicy) {
        self.destination = destination
        self.policy = policy
        refusedLiteral =
            destination.proxy == nil || destination.allowLinkLocal
            ? nil : Self.literalAddress(of: destination.url).flatMap { policy.refuses($0) ? $0 : nil }
        headerList = Self.makeHeaderList(destination.headers)
        guard let share = curl_share_init() else { fatalError("libcurl has no memory for a share") }
        self.share = share
        precondition(ccurl_share(share, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK, "libcurl cannot share TLS sessions")
    }

    deinit {
        // The handles go before what they use.
        idle = []
        transfers = []
        curl_share_cleanup(share)
        curl_slist_free_all(headerList)
    }

    /// Requests are under way.
    var isBusy: Bool { idle.count < transfers.count }

    /// Whether requests to `other` go as those of this endpoint do: what differs is judged or signed elsewhere.
    func sends(like other: DestinationConfiguration) -> Bool {
        var mine = destination
        mine.policy = other.policy
        mine.secrets = other.secrets
        mine.signatures = other.signatures
        mine.format = other.format
        return mine == other
    }

    /// A handle for one request.
    func takeTransfer() -> CurlTransfer {
        if let transfer = idle.popLast() { return transfer }
        let transfer = CurlTransfer(endpoint: self)
        transfers.append(transfer)
        return transfer
    }

    /// Takes back a handle that is no longer among the running transfers.
    func giveBack(_ transfer: CurlTransfer) {
        transfer.finish()
        idle.append(transfer)
    }

    /// Whether policy lets requests of this endpoint go to a socket address; a refused one is left in `refused`.
    func mayUse(_ address: UnsafeRawPointer, length: Int, refused: inout IPAddress?) -> Bool {
        destination.allowLinkLocal || mayUse(IPAddress(socketAddress: address, length: length), refused: &refused)
    }

    /// The same for an address as text.
    func mayUse(_ address: UnsafePointer<CChar>, refused: inout IPAddress?) -> Bool {
        destination.allowLinkLocal || mayUse(IPAddress(address), refused: &refused)
    }

    private func mayUse(_ address: IPAddress?, refused: inout IPAddress?) -> Bool {
        // What is no IP address cannot be judged.
        guard let address else { return false }
        guard policy.refuses(address) else { return true }
        refused = address
        return false
    }

    /// Sets what all requests of this endpoint have in common.
    func setOptions(of easy: UnsafeMutableRawPointer) {
        setText(easy, CURLOPT_URL, destination.url.revealed)
        setText(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        setLong(easy, CURLOPT_POST, 1)
        setLong(easy, CURLOPT_FOLLOWLOCATION, 0)
        // HTTP/2 of this libcurl would send delivered webhooks again (curl #10634 and error 92 after a status).
        setLong(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        setLong(easy, CURLOPT_TIMEOUT_MS, Self.milliseconds(destination.timeout))
        setLong(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(destination.connectTimeout))
        // libcurl then touches no signal, as other threads need it; SIGPIPE becomes the caller's, see `CurlTransport`.
        setLong(easy, CURLOPT_NOSIGNAL, 1)
        // Without it, ending a transfer waits until the system's resolver gives up (10 s where the name server is silent),
        // and with it every destination.
        setLong(easy, CURLOPT_QUICK_EXIT, 1)
        // Only new connections ask; short, so that a destination that moved is found within seconds.
        setLong(easy, CURLOPT_DNS_CACHE_TIMEOUT, 5)
        setProxy(of: easy)
        setTLS(of: easy)
        set(ccurl_set_pointer(easy, CURLOPT_SHARE, share))
    }

    private func setProxy(of easy: UnsafeMutableRawPointer) {
        // Empty texts, not unset ones: those would take the environment's http_proxy and no_proxy.
        setText(easy, CURLOPT_PROXY, destination.proxy?.revealed ?? "")
        setText(easy, CURLOPT_NOPROXY, "")
        setLong(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        setLong(easy, CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
    }

    private func setTLS(of easy: UnsafeMutableRawPointer) {
        setLong(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        setLong(easy, CURLOPT_SSL_VERIFYPEER, 1)
        setLong(easy, CURLOPT_SSL_VERIFYHOST, 2)
        // A replaced CA file counts within a minute.
        setLong(easy, CURLOPT_CA_CACHE_TIMEOUT, 60)
        if let caFile = destination.caFile { setText(easy, CURLOPT_CAINFO, caFile) }
        // Beside a CA file the system's folder of certificates would be trusted too. Beside the system's own bundle it has
        // the same certificates once more, and keeps libcurl from reading the bundle once for many connections.
        if destination.caFile != nil || Self.systemHasBundle { set(ccurl_set_text(easy, CURLOPT_CAPATH, nil)) }
        if Self.systemHasBundle { set(ccurl_set_text(easy, CURLOPT_PROXY_CAPATH, nil)) }
        if let certFile = destination.certFile, let keyFile = destination.keyFile {
            setText(easy, CURLOPT_SSLCERT, certFile)
            setText(easy, CURLOPT_SSLKEY, keyFile)
            // An encrypted key then fails; without a password OpenSSL would ask the terminal for one.
            setText(easy, CURLOPT_KEYPASSWD, "")
        }
    }

    private static let systemHasBundle: Bool = {
        guard let version = ccurl_version(), let path = version.pointee.cainfo else { return false }
        return access(path, R_OK) == 0
    }()

    private typealias HeaderList = UnsafeMutablePointer<curl_slist>

    private static func makeHeaderList(_ headers: [DestinationConfiguration.Header]) -> HeaderList? {
        // "Expect:" leaves the header out: with it libcurl holds a large body back for up to a second.
        var lines = ["user-agent: \(RelayVersion.userAgent)", "Expect:"]
        lines += headers.map { header in
            let value = header.value.revealed
            return value.isEmpty ? "\(header.name);" : "\(header.name): \(value)"
        }
        return lines.reduce(nil) { list, line in
            guard let list = curl_slist_append(list, line) else { fatalError("libcurl has no memory for a header") }
            return list
        }
    }

    /// The address that a URL names by number, however it is spelled; nil for a name.
    private static func literalAddress(of url: Secret) -> IPAddress? {
        guard let parsed = curl_url() else { return nil }
        defer { curl_url_cleanup(parsed) }
        var host: UnsafeMutablePointer<CChar>?
        guard curl_url_set(parsed, CURLUPART_URL, url.revealed, 0) == CURLUE_OK,
            curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK, let host
        else { return nil }
        defer { curl_free(host) }
        let text = String(cString: host)
        if text.hasPrefix("[") { return IPAddress(String(text.dropFirst().prefix { $0 != "]" && $0 != "%" })) }
        // libcurl takes a number that ends in a dot for a name, a proxy's resolver may not.
        return IPAddress(anySpelling: text.hasSuffix(".") ? String(text.dropLast()) : text)
    }

    /// Within what libcurl takes; zero would be its default.
    private static func milliseconds(_ duration: Duration) -> Int {
        Int(min(max(duration.wholeMilliseconds, 1), Int64(Int32.max)))
    }

    private func setText(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: String) {
        set(ccurl_set_text(easy, option, value))
    }

    private func setLong(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: Int) {
        set(ccurl_set_long(easy, option, value))
    }
}
