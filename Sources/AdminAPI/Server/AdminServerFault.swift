import Glibc

/// Why the API cannot be served.
package struct AdminServerFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened to which address, and what to do next.
    package let description: String

    init(_ description: String) {
        self.description = description
    }

    static func tcp(_ address: String, errnoCode: CInt) -> AdminServerFault {
        let reason =
            switch errnoCode {
            case EADDRINUSE: "another program listens there; stop it, or choose another port in admin.listen"
            case EADDRNOTAVAIL: "this machine does not have the address; correct admin.listen"
            case EACCES: "ports below 1024 need privileges; choose another port in admin.listen"
            default: ErrorText.of(errnoCode)
            }
        return AdminServerFault("cannot listen on \(address): \(reason)")
    }
}

/// The system's words for an error code.
enum ErrorText {
    static func of(_ code: CInt) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
