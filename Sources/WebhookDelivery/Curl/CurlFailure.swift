import CCurl
import Glibc
import RelayModel

/// What is known of a transfer that ended without a status.
struct CurlFailure {
    var code: CURLcode
    /// libcurl's own words; empty where it has none.
    var detail: String
    /// The system's error number of the last call to fail; 0 where there is none.
    var systemError: Int32
    var requestMayHaveLeft: Bool
    var dialled: Bool
    var refusedAddress: IPAddress?
    var excess: AnswerReader.Excess?
    var limits: AnswerReader.Limits
    var usesProxy = false
    /// What the proxy answered to CONNECT; 0 where it was not asked or did not answer.
    var tunnelStatus = 0

    /// What goes on record of a webhook.
    var transportFailure: TransportFailure {
        TransportFailure(
            stage: stage, requestSent: requestMayHaveLeft, reason: isRefused ? reason + Self.refusalRemedy : reason)
    }

    private var isRefused: Bool {
        refusedAddress != nil && (code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_COULDNT_CONNECT && !dialled)
    }

    private var isTunnelled: Bool { (200..<300).contains(tunnelStatus) }

    private var stage: TransportFailure.Stage {
        if isRefused { return .address }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return .resolve
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
            return .proxy
        case CURLE_COULDNT_CONNECT:
            return usesProxy ? .proxy : .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION,
            CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            return .tls
        case CURLE_OPERATION_TIMEDOUT:
            return .timeout
        case CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_UPLOAD_FAILED:
            return .send
        case CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE:
            // Before the request there is nothing to receive but a proxy's answer and the TLS handshake.
            return requestMayHaveLeft ? .receive : usesProxy && !isTunnelled ? .proxy : .tls
        default:
            return requestMayHaveLeft ? .answer : usesProxy ? .proxy : .connect
        }
    }

    /// A clause without a secret.
    var reason: String {
        if isRefused, let refusedAddress { return Self.refusal(of: refusedAddress) }
        switch excess {
        case .headers: return "the answer's headers are longer than \(limits.headers) bytes"
        case .switchedProtocols: return "the answer is 101 Switching Protocols, which was not asked for"
        case .statusLine: return "the answer's first line has no status"
        case .body: return "the answer's body is longer than \(limits.body) bytes"
        case nil: break
        }
        switch code {
        case CURLE_COULDNT_CONNECT where usesProxy && !dialled:
            // libcurl quotes the URL, with its password.
            return "the proxy's URL cannot be used; it begins with http://, https:// or socks5://"
        case CURLE_COULDNT_CONNECT where systemError != 0:
            return "\(detail) (\(Self.text(ofSystemError: systemError)))"
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_OPERATION_TIMEDOUT,
            CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PROXY:
            // These texts name hosts, ports, files and causes. Others may quote a URL with its password.
            return detail.isEmpty ? Self.text(of: code) : detail
        case CURLE_UNSUPPORTED_PROTOCOL where requestMayHaveLeft, CURLE_WEIRD_SERVER_REPLY:
            return "the answer is not HTTP/1"
        default:
            return Self.text(of: code)
        }
    }

    /// Why nothing is sent to `address`.
    static func refusal(of address: IPAddress) -> String {
        "\(address) is a link-local or cloud metadata address, to which nothing is sent"
    }

    /// What to do about it where the configuration has a key for it.
    static let refusalRemedy = "; set allowLinkLocal if it is meant"

    private static func text(of code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }

    private static func text(ofSystemError number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
