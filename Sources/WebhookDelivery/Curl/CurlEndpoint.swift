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
        headerList = CurlOptions.headerList(
            CurlOptions.headerLines + destination.headers.map { CurlOptions.headerLine($0.name, $0.value.revealed) })
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
        let transfer = CurlTransfer(endpoint: self, policy: destination.allowLinkLocal ? nil : policy)
        transfers.append(transfer)
        return transfer
    }

    /// Takes back a handle that is no longer among the running transfers.
    func giveBack(_ transfer: CurlTransfer) {
        transfer.finish()
        idle.append(transfer)
    }

    /// Sets what all requests of this endpoint have in common.
    func setOptions(of easy: UnsafeMutableRawPointer) {
        CurlOptions.set(
            of: easy, url: destination.url, timeout: destination.timeout, connectTimeout: destination.connectTimeout,
            proxy: destination.proxy, caFile: destination.caFile)
        CurlOptions.setLong(easy, CURLOPT_POST, 1)
        CurlOptions.setLong(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        CurlOptions.setLong(easy, CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
        if let certFile = destination.certFile, let keyFile = destination.keyFile {
            CurlOptions.setText(easy, CURLOPT_SSLCERT, certFile)
            CurlOptions.setText(easy, CURLOPT_SSLKEY, keyFile)
            // An encrypted key then fails; without a password OpenSSL would ask the terminal for one.
            CurlOptions.setText(easy, CURLOPT_KEYPASSWD, "")
        }
        expectTaken(ccurl_set_pointer(easy, CURLOPT_SHARE, share))
    }

    /// The address that a URL names by number, however it is spelled; nil for a name.
    private static func literalAddress(of url: Secret) -> IPAddress? {
        guard let text = CurlURL(url)?.host else { return nil }
        if text.hasPrefix("[") { return IPAddress(String(text.dropFirst().prefix { $0 != "]" && $0 != "%" })) }
        // libcurl takes a number that ends in a dot for a name, a proxy's resolver may not.
        return IPAddress(anySpelling: text.hasSuffix(".") ? String(text.dropLast()) : text)
    }
}
