import RelayModel
import Synchronization
import WebhookDelivery

@testable import RelayAssembly

/// Servers that a script plays, and what they were asked.
final class ScriptedHTTP: Sendable {
    struct Asked: Sendable {
        var method: String
        var url: String
        var headers: [(name: String, value: String)]
        var body: String
        var timeout: Duration
    }

    typealias Script = @Sendable (Asked) async throws(HTTPClient.Failure) -> HTTPClient.Answer

    private let script: Script
    private let log = Mutex<[Asked]>([])

    init(_ script: @escaping Script) {
        self.script = script
    }

    var asked: [Asked] { log.withLock { $0 } }

    var ask: SolanaRPC.Ask {
        { [self] question throws(HTTPClient.Failure) in
            let asked = Asked(
                method: question.method, url: question.url.revealed, headers: question.headers,
                body: String(decoding: question.body, as: UTF8.self), timeout: question.timeout)
            log.withLock { $0.append(asked) }
            return try await script(asked)
        }
    }
}

extension HTTPClient.Answer {
    static func ok(_ body: String) -> HTTPClient.Answer {
        HTTPClient.Answer(status: 200, headers: [], body: Array(body.utf8))
    }

    /// The result of a JSON-RPC request, which gets its number back.
    static func result(_ json: String, to asked: ScriptedHTTP.Asked) -> HTTPClient.Answer {
        let id = asked.body.split(separator: "\"id\":").last.map { $0.prefix { $0.isNumber } } ?? ""
        return ok(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(json)}"#)
    }
}
