import CCurl
import RelayModel

/// A URL as libcurl takes it apart, however it is spelled.
struct CurlURL {
    let scheme: String
    /// IPv6 addresses in their brackets.
    let host: String
    /// As decimal digits; nil where it is the scheme's own.
    let port: String?
    let hasUser: Bool

    /// Nil where libcurl cannot read it.
    init?(_ url: Secret) {
        guard let parsed = curl_url() else { return nil }
        defer { curl_url_cleanup(parsed) }
        guard curl_url_set(parsed, CURLUPART_URL, url.revealed, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: parsed), let host = Self.part(CURLUPART_HOST, of: parsed)
        else { return nil }
        self.scheme = scheme
        self.host = host
        port = Self.part(CURLUPART_PORT, of: parsed, UInt32(CURLU_NO_DEFAULT_PORT))
        hasUser = Self.part(CURLUPART_USER, of: parsed) != nil
    }

    /// What a request names in `Host`.
    var authority: String { port.map { "\(host):\($0)" } ?? host }

    private static func part(_ part: CURLUPart, of url: OpaquePointer, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
