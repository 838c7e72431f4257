import FeedProtocols
import RelayConfig
import RelayModel

/// Where a stream's WebSocket is: on the configured host and nowhere else, whatever the server names.
struct StreamAddress: Hashable, Sendable {
    /// `wss://host:port/v2/stream/id`.
    private let path: String
    /// What follows the token, `&` included.
    private let rest: String

    /// Nil for a URL that is no `http(s)://` or `ws(s)://` one.
    init?(_ configuration: FeedConfiguration, _ stream: FeedConfiguration.AtomicStream) {
        guard let base = URLText(configuration.url) else { return nil }
        let scheme: String
        switch base.scheme.lowercased() {
        case "https", "wss": scheme = "wss"
        case "http", "ws": scheme = "ws"
        default: return nil
        }
        let host = base.host.contains(":") ? "[\(base.host)]" : base.host
        let port = base.port.map { ":\($0)" } ?? ""
        path = "\(scheme)://\(host)\(port)/\(stream.version)/stream/\(Self.encoded(stream.stream))"
        let format = StreamOptions(stream.options)?.eventFormat
        rest =
            (format.map { "&format=" + Self.encoded($0) } ?? "")
            + (stream.encoding.map { "&encoding=" + Self.encoded($0) } ?? "")
        guard url(token: Secret("t")) != nil else { return nil }
    }

    /// The URL with the token in it; nil never, once the address was made.
    func url(token: Secret) -> WebSocketURL? {
        WebSocketURL("\(path)?t=\(Self.encoded(token.revealed))\(rest)")
    }

    /// The ways in which the token may come back from a server that echoes it.
    static func spellings(of token: Secret) -> [Secret] {
        let encoded = Secret(encoded(token.revealed))
        return encoded == token ? [token] : [token, encoded]
    }

    /// With everything but unreserved characters percent-encoded (RFC 3986, section 2.3).
    private static func encoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            let isAlphanumeric = byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") < 26
            if isAlphanumeric || "-._~".utf8.contains(byte) {
                output.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                output += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return output
    }
}
