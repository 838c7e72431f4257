import RelayConfig
import RelayModel

/// The headers of a POST in the order in which they leave, and what of them may be shown.
///
/// libcurl puts its own before those of the list that it is given, and the body's length behind them. A test holds this
/// against what a server receives.
struct SentHeaders {
    private let url: CurlURL?
    /// Nil without a proxy that is itself asked for the URL: through any other goes what the destination gets.
    private let askedProxy: CurlURL?
    /// What libcurl is given, without what it leaves out.
    private let list: [ShownRequest.Header]
    /// The names of all that it is given, in lower case: none of libcurl's own headers of these names goes.
    private let listed: Set<String>

    /// Those of a request whose own headers are `message`, to a destination with such a URL, proxy and `headers`.
    init(
        _ message: [ShownRequest.Header], to url: Secret, through proxy: Secret?,
        adding headers: [DestinationConfiguration.Header]
    ) {
        let url = CurlURL(url)
        let proxy = proxy.flatMap { CurlURL($0) }
        self.url = url
        askedProxy = url?.scheme == "http" && ["http", "https"].contains(proxy?.scheme) ? proxy : nil
        let configured = headers.filter { !Self.isBlank($0.value) }.map {
            ShownRequest.Header($0.name, $0.isSecret || Self.isSecretName($0.name) ? nil : $0.value.revealed)
        }
        list = message + CurlOptions.ownHeaders.map { ShownRequest.Header($0.name, $0.value) } + configured
        listed = Set((list.map(\.name) + headers.map(\.name)).map { $0.lowercased() })
    }

    /// What may be shown of them, with a body of `length` bytes.
    func shown(length: Int) -> [ShownRequest.Header] {
        var headers: [ShownRequest.Header] = []
        func add(_ name: String, _ value: String?) {
            if !listed.contains(name.lowercased()) { headers.append(ShownRequest.Header(name, value)) }
        }
        if let url { add("Host", url.authority) }
        // The proxy's, which nothing in the list replaces.
        if let askedProxy, askedProxy.hasUser { headers.append(ShownRequest.Header("Proxy-Authorization", nil)) }
        if let url, url.hasUser { add("Authorization", nil) }
        add("Accept", "*/*")
        if askedProxy != nil { add("Proxy-Connection", "Keep-Alive") }
        return headers + list + [ShownRequest.Header("Content-Length", String(length))]
    }

    /// Whether libcurl takes a value for the wish to leave the header out; an empty one goes, see `CurlOptions.headerLine`.
    private static func isBlank(_ value: Secret) -> Bool {
        let text = value.revealed.utf8
        return !text.isEmpty && text.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    /// Whether a name says that its value is a secret, also where it stands in the file itself.
    private static func isSecretName(_ name: String) -> Bool {
        let name = name.lowercased()
        return secretNames.contains { name.contains($0) }
    }

    private static let secretNames = ["auth", "cookie", "credential", "key", "pass", "secret", "signature", "token"]
}
