import RelayModel

/// Which URLs a key takes.
struct URLRule: Sendable {
    /// The first is the one to recommend.
    var schemes: [String]
    /// Those without TLS that are allowed to loopback only.
    var loopbackOnly: [String] = []
    var allowsUser = false
    var allowsPath = true

    var pattern: String {
        let everywhere = schemes.filter { !loopbackOnly.contains($0) }
        var choices = [URLText.pattern(everywhere, host: HostText.pattern, self)]
        if !loopbackOnly.isEmpty { choices.append(URLText.pattern(loopbackOnly, host: HostText.loopbackPattern, self)) }
        return Pattern.whole(choices.joined(separator: "|"))
    }

    /// What is wrong with `url`; nil for nothing.
    func fault(of url: URLText) -> String? {
        guard schemes.contains(url.scheme) else {
            // What stands there is shown only where it looks like a scheme.
            let isScheme = url.scheme.utf8.count <= 10 && url.scheme.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 }
            return "must begin with \(schemes.map { "\($0)://" }.alternatives)"
                + (isScheme ? ", not " + (url.scheme + "://").quotedForMessage : "")
        }
        if !allowsUser, url.userInfo != nil { return "must not hold a user or password, take them out" }
        if !allowsPath, url.rest != "", url.rest != "/" { return "must end after the host and port" }
        if loopbackOnly.contains(url.scheme), !url.isLoopback {
            return "\(url.scheme):// is allowed to loopback only, use \(url.scheme)s://"
        }
        return nil
    }
}

extension Form<URLText> {
    /// A URL; never shown in a message, since it may hold a password or a token.
    static func url(_ rule: URLRule, example: String) -> Form {
        let phrase = "a URL such as \"\(example)\""
        let schema: SchemaNode = ["type": "string", "pattern": .text(rule.pattern)]
        return Form(FormDescription(phrase: phrase, schema: schema)) { site in
            guard let text = site.string else {
                site.mismatch(phrase, showsValue: false)
                return nil
            }
            guard let url = URLText(text) else {
                site.fault(
                    "must be \(phrase): a scheme, \"://\", a host, printable ASCII only, no fragment (\"#…\")")
                return nil
            }
            if let fault = rule.fault(of: url) {
                site.fault(fault)
                return nil
            }
            site.reading.hosts.append(Located(value: url.host, site: site))
            return url
        }
    }
}

/// Where the admin interface listens.
struct ListenAddress {
    let host: String
    let port: Int
}

extension Form<ListenAddress> {
    static let listenAddress = Form.text(
        "a host and port such as \"127.0.0.1:8402\" or \"[::1]:8402\"",
        pattern: Pattern.whole("(?:\(HostText.pattern)):\(HostText.portPattern)"), showsValue: false
    ) { text in
        guard let (host, port) = HostText.split(text[...]), let port else { return nil }
        return ListenAddress(host: host, port: port)
    }
}
