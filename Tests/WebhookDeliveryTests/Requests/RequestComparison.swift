import DeliveryPlanning
import RelayConfig
import RelayModel
import Testing
import WebhookSigning

@testable import WebhookDelivery

/// Real requests of the dispatcher beside what is shown of them.
enum RequestComparison {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    /// What `server` gets of a delivery, and what is shown of it for the time that is on record.
    static func send(
        _ delivery: Delivery, to destination: DestinationConfiguration, at server: RawServer
    ) async throws -> (shown: ShownRequest, received: RawRequest) {
        let dispatching = try Dispatching([destination], transport: makeTransport([destination]))
        dispatching.dispatcher.offer([delivery])
        let attempt = try #require(await dispatching.updates(1).first?.attempt)
        await dispatching.dispatcher.stop(within: .seconds(60))
        #expect(attempt.error == nil)
        let shown = try ShownRequest.of(
            detail(of: delivery), to: destination, signedAt: try #require(attempt.signedAt))
        return (shown, try #require(server.received.first))
    }

    static func detail(of delivery: Delivery) -> DeliveryDetail {
        let event = delivery.event
        return DeliveryDetail(
            summary: DeliverySummary(
                id: delivery.id, event: event.id, type: event.type, feed: event.feed, destination: delivery.destination,
                rules: delivery.rules, format: delivery.format, state: .delivered, attempts: 1,
                receivedAt: event.receivedAt, next: nil, endedAt: event.receivedAt, lastError: nil),
            event: event, attempts: [])
    }

    /// Header by header in their order and byte for byte, but for the values of `hidden`.
    static func expectSame(
        _ shown: ShownRequest, _ received: RawRequest, hidden: [String] = [],
        location: SourceLocation = #_sourceLocation
    ) {
        #expect(shown.method == received.line.split(separator: " ").first ?? "", sourceLocation: location)
        #expect(shown.headers.filter { $0.value == nil }.map(\.name) == hidden, sourceLocation: location)
        let lines = received.head.dropFirst().map { line in
            let name = line.prefix { $0 != ":" }
            return hidden.contains(String(name)) ? "\(name): …" : line
        }
        let expected = shown.headers.map { header in
            header.value == "" ? "\(header.name):" : "\(header.name): \(header.value ?? "…")"
        }
        #expect(expected == lines, sourceLocation: location)
        #expect(shown.body == received.body, sourceLocation: location)
    }

    /// None of the texts is anywhere in what is shown.
    static func expectNone(
        of secrets: [String], in shown: ShownRequest, location: SourceLocation = #_sourceLocation
    ) {
        let all =
            shown.url + shown.headers.map { "\($0.name): \($0.value ?? "")\n" }.joined()
            + String(decoding: shown.body, as: UTF8.self)
        for secret in secrets { #expect(!all.contains(secret), sourceLocation: location) }
    }
}
