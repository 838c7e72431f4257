import CCurl
import Glibc
import RelayConfig
import RelayModel

/// What all requests of this program have in common, whoever sends them.
enum CurlOptions {
    /// Leaves nothing to defaults that could send a request, or a secret, elsewhere than it says.
    static func set(
        of easy: UnsafeMutableRawPointer, url: Secret, timeout: Duration, connectTimeout: Duration, proxy: Secret?,
        caFile: String?
    ) {
        setText(easy, CURLOPT_URL, url.revealed)
        setText(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        setLong(easy, CURLOPT_FOLLOWLOCATION, 0)
        // HTTP/2 of this libcurl would send delivered webhooks again (curl #10634 and error 92 after a status).
        setLong(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        setLong(easy, CURLOPT_TIMEOUT_MS, milliseconds(timeout))
        setLong(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connectTimeout))
        // libcurl then touches no signal, as other threads need it; SIGPIPE becomes the caller's, see `prepareProcess`.
        setLong(easy, CURLOPT_NOSIGNAL, 1)
        // Without it, ending a transfer waits until the system's resolver gives up (10 s where the name server is silent),
        // and with it all others.
        setLong(easy, CURLOPT_QUICK_EXIT, 1)
        // Only new connections ask; short, so that a host that moved is found within seconds.
        setLong(easy, CURLOPT_DNS_CACHE_TIMEOUT, 5)
        // Empty texts, not unset ones: those would take the environment's http_proxy and no_proxy.
        setText(easy, CURLOPT_PROXY, proxy?.revealed ?? "")
        setText(easy, CURLOPT_NOPROXY, "")
        setTrust(of: easy, caFile: caFile)
    }

    private static func setTrust(of easy: UnsafeMutableRawPointer, caFile: String?) {
        setLong(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        setLong(easy, CURLOPT_SSL_VERIFYPEER, 1)
        setLong(easy, CURLOPT_SSL_VERIFYHOST, 2)
        // A replaced CA file counts within a minute.
        setLong(easy, CURLOPT_CA_CACHE_TIMEOUT, 60)
        if let caFile { setText(easy, CURLOPT_CAINFO, caFile) }
        // Beside a CA file the system's folder of certificates would be trusted too. Beside the system's own bundle it has
        // the same certificates once more, and keeps libcurl from reading the bundle once for many connections.
        if caFile != nil || systemHasBundle { unset(easy, CURLOPT_CAPATH) }
        if systemHasBundle { unset(easy, CURLOPT_PROXY_CAPATH) }
    }

    /// The lines of a header list as every request begins it.
    ///
    /// "Expect:" leaves the header out: with it libcurl holds a large body back for up to a second.
    static let headerLines = ownHeaders.map { headerLine($0.name, $0.value) } + ["Expect:"]

    /// The headers that every request begins its list with.
    static let ownHeaders = [(name: "user-agent", value: RelayVersion.userAgent)]

    /// A line of a header list: libcurl takes "name:" as the wish to leave a header out, and "name;" as one with an empty value.
    static func headerLine(_ name: String, _ value: String) -> String {
        value.isEmpty ? "\(name);" : "\(name): \(value)"
    }

    /// libcurl's list of these lines, for `curl_slist_free_all`.
    static func headerList(_ lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
        lines.reduce(nil) { list, line in
            guard let list = curl_slist_append(list, line) else { fatalError("libcurl has no memory for a header") }
            return list
        }
    }

    static func setText(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: String) {
        expectTaken(ccurl_set_text(easy, option, value))
    }

    static func setLong(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: Int) {
        expectTaken(ccurl_set_long(easy, option, value))
    }

    private static func unset(_ easy: UnsafeMutableRawPointer, _ option: CURLoption) {
        expectTaken(ccurl_set_text(easy, option, nil))
    }

    private static let systemHasBundle: Bool = {
        guard let version = ccurl_version(), let path = version.pointee.cainfo else { return false }
        return access(path, R_OK) == 0
    }()

    /// Within what libcurl takes; zero would be its default.
    private static func milliseconds(_ duration: Duration) -> Int {
        Int(min(max(duration.wholeMilliseconds, 1), Int64(Int32.max)))
    }

    /// Once for the process, before libcurl is used.
    static let prepareProcess: Void = {
        precondition(ccurl_global_init() == CURLE_OK, "libcurl cannot start")
        // OpenSSL writes to connections that the receiver may have closed, which by default ends the process.
        signal(SIGPIPE, SIG_IGN)
    }()
}
