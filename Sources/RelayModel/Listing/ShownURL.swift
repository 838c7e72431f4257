/// A URL as it may be shown: without user, password, query and fragment, any of which can be a secret.
package enum ShownURL {
    /// `…@` stands for a user and password that are left out.
    package static func of(_ url: String) -> String {
        let end = url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
        let shown = String(url[..<end])
        guard let scheme = shown.firstRange(of: "://") else { return shown }
        let rest = shown[scheme.upperBound...]
        let authorityEnd = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let at = rest[..<authorityEnd].lastIndex(of: "@") else { return shown }
        return shown[..<scheme.upperBound] + "…@" + rest[rest.index(after: at)...]
    }
}
