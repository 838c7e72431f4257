import FeedProtocols
import RelayModel

/// The server of one feed, which speaks interface402, and the ways of messages between it and the relay.
struct FeedServer {
    /// Something on its way to the relay.
    struct Parcel {
        enum Content {
            /// `emission`: the place of the event in the scenario, where it is one.
            case message([UInt8], emission: Int?)
            case end(ConnectionEnd)
        }

        let content: Content
        let sentAt: Timestamp
        let arrivesAt: Timestamp
    }

    /// One WebSocket, as the server sees it.
    struct Link {
        let connection: Int
        /// The run of the relay that opened it.
        let run: Int
        var isOpen = true
        var isSilent = false
        var keys: Set<String> = []
        /// In the order in which they arrive.
        var parcels: [Parcel] = []
        var lastArrival: Timestamp

        /// Whether the server sends such an event over it.
        func brings(_ message: SimulatedMessage) -> Bool {
            guard isOpen, !isSilent, !keys.isEmpty else { return false }
            guard let channel = message.kind.channel else { return true }
            let wallets = [message.sender, message.recipient].compactMap { $0 }
            return keys.contains(channel) || wallets.contains(where: keys.contains)
        }
    }

    let feed: String
    var links: [Int: Link] = [:]
    /// Nobody is let in before.
    var closedUntil = Scenario.start
    var refusesWalletsUntil = Scenario.start
    var answersLateUntil = Scenario.start

    /// The links that are open, the oldest first.
    var open: [Int] { links.filter { $0.value.isOpen }.keys.sorted() }

    /// What the server makes of a message: its answer, and the keys that the link has from here on.
    mutating func answer(_ bytes: [UInt8], on link: Int, at now: Timestamp) -> String? {
        guard let document = try? JSONParser(limits: .message).parse(bytes),
            let method = document.member(document.root, "method").flatMap(document.string)
        else { return nil }
        let keys =
            document.member(document.root, "keys").map { document.elements($0).compactMap(document.string) } ?? []
        switch method {
        case "ping": return #"{"type":"pong"}"#
        case "authenticate": return #"{"type":"authenticated","plan":"standard"}"#
        case "subscribe":
            let isWallet = keys.contains { !Setup.Feed.channels.contains($0) }
            if isWallet, now < refusesWalletsUntil {
                return #"{"type":"error","code":"SUBSCRIPTION_FAILED","message":"no such wallet"}"#
            }
            links[link]?.keys.formUnion(keys)
            return #"{"type":"subscribed","keys":[\#(Self.list(keys))]}"#
        case "unsubscribe":
            links[link]?.keys.subtract(keys)
            return #"{"type":"unsubscribed","keys":[\#(Self.list(keys))]}"#
        default: return nil
        }
    }

    private static func list(_ keys: [String]) -> String { keys.map { #""\#($0)""# }.joined(separator: ",") }
}
