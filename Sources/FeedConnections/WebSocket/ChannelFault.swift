import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What the errors of NIO and NIOSSL mean to an operator.
enum ChannelFault {
    /// As a clause, with the remedy where there is one.
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError: connection(error)
        case let error as NIOSSLError: tls("\(error)")
        case let error as BoringSSLError: tls("\(error)")
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            "the server's certificate is for another name"
        case let error as NIOSSLExtraError: "TLS: \(error)"
        case let error as IOError: strerror(error.errnoCode).map { String(cString: $0) } ?? error.description
        case is NIOHTTPClientUpgradeError:
            "the server's answer to the upgrade is no WebSocket's (RFC 6455, section 4.1)"
        case is ChannelError: "the server ended the connection before it was open"
        case is HTTPParserError: "the server's answer to the upgrade is not HTTP"
        default: "\(error)"
        }
    }

    private static func connection(_ error: NIOConnectionError) -> String {
        if let failed = error.connectionErrors.first {
            return "\(error.host):\(error.port): \(text(failed.error))"
        }
        return "the name \(error.host) does not resolve"
    }

    private static func tls(_ text: String) -> String {
        text.contains("CERTIFICATE_VERIFY_FAILED")
            ? "the server's certificate is not trusted; if it comes from a CA of its own, set tls.caFile"
            : "TLS: \(text)"
    }
}
