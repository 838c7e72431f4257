import Glibc

/// The machine's surroundings that a configuration may lean on.
package enum Surroundings {
    /// The environment variable's value; nil where it is not set.
    package static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Why the host's name leads to no address; nil where it leads to one.
    ///
    /// Blocks until the resolver answers.
    package static func resolve(_ host: String) -> String? {
        var wanted = addrinfo()
        wanted.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &wanted, &found)
        if let found { freeaddrinfo(found) }
        return code == 0 ? nil : String(cString: gai_strerror(code))
    }
}
