import Glibc
import RelayModel

/// The parts of a `ws://` or `wss://` URL that opening a WebSocket needs (RFC 6455, section 3).
struct WebSocketURL: Hashable, Sendable {
    var isSecure: Bool
    /// Without the brackets of an IPv6 literal.
    var host: String
    var port: Int
    /// Path and query, never empty; a query may hold a token.
    var target: Secret

    /// Nil for what is no such URL.
    init?(_ text: String) {
        guard let schemeEnd = text.range(of: "://") else { return nil }
        switch text[..<schemeEnd.lowerBound].lowercased() {
        case "ws": isSecure = false
        case "wss": isSecure = true
        default: return nil
        }
        let rest = text[schemeEnd.upperBound...].prefix { $0 != "#" }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        let path = rest[authorityEnd...]
        let target = path.hasPrefix("/") ? String(path) : "/" + path
        self.target = Secret(target)
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), !authority.contains("@") else { return nil }

        let portText: Substring
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<close])
            portText = authority[authority.index(after: close)...]
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = String(authority[..<colon])
            portText = authority[colon...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        if portText.isEmpty {
            port = isSecure ? 443 : 80
        } else {
            guard portText.hasPrefix(":"), portText.dropFirst().allSatisfy({ ("0"..."9").contains($0) }),
                let number = Int(portText.dropFirst()), (1...65535).contains(number)
            else { return nil }
            port = number
        }
    }

    /// The Host header: the port only where it is not the scheme's own (RFC 9110, section 7.2).
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The name to ask the TLS server for; nil for an IP address, which SNI does not allow (RFC 6066, section 3).
    var serverName: String? {
        var v4 = in_addr()
        var v6 = in6_addr()
        let isAddress = inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1
        return isAddress ? nil : host
    }
}

extension String {
    /// The first place of `part`.
    fileprivate func range(of part: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
