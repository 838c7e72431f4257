import Glibc
package import RelayModel

/// A URL taken apart: `scheme://[user[:password]@]host[:port][/path][?query]`, printable ASCII, without a fragment.
package struct URLText: Hashable, Sendable {
    /// All of it, as it is written.
    package let text: Secret
    package let scheme: String
    /// The user and password; never shown.
    package let userInfo: Secret?
    /// IPv6 addresses without their brackets.
    package let host: String
    package let port: Int?
    /// All from the first `/` or `?` on.
    package let rest: String

    package init?(_ text: String) {
        guard let mark = text.firstRange(of: "://") else { return nil }
        self.text = Secret(text)
        scheme = String(text[..<mark.lowerBound])
        let after = text[mark.upperBound...]
        let end = after.firstIndex { $0 == "/" || $0 == "?" } ?? after.endIndex
        rest = String(after[end...])
        guard rest.utf8.allSatisfy(Self.isAllowed) else { return nil }
        var authority = after[..<end]
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            guard !user.isEmpty, user.utf8.allSatisfy(Self.isUserCharacter) else { return nil }
            userInfo = Secret(String(user))
            authority = authority[authority.index(after: at)...]
        } else {
            userInfo = nil
        }
        guard let address = HostText.split(authority) else { return nil }
        (host, port) = address
    }

    /// Scheme, host and port: what may be shown of a URL whose path or user may be secret.
    package var origin: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(shown)" + (port.map { ":\($0)" } ?? "")
    }

    package var isLoopback: Bool { HostText.isLoopback(host) }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"\"#<>\\^`{|}".utf8.contains(byte)
    }

    private static func isUserCharacter(_ byte: UInt8) -> Bool {
        isAllowed(byte) && !"/?@[]".utf8.contains(byte)
    }

    /// The pattern of URLs with one of these schemes and such a host.
    static func pattern(_ schemes: [String], host: String, _ rule: URLRule) -> String {
        let user = rule.allowsUser ? "(?:[!$%&'()*+,.0-9:;=A-Z_a-z~-]+@)?" : ""
        let rest = rule.allowsPath ? "(?:[/?][!$%&'()*+,./0-9:;=?@A-Z\\[\\]_a-z~-]*)?" : "/?"
        return "(?:\(schemes.joined(separator: "|")))://\(user)(?:\(host))(?::\(HostText.portPattern))?\(rest)"
    }
}

/// The host and port of a URL or of an address to listen on.
enum HostText {
    static let portPattern = "(?!0+(?![0-9]))\(Pattern.number(upTo: 65535))"
    static let namePattern =
        "[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*\\.?"
    static let pattern = "\(namePattern)|\\[(?:\(Pattern.ipv6))\\]"
    static let loopbackPattern = "localhost|127\\.(?:\(Pattern.octet)\\.){2}\(Pattern.octet)|\\[::1\\]"

    /// Host and port of `authority`; nil where it is none.
    static func split(_ authority: Substring) -> (host: String, port: Int?)? {
        var host = authority
        var port: Int?
        let hostEnd = authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.startIndex
        if let colon = authority[hostEnd...].firstIndex(of: ":") {
            let digits = authority[authority.index(after: colon)...]
            guard digits.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(digits),
                (1...65535).contains(number)
            else { return nil }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = String(host.dropFirst().dropLast())
            var parsed = in6_addr()
            guard inet_pton(AF_INET6, address, &parsed) == 1 else { return nil }
            return (address, port)
        }
        return isName(host) ? (String(host), port) : nil
    }

    private static func isName(_ host: Substring) -> Bool {
        var labels = host.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        return labels.allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return first != UInt8(ascii: "-") && last != UInt8(ascii: "-")
                && label.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte &- UInt8(ascii: "0") <= 9
                        || (byte | 0x20) &- UInt8(ascii: "a") < 26
                }
        }
    }

    /// `localhost`, 127.0.0.0/8 and ::1, in their plain spellings.
    static func isLoopback(_ host: String) -> Bool {
        var address = in_addr()
        return host == "localhost" || host == "::1" || host.hasPrefix("127.") && inet_pton(AF_INET, host, &address) == 1
    }
}
