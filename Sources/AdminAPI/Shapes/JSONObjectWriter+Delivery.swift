import RelayModel

extension JSONObjectWriter {
    /// The number is a string: JavaScript would round one past 2^53.
    mutating func write(_ delivery: DeliverySummary) {
        string("id", delivery.id.description)
        string("event", delivery.event.description)
        string("type", delivery.type)
        string("feed", orNull: delivery.feed)
        string("destination", delivery.destination)
        strings("rules", delivery.rules)
        string("format", delivery.format.rawValue)
        string("state", delivery.state.rawValue)
        value("attempts", delivery.attempts)
        time("received", delivery.receivedAt)
        time("next", delivery.next)
        time("ended", delivery.endedAt)
        string("lastError", orNull: delivery.lastError)
    }

    mutating func write(_ page: DeliveryPage) {
        objects("deliveries", page.deliveries) { $1.write($0) }
        string("cursor", orNull: page.cursor?.description)
    }

    /// The event's and its payment's bytes go in as the feed sent them: they are JSON, and their numbers keep their digits.
    mutating func write(_ detail: DeliveryDetail) {
        write(detail.summary)
        time("timestamp", detail.event.timestamp)
        string("sender", orNull: detail.event.sender)
        string("recipient", orNull: detail.event.recipient)
        string("amount", orNull: detail.event.amount)
        value("recorded", detail.recordedAttempts)
        objects("history", detail.attempts) { $1.write($0) }
        object("request", orNull: detail.request) { $1.write($0) }
        if let payment = detail.event.payment { raw("payment", payment) } else { value("payment", "null") }
        raw("data", detail.event.data)
    }

    /// A header's value that is secret is `null`.
    private mutating func write(_ request: ShownRequest) {
        string("method", request.method)
        string("url", request.url)
        objects("headers", request.headers) {
            $1.string("name", $0.name)
            $1.string("value", orNull: $0.value)
        }
        string("body", String(decoding: request.body, as: UTF8.self))
    }

    private mutating func write(_ attempt: AttemptRecord) {
        value("number", attempt.number)
        time("started", attempt.startedAt)
        seconds("duration", attempt.duration)
        value("status", attempt.status.map(String.init) ?? "null")
        string("error", orNull: attempt.error)
        value("webhookTimestamp", attempt.signedAt.map { String($0) } ?? "null")
        string("answer", orNull: attempt.answer.map { String(decoding: $0, as: UTF8.self) })
    }
}
