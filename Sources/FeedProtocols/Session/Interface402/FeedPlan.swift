import RelayModel

/// What the feed allows the holder of the key, as `authenticated` tells it.
package struct FeedPlan: Hashable, Sendable {
    /// In lower case, as `Excerpt` shows it.
    package let name: String
    /// Connections at once; nil for a plan that is not documented.
    package let connections: Int?
    /// Messages a second.
    ///
    /// Whether the feed counts those of the client, of the server or both is not documented.
    package let messagesPerSecond: Int

    package init(name: String, connections: Int?, messagesPerSecond: Int) {
        self.name = name
        self.connections = connections
        self.messagesPerSecond = messagesPerSecond
    }

    /// What counts without a key and for plans of other names: the smaller rate, and no limit of connections to judge by.
    static let unknown = FeedPlan(name: "unknown", connections: nil, messagesPerSecond: standardRate)
    private static let standardRate = 50

    /// The plan of this name.
    static func named(_ name: String) -> FeedPlan {
        switch name.lowercased() {
        case "standard": FeedPlan(name: "standard", connections: 5, messagesPerSecond: standardRate)
        case "premium": FeedPlan(name: "premium", connections: 20, messagesPerSecond: 200)
        case let other: FeedPlan(name: other, connections: nil, messagesPerSecond: standardRate)
        }
    }
}
