import RelayConfig
import RelayModel
import X402Payments

extension StreamAccess.Settings {
    /// Nil for a feed that is not paid.
    init?(_ feed: FeedConfiguration) {
        guard case .atomicStream(let stream) = feed.kind, let resource = StreamResource(feed) else { return nil }
        self.init(
            feed: feed.name, resource: resource, renewsInband: stream.renew == "inband", token: stream.token,
            reconnectInitial: feed.reconnectInitial, reconnectMax: feed.reconnectMax)
    }
}

extension StreamResource {
    /// Nil for a feed of another kind.
    init?(_ feed: FeedConfiguration) {
        guard case .atomicStream(let stream) = feed.kind, let url = URLText(feed.url) else { return nil }
        self.init(origin: url.origin.lowercased(), version: stream.version, stream: stream.stream)
    }
}
