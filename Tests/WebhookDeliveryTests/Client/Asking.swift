import RelayModel

@testable import WebhookDelivery

/// A client, in an environment whose proxies would break every test if they were asked for.
func makeClient(policy: AddressPolicy = .standard) -> HTTPClient {
    _ = makeTransport([])
    return HTTPClient(policy: policy)
}

extension HTTPClient.Question {
    static func get(
        _ url: String, headers: [(name: String, value: String)] = [], timeout: Duration = .seconds(60),
        caFile: String? = nil
    ) -> HTTPClient.Question {
        HTTPClient.Question(
            method: "GET", url: Secret(url), headers: headers, timeout: timeout, connectTimeout: .seconds(60),
            caFile: caFile)
    }

    static func post(
        _ url: String, headers: [(name: String, value: String)] = [], body: String
    ) -> HTTPClient.Question {
        HTTPClient.Question(
            method: "POST", url: Secret(url), headers: headers, body: Array(body.utf8), timeout: .seconds(60),
            connectTimeout: .seconds(60))
    }
}

extension HTTPClient {
    /// Why the question got no answer; nil where it got one.
    func failure(_ question: Question) async -> Failure? {
        do throws(Failure) {
            _ = try await ask(question)
            return nil
        } catch {
            return error
        }
    }
}
