import RelayModel

/// What the server's own messages mean.
extension AtomicStreamSession {
    /// Takes a message with an `op`.
    mutating func take(_ document: JSONDocument, op: String, now: Timestamp) -> [SessionAction] {
        switch op {
        case "hello": return hello(document)
        case "renewal_reminder":
            let left = document.member(document.root, "msUntilExpiry").flatMap(document.wholeNumber)
            return news(
                .reminder(expiresAt: expiry(of: document), msUntilExpiry: left), .reminder, now: now)
        case "payment_required":
            let reason = text("reason", of: document) ?? "no reason given"
            return news(.paymentRequired(reason: reason), .paymentRequired, now: now)
        case "renewed":
            let renewed = StreamNews.renewed(
                expiresAt: expiry(of: document), method: text("method", of: document))
            return news(renewed, .renewed, now: now)
        case "error":
            return news(.failed(text("message", of: document) ?? "no message given"), .error, now: now)
        // Nobody documents it, and it would be the natural answer to `ping`.
        case "pong": return []
        default: return odd(.unexpected(shown(op)))
        }
    }

    private mutating func hello(_ document: JSONDocument) -> [SessionAction] {
        guard !isGreeted else { return odd(.unexpected("hello")) }
        greeted()
        let seconds = document.member(document.root, "sliceSeconds").flatMap(document.wholeNumber)
        let news = StreamNews.hello(
            settings.token, sliceSeconds: seconds.flatMap(Int.init(exactly:)).flatMap { $0 > 0 ? $0 : nil },
            expiresAt: expiry(of: document))
        return [.report(.stream(news))] + confirm()
    }

    private mutating func news(_ news: StreamNews, _ kind: NewsPace.Kind, now: Timestamp) -> [SessionAction] {
        newsPace.admits(kind, at: now) ? [.report(.stream(news))] : []
    }

    /// The end of a slice, compared with others by its text: a time is no secret, and shown as it came.
    private func expiry(of document: JSONDocument) -> String? {
        guard let text = document.member(document.root, "expiresAt").flatMap(document.string) else { return nil }
        return text.utf8.count <= 64 && Timestamp(iso: text) != nil ? text : shown(text)
    }

    private func text(_ name: String, of document: JSONDocument) -> String? {
        document.member(document.root, name).flatMap(document.string).map(shown)
    }
}

/// How often one connection may tell whoever buys the slices the same kind of thing: a peer that repeats itself without end
/// must not fill what waits to be decided.
struct NewsPace: Sendable {
    enum Kind: Hashable {
        case reminder, paymentRequired, renewed, error
    }

    /// A slice lasts minutes; what comes twice within this says nothing new.
    static let spacing: Duration = .seconds(1)

    private var toldAt: [Kind: Timestamp] = [:]

    /// Whether it is to be told now.
    mutating func admits(_ kind: Kind, at now: Timestamp) -> Bool {
        if let last = toldAt[kind], now - last < Self.spacing { return false }
        toldAt[kind] = now
        return true
    }
}
