import DeliveryPlanning
import Glibc
import RelayConfig
import RelayModel
import Testing

@testable import WebhookDelivery

/// Proxies that would break every test if the environment were asked for one, and a no_proxy that would hide it.
private let hostileEnvironment: Void = {
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        setenv(name, "http://127.0.0.1:1", 1)
    }
    for name in ["no_proxy", "NO_PROXY"] { setenv(name, "other.example,10.0.0.1", 1) }
}()

/// A destination without signatures, for tests of the transport.
func destination(
    _ url: String, name: String = "test", _ change: (inout DestinationConfiguration) -> Void = { _ in }
) -> DestinationConfiguration {
    var destination = DestinationConfiguration(
        policy: DestinationPolicy(name: name), url: Secret(url), secrets: [], signatures: [])
    change(&destination)
    return destination
}

func makeTransport(
    _ destinations: [DestinationConfiguration], policy: AddressPolicy = .standard
) -> CurlTransport {
    _ = hostileEnvironment
    return CurlTransport(destinations: destinations, policy: policy)
}

func request(
    _ token: UInt64 = 1, to endpoint: String = "test", headers: [(name: String, value: String)] = [],
    body: [UInt8] = Array("{}".utf8)
) -> HTTPRequest {
    HTTPRequest(token: token, endpoint: endpoint, headers: headers, body: body)
}

extension CurlTransport {
    /// Sends and waits until each request has its result; in the order of the tokens.
    func send(_ requests: [HTTPRequest]) -> [HTTPResult] {
        start(requests)
        var results: [HTTPResult] = []
        while results.count < requests.count {
            let ended = wait(timeout: .seconds(60))
            guard !ended.isEmpty else { break }
            results += ended
        }
        return results.sorted { $0.token < $1.token }
    }

    func send(_ request: HTTPRequest) throws -> AttemptOutcome {
        try #require(send([request]).first).outcome
    }
}

/// What comes of one request to `url`.
func send(
    to url: String, body: [UInt8] = Array("{}".utf8), policy: AddressPolicy = .standard,
    _ change: (inout DestinationConfiguration) -> Void = { _ in }
) throws -> AttemptOutcome {
    try makeTransport([destination(url, change)], policy: policy).send(request(body: body))
}

extension AttemptOutcome {
    var status: Int? {
        if case .answered(let status, _, _) = self { return status }
        return nil
    }

    var body: [UInt8]? {
        if case .answered(_, _, let body) = self { return body }
        return nil
    }

    var failure: TransportFailure? {
        if case .failed(let failure) = self { return failure }
        return nil
    }
}
