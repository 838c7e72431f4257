import RelayModel

/// A Solana RPC as errors name it: by its host, since a provider's key is often in the path or the query of its URL.
package struct RPCServer: Hashable, Sendable {
    /// The host, with its port where the URL has one.
    package let name: String
    /// What of the URL may be a secret, longest first.
    private let hidden: [Secret]

    /// Shorter pieces of a URL, such as `v2`, are no keys, and hiding them would spoil the texts of errors.
    private static let shortestSecret = 6

    package init(url: String) {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end].split(separator: "@", omittingEmptySubsequences: false)
        name = authority.last.map(String.init) ?? ""
        var pieces = rest[end...].split { "/?#&=".contains($0) }
        for part in authority.dropLast() { pieces += [part] + part.split(separator: ":") }
        let secrets = Set(pieces.filter { $0.utf8.count >= Self.shortestSecret }.map(String.init))
        hidden = secrets.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }.map { Secret($0) }
    }

    /// The beginning of what the server sent, fit for a log line, without what its URL may hold secret.
    func excerpt(_ bytes: some Collection<UInt8>) -> String {
        // Replaced before the cut, which would leave a part otherwise: enough is taken for nothing but secrets.
        let mark = Array("[secret]".utf8)
        let longest = hidden.first?.revealed.utf8.count ?? 0
        var text = Array(bytes.prefix(Excerpt.maxBytes + (Excerpt.maxBytes / mark.count + 1) * longest))
        for secret in hidden { text = text.replacing(Array(secret.revealed.utf8), with: mark) }
        return Excerpt.of(text)
    }
}
